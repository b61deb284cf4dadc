//! What must hold in a script beyond its types.

use super::error::{ScenarioError, suggest};
use super::rules::{known_fact, pattern};
use super::yaml::{self, Problem};
use super::{Action, Fact, Fallback, Scenario, Script, Step};
use std::collections::BTreeSet;
use std::path::Path;

type Checked = Result<(), Problem>;

impl Script {
    /// Loads a script file and checks what can be checked without its scenario.
    ///
    /// # Errors
    /// A file that cannot be read, YAML that does not parse, or a rule that is broken, each with
    /// its place.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let (script, text) = yaml::read::<Self>(path)?;
        match rules(&script) {
            Ok(()) => Ok(script),
            Err(problem) => Err(problem.place(path, &text)),
        }
    }

    /// Checks the script against the facts of its scenario.
    ///
    /// # Errors
    /// A fact that is required or bound from, but not planted; at its place in the scenario's
    /// script file.
    pub fn check_against(&self, scenario: &Scenario) -> Result<(), ScenarioError> {
        let Err(problem) = facts(self, &scenario.file.facts) else { return Ok(()) };
        let path = scenario.script.clone().unwrap_or_else(|| scenario.dir.join("script.yaml"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Err(problem.place(&path, &text))
    }
}

impl Scenario {
    /// Its script, loaded and checked against its facts; `None` where it has none.
    ///
    /// # Errors
    /// See [`Script::load`] and [`Script::check_against`].
    pub fn load_script(&self) -> Result<Option<Script>, ScenarioError> {
        let Some(path) = &self.script else { return Ok(None) };
        let script = Script::load(path)?;
        script.check_against(self)?;
        Ok(Some(script))
    }
}

fn facts(script: &Script, facts: &[Fact]) -> Checked {
    for (i, step) in script.steps.iter().enumerate() {
        for (j, id) in step.requires.iter().enumerate() {
            known_fact(format!("steps/{i}/requires/{j}"), id, facts)?;
        }
        for (name, bind) in &step.bind {
            if let Some(id) = &bind.fact {
                known_fact(format!("steps/{i}/bind/{}/fact", yaml::segment(name)), id, facts)?;
            }
        }
    }
    Ok(())
}

fn rules(script: &Script) -> Checked {
    if script.steps.is_empty() {
        return Err(Problem::new("steps", "the script has no steps"));
    }
    let mut seen = BTreeSet::new();
    for (i, one) in script.steps.iter().enumerate() {
        let at = format!("steps/{i}");
        if one.id.is_empty() || one.id.contains(['#', '/']) || one.id.contains(char::is_whitespace)
        {
            let what = format!("`{}` cannot be the id of a step", one.id);
            return Err(Problem::new(format!("{at}/id"), what)
                .help("no white space, no `#` (it numbers repeated steps), no `/`"));
        }
        if !seen.insert(&one.id) {
            return Err(Problem::new(format!("{at}/id"), format!("the id `{}` is taken", one.id)));
        }
        step(&at, one)?;
    }
    Ok(())
}

fn step(at: &str, step: &Step) -> Checked {
    if step.actions.is_empty() {
        return Err(Problem::new(format!("{at}/do"), "a step without actions"));
    }
    if step.repeat == Some(0) {
        return Err(Problem::new(format!("{at}/repeat"), "repeated 0 times"));
    }
    for (i, one) in step.actions.iter().enumerate() {
        action(&format!("{at}/do/{i}"), one)?;
    }
    binds(at, step)?;
    for (i, fallback) in step.on_missing.iter().enumerate() {
        let at = format!("{at}/on_missing/{i}");
        match fallback {
            Fallback::Reacquire(one) => {
                if !one.is_call() {
                    let what = "only a tool call can show something again";
                    return Err(Problem::new(format!("{at}/reacquire"), what)
                        .help("use `run`, `read`, `view` or `raw`"));
                }
                action(&format!("{at}/reacquire"), one)?;
            }
            Fallback::Guess(guesses) => guessed(&format!("{at}/guess"), step, guesses.keys())?,
            Fallback::Ask(text) if text.trim().is_empty() => {
                return Err(Problem::new(format!("{at}/ask"), "the question is empty"));
            }
            Fallback::Ask(_) | Fallback::Stop => {}
        }
    }
    Ok(())
}

fn guessed<'a>(at: &str, step: &Step, names: impl IntoIterator<Item = &'a String>) -> Checked {
    let binds: Vec<&str> = step.bind.keys().map(String::as_str).collect();
    let Some(name) = names.into_iter().find(|name| !step.bind.contains_key(*name)) else {
        return Ok(());
    };
    let what = format!("`{name}` is not a bind of this step");
    Err(Problem::new(format!("{at}/{}", yaml::segment(name)), what).help(suggest(name, &binds)))
}

fn binds(at: &str, step: &Step) -> Checked {
    for (name, bind) in &step.bind {
        let at = format!("{at}/bind/{}", yaml::segment(name));
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let what = format!("`{name}` cannot be the name of a bind");
            return Err(Problem::new(at, what).help("letters, digits and `_` only"));
        }
        if name == "i" && step.repeat.is_some() {
            return Err(Problem::new(at, "`{i}` is the number of the repeated step")
                .help("choose another name for the bind"));
        }
        pattern(format!("{at}/pattern"), &bind.pattern)?;
        // Filling in a value that the text cannot hold by itself shows whether the name is used.
        let probe = [(name.clone(), "\0".to_owned())].into_iter().collect();
        if step.bound(&probe) == step.actions {
            let what = format!("the bind `{name}` is not used: no action holds `{{{name}}}`");
            return Err(Problem::new(at, what));
        }
    }
    Ok(())
}

fn action(at: &str, action: &Action) -> Checked {
    match action {
        Action::Raw(raw) if raw.arguments.is_some() == raw.input.is_some() => {
            Err(Problem::new(format!("{at}/raw"), "a raw call has either `arguments` or `input`")
                .help("`arguments` makes a function call, `input` a custom tool call"))
        }
        Action::Read(read) => match read.lines {
            Some((first, last)) if first == 0 || last < first => {
                let what = format!("lines {first} to {last} are no range");
                Err(Problem::new(format!("{at}/read/lines"), what).help("lines count from 1"))
            }
            _ => Ok(()),
        },
        Action::Plan(steps) => {
            let known = |step: &String| {
                ["pending:", "in_progress:", "completed:"].iter().any(|s| step.starts_with(s))
            };
            match steps.iter().position(|step| !known(step)) {
                Some(i) => {
                    Err(Problem::new(format!("{at}/plan/{i}"), "a plan step without status")
                        .help("write \"pending: ..\", \"in_progress: ..\" or \"completed: ..\""))
                }
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::testing::Folder;

    const FACTS: &str =
        "facts:\n  - {id: limit, class: needle, value: k7, forms: [the limit is k7]}\n";

    fn error(script: &str) -> String {
        let folder = Folder::new();
        folder.scenario("a", FACTS);
        folder.write("a/script.yaml", script);
        let scenario = folder.load("a").expect("the scenario is fine");
        let message = scenario.load_script().expect_err("bad").to_string();
        message.split_once("script.yaml:").expect("names the file").1.to_owned()
    }

    #[test]
    fn a_good_script_loads() {
        let folder = Folder::new();
        folder.scenario("a", FACTS);
        let text = "steps:\n  - id: fix\n    requires: [limit]\n    bind: {cap: {fact: limit, pattern: 'is (\\w+)'}}\n    on_missing: [{reacquire: {run: {cmd: cat x}}}, {ask: which?}, {guess: {cap: '3'}}, stop]\n    do: [{patch: 'x {cap} {other}'}]\n";
        folder.write("a/script.yaml", text);
        let script = folder.load("a").and_then(|scenario| scenario.load_script());
        assert_eq!(script.expect("loads").map(|script| script.steps.len()), Some(1));
    }

    #[test]
    fn every_broken_rule_names_its_place() {
        let one = |keys: &str| error(&format!("steps:\n  - id: a\n    do: [{{say: x}}]\n{keys}"));
        for (keys, start) in [
            ("  - id: a\n    do: [{say: x}]\n", "4:5: the id `a` is taken"),
            ("  - id: a#1\n    do: [{say: x}]\n", "4:5: `a#1` cannot be the id"),
            ("  - id: b\n    do: []\n", "5:5: a step without actions"),
            ("    requires: [lmit]\n", "4:16: unknown fact `lmit`"),
            ("    bind: {x: {pattern: 'a(b'}}\n", "4:16: bad pattern `a(b`: unclosed group"),
            ("    bind: {x: {pattern: a}}\n", "4:12: the bind `x` is not used"),
            ("    on_missing: [{reacquire: {say: x}}]\n", "4:19: only a tool call"),
            ("    on_missing: [{guess: {y: '1'}}]\n", "4:27: `y` is not a bind of this step"),
            ("  - id: b\n    do: [{raw: {tool: t}}]\n", "5:11: a raw call has either"),
            ("  - id: b\n    do: [{read: {path: p, lines: [3, 2]}}]\n", "5:27: lines 3 to 2"),
            ("  - id: b\n    do: [{plan: [x]}]\n", "5:18: a plan step without status"),
        ] {
            let error = one(keys);
            assert!(error.starts_with(start), "wanted {start}\ngot {error}");
        }
        assert!(one("    requires: [lmit]\n").ends_with("help: did you mean `limit`?"));
    }
}
