//! New volatile rules in an agent file that somebody wrote by hand: put under `volatile.rules`, with
//! the version raised and every other byte left alone.
//!
//! A YAML library would write the whole file anew and lose its comments, so lines are put in by
//! their indentation. What came out is parsed and must be the old file with the new rules: a file
//! written in some way that this does not understand is refused, never damaged.

use super::file::AgentFile;
use crate::recording::volatile::{VolatileRule, With};
use crate::scenario::{ScenarioError, parse_yaml};
use std::path::Path;

/// Why rules cannot be put into an agent file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// It does not load.
    #[error(transparent)]
    File(#[from] ScenarioError),
    /// Its rules are written in a way that cannot be added to.
    #[error(
        "{0}: its `volatile` is not written as a block of lines, to which rules can be added\nhelp: \
         put them there by hand, and raise `version`"
    )]
    Shape(String),
}

/// The text of an agent file with these rules added.
///
/// # Errors
/// A file that does not load, or is written in a way that lines cannot be added to.
pub fn add_rules(path: &Path, text: &str, rules: &[VolatileRule]) -> Result<String, EditError> {
    let mut expected: AgentFile = parse_yaml(path, text)?;
    expected.volatile.rules.extend(rules.iter().cloned());
    expected.volatile.version += 1;
    let shape = || EditError::Shape(path.display().to_string());
    let new = insert(text, expected.volatile.version, rules).ok_or_else(shape)?;
    match parse_yaml::<AgentFile>(path, &new) {
        Ok(file) if file == expected => Ok(new),
        _ => Err(shape()),
    }
}

/// The rules as a YAML list, each line indented by so many spaces.
#[must_use]
pub fn rules_as_yaml(rules: &[VolatileRule], indent: usize) -> String {
    let space = " ".repeat(indent);
    let mut text = String::new();
    for rule in rules {
        text.push_str(&format!("{space}- name: {}\n", scalar(&rule.name)));
        text.push_str(&format!("{space}  at: {}\n", scalar(&rule.at)));
        if let Some(pattern) = &rule.pattern {
            text.push_str(&format!("{space}  pattern: {}\n", scalar(pattern)));
        }
        let with = match &rule.with {
            With::Zeros => "zeros".to_owned(),
            With::Sorted => "sorted".to_owned(),
            With::Numbered(kind) => format!("{{numbered: {}}}", scalar(kind)),
            With::Text(text) => format!("{{text: {}}}", scalar(text)),
            With::Replace(text) => format!("{{replace: {}}}", scalar(text)),
        };
        text.push_str(&format!("{space}  with: {with}\n"));
    }
    text
}

/// Plain where that is safe; else in single quotes, in which nothing but themselves is special.
fn scalar(text: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | ' ' | '*' | '(' | ')');
    let start = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    match () {
        () if text.chars().any(char::is_control) => serde_json::Value::from(text).to_string(),
        () if start && !text.ends_with(' ') && text.chars().all(plain) => text.to_owned(),
        () => format!("'{}'", text.replace('\'', "''")),
    }
}

fn insert(text: &str, version: u32, rules: &[VolatileRule]) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push('\n');
    }
    let Some(top) = lines.iter().position(|line| line.starts_with("volatile:")) else {
        let rules = rules_as_yaml(rules, 4);
        lines.push(format!("\nvolatile:\n  version: {version}\n  rules:\n{rules}"));
        return Some(lines.concat());
    };
    if !value(&lines[top]).is_empty() {
        return None;
    }
    let content = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    // The lines of the block, without blank ones and comments.
    let below = lines.iter().enumerate().skip(top + 1).filter(|(_, line)| content(line));
    let block: Vec<usize> =
        below.take_while(|(_, line)| depth(line) > 0).map(|(at, _)| at).collect();
    let own = depth(&lines[*block.first()?]);
    let key = |name: &str| {
        let is = |at: &&usize| depth(&lines[**at]) == own && lines[**at].trim().starts_with(name);
        block.iter().find(is).copied()
    };
    let (version_at, rules_at) = (key("version:")?, key("rules:"));
    let (after, indent) = match rules_at {
        None => (version_at, own + 2),
        Some(at) if value(&lines[at]) == "[]" => (at, own + 2),
        Some(at) if value(&lines[at]).is_empty() => {
            let inside = |at: &usize| {
                let line = &lines[*at];
                depth(line) > own || depth(line) == own && line.trim().starts_with("- ")
            };
            let items = block.iter().copied().skip_while(|line| *line <= at);
            let items: Vec<usize> = items.take_while(inside).collect();
            match (items.first(), items.last()) {
                (Some(first), Some(last)) => (*last, depth(&lines[*first])),
                _ => (at, own + 2),
            }
        }
        Some(_) => return None,
    };
    let old = value(&lines[version_at]).to_owned();
    lines[version_at] = lines[version_at].replacen(&old, &version.to_string(), 1);
    match rules_at {
        Some(at) => lines[at] = lines[at].replacen(" []", "", 1),
        None => lines[after].push_str(&format!("{}rules:\n", " ".repeat(own))),
    }
    lines[after].push_str(&rules_as_yaml(rules, indent));
    Some(lines.concat())
}

/// What stands behind the key of a line, without a comment.
fn value(line: &str) -> &str {
    let value = line.split_once(':').map_or("", |(_, value)| value);
    value.split(" #").next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::{add_rules, rules_as_yaml};
    use crate::recording::volatile::{VolatileRule, VolatileRules, With};
    use std::path::Path;

    fn rule(pattern: Option<&str>, with: With) -> VolatileRule {
        let name = format!("rule {with:?}");
        let (at, pattern) = ("/a/*/b".into(), pattern.map(str::to_owned));
        VolatileRule { name, at, pattern, with, kept: false }
    }

    fn rules() -> Vec<VolatileRule> {
        vec![
            rule(Some(r"^it's: (\d+)#"), With::Text("0".into())),
            rule(None, With::Numbered("uuid".into())),
            rule(Some("\t(x)\u{1}"), With::Replace("$1: 'a'".into())),
            rule(None, With::Sorted),
            rule(None, With::Zeros),
        ]
    }

    fn added(text: &str) -> String {
        add_rules(Path::new("a.yaml"), text, &rules()[1..2]).unwrap()
    }

    const RULE: &str = "- name: 'rule Numbered(\"uuid\")'\n";

    #[test]
    fn what_is_written_is_read_again() {
        let text = format!("version: 3\nrules:\n{}", rules_as_yaml(&rules(), 2));
        let read: VolatileRules = crate::scenario::parse_yaml(Path::new("a"), &text).unwrap();
        assert_eq!(read.rules, rules());
    }

    #[test]
    fn the_rest_of_the_file_stays_as_it_is() {
        let head = "# mine\nname: a   # b\n";
        let new = added(&format!(
            "{head}volatile:\n  # up\n  version: 7 # v\n  rules: [] # none\n# end\n\nexits: {{}}\n"
        ));
        let start =
            format!("{head}volatile:\n  # up\n  version: 8 # v\n  rules: # none\n    {RULE}");
        assert!(new.starts_with(&start), "{new}");
        assert!(new.ends_with("      with: {numbered: uuid}\n# end\n\nexits: {}\n"), "{new}");
        // Behind the rules that are there, as deep as they are.
        let there = "  rules:\n  - {name: x, at: /x, with: zeros}\n  # last\n  version: 1";
        let new = added(&format!("name: a\nvolatile:\n{there}"));
        assert!(new.contains(&format!("with: zeros}}\n  {RULE}    at: /a/*/b\n")), "{new}");
        assert!(new.ends_with("  # last\n  version: 2\n"), "{new}");
        let new = added("name: a\nvolatile:\n    version: 1\n");
        assert!(new.contains(&format!("    version: 2\n    rules:\n      {RULE}")), "{new}");
        let new = added("name: a");
        assert!(new.starts_with("name: a\n\nvolatile:\n  version: 1\n  rules:\n"), "{new}");
    }

    #[test]
    fn what_is_written_otherwise_is_refused() {
        for volatile in
            ["{version: 1}", "\n  version: 1\n  rules: [{name: x, at: /x, with: zeros}]"]
        {
            let text = format!("name: a\nvolatile: {volatile}\n");
            let error = add_rules(Path::new("a.yaml"), &text, &rules()).unwrap_err().to_string();
            assert!(error.starts_with("a.yaml: its `volatile` is not"), "{error}");
        }
    }
}
