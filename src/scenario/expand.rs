//! Placeholders: `{i}` of a repeated step, `{name}` of a bind. Everything else in braces stays as
//! it is, since scripts write code.

use super::{Action, Fallback, RawCall, ReadAction, RunAction, Script, Step, WriteAction};
use indexmap::IndexMap;

impl Script {
    /// The steps with `repeat` written out: the k-th copy of `step` is `step#k`, with `{i}` = k in
    /// its actions and fallbacks.
    #[must_use]
    pub fn flat(&self) -> Vec<Step> {
        self.steps.iter().flat_map(Step::copies).collect()
    }
}

impl Step {
    fn copies(&self) -> Vec<Self> {
        let Some(times) = self.repeat else { return vec![self.clone()] };
        let copy = |i: u32| {
            let values = IndexMap::from([("i".to_owned(), i.to_string())]);
            Self {
                id: format!("{}#{i}", self.id),
                repeat: None,
                actions: self.actions.iter().map(|action| action.fill(&values)).collect(),
                on_missing: self.on_missing.iter().map(|one| one.fill(&values)).collect(),
                ..self.clone()
            }
        };
        (1..=times).map(copy).collect()
    }

    /// The actions with the bound values in place of `{name}`.
    #[must_use]
    pub fn bound(&self, values: &IndexMap<String, String>) -> Vec<Action> {
        self.actions.iter().map(|action| action.fill(values)).collect()
    }
}

impl Fallback {
    /// The fallback with values in place of `{name}`.
    #[must_use]
    pub fn fill(&self, values: &IndexMap<String, String>) -> Self {
        match self {
            Self::Reacquire(action) => Self::Reacquire(action.fill(values)),
            Self::Ask(text) => Self::Ask(fill(text, values)),
            Self::Guess(guesses) => Self::Guess(
                guesses.iter().map(|(name, text)| (name.clone(), fill(text, values))).collect(),
            ),
            Self::Stop => Self::Stop,
        }
    }
}

impl Action {
    /// The action with values in place of `{name}`, in every text of it.
    #[must_use]
    pub fn fill(&self, values: &IndexMap<String, String>) -> Self {
        let put = |text: &String| fill(text, values);
        match self {
            Self::Say(text) => Self::Say(put(text)),
            Self::Reason(text) => Self::Reason(put(text)),
            Self::Run(run) => Self::Run(RunAction {
                cmd: put(&run.cmd),
                workdir: run.workdir.as_ref().map(put),
                wait_for: run.wait_for.as_ref().map(put),
            }),
            Self::Patch(text) => Self::Patch(put(text)),
            Self::Read(read) => Self::Read(ReadAction { path: put(&read.path), lines: read.lines }),
            Self::Write(write) => {
                Self::Write(WriteAction { path: put(&write.path), text: put(&write.text) })
            }
            Self::Plan(steps) => Self::Plan(steps.iter().map(put).collect()),
            Self::View(path) => Self::View(put(path)),
            Self::Raw(raw) => Self::Raw(RawCall {
                tool: put(&raw.tool),
                arguments: raw.arguments.as_ref().map(put),
                input: raw.input.as_ref().map(put),
            }),
        }
    }

    /// Its name in scripts.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Say(_) => "say",
            Self::Reason(_) => "reason",
            Self::Run(_) => "run",
            Self::Patch(_) => "patch",
            Self::Read(_) => "read",
            Self::Write(_) => "write",
            Self::Plan(_) => "plan",
            Self::View(_) => "view",
            Self::Raw(_) => "raw",
        }
    }

    /// Whether it is a tool call; a step without one ends the turn.
    #[must_use]
    pub fn is_call(&self) -> bool {
        !matches!(self, Self::Say(_) | Self::Reason(_))
    }
}

/// One pass over the text, so that a value that itself holds braces is not looked into.
fn fill(text: &str, values: &IndexMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let inner = &rest[open + 1..];
        let value = inner.find('}').and_then(|close| Some((close, values.get(&inner[..close])?)));
        match value {
            Some((close, value)) => {
                out.push_str(value);
                rest = &inner[close + 1..];
            }
            None => {
                out.push('{');
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn values(pairs: &[(&str, &str)]) -> IndexMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_bound_names_are_replaced_and_only_once() {
        let values = values(&[("cap", "{cap}{x}"), ("x", "1")]);
        assert_eq!(fill("a {cap} b {y} {x}", &values), "a {cap}{x} b {y} 1");
        assert_eq!(fill("fn f() { {x} } {", &values), "fn f() { 1 } {");
        assert_eq!(fill("{{x}}", &values), "{1}");
    }

    #[test]
    fn a_repeated_step_is_written_out_with_its_number() {
        let text = "steps:\n  - id: log\n    repeat: 3\n    do:\n      - run: {cmd: 'echo {i} {j}'}\n  - id: end\n    do: [{say: 'ok {i}'}]\n";
        let script: Script =
            super::super::yaml::parse(Path::new("script.yaml"), text).expect("parses");
        let flat = script.flat();
        let ids: Vec<&str> = flat.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids, ["log#1", "log#2", "log#3", "end"]);
        let Action::Run(run) = &flat[2].actions[0] else { panic!("a run") };
        assert_eq!(run.cmd, "echo 3 {j}");
        assert_eq!(flat[3].actions[0], Action::Say("ok {i}".into()), "not repeated: literal");
    }
}
