//! `verify --mutate`: each step that does something is left out in turn; a scenario whose checks
//! do not notice checks too little.

use crate::scenario::{Action, Script, Step};

/// For each effectful step its id and the script without its effects.
///
/// Patches, writes and commands that look like writing are effects; a step's `effect` key
/// overrides the guess. A step that is left without a call is removed whole: kept, its text alone
/// would end the turn.
#[must_use]
pub fn mutations(script: &Script) -> Vec<(String, Script)> {
    let mut out = Vec::new();
    for (i, step) in script.steps.iter().enumerate() {
        let Some(rest) = without_effects(step) else { continue };
        let mut mutated = script.clone();
        if rest.iter().any(Action::is_call) {
            mutated.steps[i].actions = rest;
        } else {
            mutated.steps.remove(i);
        }
        out.push((step.id.clone(), mutated));
    }
    out
}

/// The actions that stay, or `None` when the step has no effect.
fn without_effects(step: &Step) -> Option<Vec<Action>> {
    let keep = |is_effect: fn(&Action) -> bool| -> Option<Vec<Action>> {
        let rest: Vec<Action> =
            step.actions.iter().filter(|action| !is_effect(action)).cloned().collect();
        (rest.len() < step.actions.len()).then_some(rest)
    };
    match step.effect {
        Some(false) => None,
        None => keep(looks_effectful),
        // The author knows better than the guess, but does not say which call it is.
        Some(true) => keep(looks_effectful).or_else(|| keep(Action::is_call)),
    }
}

fn looks_effectful(action: &Action) -> bool {
    match action {
        Action::Patch(_) | Action::Write(_) => true,
        Action::Run(run) => command_writes(&run.cmd),
        _ => false,
    }
}

/// Whether a command line looks as if it wrote something: a redirection to a file, or a word in
/// command position that changes files.
pub(in crate::scenario) fn command_writes(cmd: &str) -> bool {
    cmd.split(['\n', ';', '&', '|', '(', ')', '{', '}']).any(|part| {
        let mut words = part.split_whitespace().skip_while(|word| {
            matches!(
                *word,
                "then" | "do" | "else" | "if" | "while" | "!" | "env" | "exec" | "sudo" | "xargs"
            ) || (word.contains('=') && !word.starts_with('='))
        });
        let Some(first) = words.next() else { return false };
        let rest: Vec<&str> = words.collect();
        match first {
            "mv" | "rm" | "cp" | "mkdir" | "rmdir" | "touch" | "tee" | "chmod" | "ln" | "patch"
            | "install" | "truncate" | "dd" => true,
            "sed" | "perl" => rest.iter().any(|word| {
                word.starts_with("--in-place")
                    || (word.starts_with('-') && !word.starts_with("--") && word.contains('i'))
            }),
            "git" => rest.iter().find(|word| !word.starts_with('-')).is_some_and(|word| {
                matches!(
                    *word,
                    "mv" | "commit"
                        | "add"
                        | "rm"
                        | "apply"
                        | "checkout"
                        | "restore"
                        | "reset"
                        | "revert"
                        | "merge"
                        | "stash"
                        | "switch"
                        | "tag"
                        | "branch"
                )
            }),
            _ => false,
        }
    }) || redirects(cmd)
}

/// A `>` that goes to a file: not `2>&1`, not `/dev/null`, not inside single quotes.
fn redirects(cmd: &str) -> bool {
    let mut quoted = false;
    for (at, c) in cmd.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '>' if !quoted => {
                let before = cmd[..at].chars().next_back();
                let target = cmd[at + 1..].trim_start_matches(['>', '|']);
                let to_descriptor = target.starts_with('&');
                let to_null = target.trim_start().starts_with("/dev/null");
                // `->`, `=>` stand in text, and a second `>` was judged with the first.
                let in_text = matches!(before, Some('-' | '=' | '>'));
                if !to_descriptor && !to_null && !in_text {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn script(text: &str) -> Script {
        crate::scenario::yaml::parse(Path::new("script.yaml"), text).expect("parses")
    }

    #[test]
    fn commands_that_write_are_told_from_those_that_read() {
        for cmd in [
            "echo x > f",
            "echo x >>f",
            "cd a && rm b",
            "sed -i s/a/b/ f",
            "sed -ni p f",
            "git -q commit -m x",
            "if true; then touch x; fi",
            "A=1 cp a b",
            "find . | xargs rm",
            "cat x 2>&1 | tee y",
        ] {
            assert!(command_writes(cmd), "{cmd}");
        }
        for cmd in [
            "cat f 2>&1",
            "ls 2>/dev/null",
            "grep -n 'a > b' f",
            "sed -n p f",
            "git log --oneline",
            "sh tests/run.sh",
            "grep -rn rm src",
            "grep '->' f",
        ] {
            assert!(!command_writes(cmd), "{cmd}");
        }
    }

    const SCRIPT: &str = "steps:
  - id: look
    do: [{say: hm}, {run: {cmd: ls}}]
  - id: both
    do: [{run: {cmd: ls}}, {write: {path: a, text: x}}]
  - id: fix
    do: [{say: fixing}, {patch: p}]
  - id: build
    effect: true
    do: [{run: {cmd: make}}]
  - id: scratch
    effect: false
    do: [{run: {cmd: echo > tmp}}]
  - id: done
    do: [{say: ok}]
";

    #[test]
    fn each_effectful_step_is_dropped_once() {
        let all = mutations(&script(SCRIPT));
        let ids: Vec<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["both", "fix", "build"]);
    }

    #[test]
    fn a_step_keeps_its_other_calls_but_never_text_alone() {
        let all = mutations(&script(SCRIPT));
        assert_eq!(all[0].1.steps.len(), 6);
        assert_eq!(all[0].1.steps[1].actions.len(), 1, "the reading call stays");
        let left: Vec<&str> = all[1].1.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(left, ["look", "both", "build", "scratch", "done"], "no text-only step");
    }
}
