//! How an agent file says which tool does what: for each verb a tool, and a template of its
//! arguments. What is said here goes before what the server finds out from the advertised tools.
//!
//! ```yaml
//! run: {tool: execute, arguments: {script: '{cmd}', folder: '{workdir}'}}
//! patch: {tool: change_files, input: '{patch}'}
//! ```

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A verb of a script that becomes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// A shell command.
    Run,
    /// Reading a file.
    Read,
    /// Writing a whole file.
    Write,
    /// A patch.
    Patch,
    /// Updating the plan.
    Plan,
    /// Looking at an image.
    View,
}

impl Verb {
    /// Its name in scripts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Read => "read",
            Self::Write => "write",
            Self::Patch => "patch",
            Self::Plan => "plan",
            Self::View => "view",
        }
    }

    /// The placeholders of its templates: the first must be used, the others may be.
    #[must_use]
    pub fn placeholders(self) -> &'static [&'static str] {
        match self {
            Self::Run => &["cmd", "workdir", "wait_for"],
            Self::Read => &["path", "first", "last", "count"],
            Self::Write => &["path", "content"],
            Self::Patch => &["patch"],
            Self::Plan => &["plan", "steps"],
            Self::View => &["path"],
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A tool with a template of its arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolTemplate {
    /// Name of the tool, as advertised.
    pub tool: String,
    /// Arguments of a function tool. A text that is nothing but one placeholder becomes its value;
    /// where a verb has no such value, the argument is left out.
    #[serde(default)]
    pub arguments: Option<Map<String, Value>>,
    /// Input of a custom tool.
    #[serde(default)]
    pub input: Option<String>,
}

/// Tools by verb.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DialectMap {
    verbs: IndexMap<Verb, ToolTemplate>,
}

/// Why a map of verbs to tools cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialectMapError {
    /// Neither or both of `arguments` and `input`.
    #[error("`{0}` needs either `arguments` (a function tool) or `input` (a custom tool)")]
    Shape(Verb),
    /// A placeholder that the verb does not have.
    #[error("`{verb}` has no value `{{{found}}}`; it has {known}", known = braced(*verb))]
    Unknown {
        /// The verb.
        verb: Verb,
        /// What stands between the braces.
        found: String,
    },
    /// A placeholder without which the call cannot do its work.
    #[error("the template of `{verb}` does not use `{{{missing}}}`")]
    Unused {
        /// The verb.
        verb: Verb,
        /// The placeholder.
        missing: &'static str,
    },
}

fn braced(verb: Verb) -> String {
    let braced: Vec<String> =
        verb.placeholders().iter().map(|name| format!("`{{{name}}}`")).collect();
    braced.join(", ")
}

impl DialectMap {
    /// The template of a verb.
    #[must_use]
    pub fn get(&self, verb: Verb) -> Option<&ToolTemplate> {
        self.verbs.get(&verb)
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.verbs.is_empty()
    }

    /// Checks every template.
    ///
    /// # Errors
    /// Names the verb and the placeholder that does not fit.
    pub fn check(&self) -> Result<(), DialectMapError> {
        for (verb, template) in &self.verbs {
            let verb = *verb;
            let mut used = Vec::new();
            match (&template.arguments, &template.input) {
                (Some(arguments), None) => {
                    arguments.values().for_each(|value| collect(value, &mut used));
                }
                (None, Some(input)) => names(input, &mut used),
                _ => return Err(DialectMapError::Shape(verb)),
            }
            let known = verb.placeholders();
            if let Some(found) = used.iter().find(|name| !known.contains(&name.as_str())) {
                return Err(DialectMapError::Unknown { verb, found: found.clone() });
            }
            let must: &[&'static str] = match verb {
                Verb::Write => known,
                Verb::Plan => &[],
                _ => &known[..1],
            };
            if let Some(missing) = must.iter().find(|name| !used.iter().any(|used| used == *name)) {
                return Err(DialectMapError::Unused { verb, missing });
            }
        }
        Ok(())
    }
}

/// The placeholders in all texts of a value.
fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => names(text, found),
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, found)),
        Value::Object(fields) => fields.values().for_each(|part| collect(part, found)),
        _ => {}
    }
}

/// What stands in braces and could be a name; other braces are text.
fn names(text: &str, found: &mut Vec<String>) {
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        let Some(close) = rest.find('}') else { return };
        let name = &rest[..close];
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            found.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DialectMap, Verb};
    use crate::scenario::yaml;
    use std::path::Path;

    fn map(text: &str) -> Result<DialectMap, String> {
        let map: DialectMap =
            yaml::parse(Path::new("agent.yaml"), text).map_err(|error| error.to_string())?;
        map.check().map_err(|error| error.to_string())?;
        Ok(map)
    }

    #[test]
    fn a_good_map_says_which_tool_does_what() {
        let map =
            map("run: {tool: execute, arguments: {script: '{cmd}', in: '{workdir}', n: 3}}\n\
                       patch: {tool: change, input: 'go {patch}'}\n")
            .expect("good");
        assert_eq!(map.get(Verb::Run).map(|template| template.tool.as_str()), Some("execute"));
        assert_eq!(map.get(Verb::View), None);
        assert!(!map.is_empty());
    }

    #[test]
    fn what_cannot_work_is_said() {
        let error = |text: &str| map(text).expect_err("bad");
        assert!(error("shout: {tool: t, input: '{cmd}'}").contains("unknown"), "a wrong verb");
        assert!(error("run: {tool: t, argument: {}}").contains("did you mean `arguments`"));
        assert_eq!(
            error("run: {tool: t}"),
            "`run` needs either `arguments` (a function tool) or `input` (a custom tool)"
        );
        assert_eq!(
            error("run: {tool: t, input: '{cmd} {dir}'}"),
            "`run` has no value `{dir}`; it has `{cmd}`, `{workdir}`, `{wait_for}`"
        );
        assert_eq!(
            error("write: {tool: t, arguments: {p: ['{path}'], q: {}}}"),
            "the template of `write` does not use `{content}`"
        );
    }
}
