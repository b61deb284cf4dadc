//! Checks out of a session: what failed early and passed late is what the session was about.
//!
//! Each proposal is tried on the seed and on the final tree, and says of the seed what was seen
//! there. If none tells the two trees apart, the changed files themselves are held against lines of
//! the final tree: weak checks, and the account says so.

use super::replay::{Ran, in_folder, shown};
use crate::sandbox::{Sandbox, SandboxError};
use crate::scenario::exec::run;
use crate::scenario::{Check, FileCheck, OnSeed, OutputExpect, RunCheck};
use std::collections::BTreeSet;

/// Seconds that a proposed command gets, in trial and in the scenario.
const SECONDS: u32 = 120;

/// Files whose text is compared, at most.
const FILES: usize = 3;

/// A command that failed first and passed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) cmd: String,
    /// How it ended when it first ran.
    pub(super) first: i32,
}

/// The proposals, in the order in which they first ran.
pub(super) fn proposals(commands: &[Ran]) -> Vec<Proposal> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for one in commands {
        if !seen.insert((&one.cmd, &one.folder)) {
            continue;
        }
        let same = commands.iter().filter(|ran| ran.cmd == one.cmd && ran.folder == one.folder);
        let exits: Vec<i32> = same.filter_map(|ran| ran.exit).collect();
        if let [first @ (..=-1 | 1..), .., 0] = exits.as_slice() {
            out.push(Proposal { cmd: in_folder(&one.folder, &one.cmd), first: *first });
        }
    }
    out
}

/// How a proposal behaves on a tree: its exit code, unless it hangs.
pub(super) async fn trial(
    sandbox: &Sandbox,
    proposal: &Proposal,
) -> Result<Option<i32>, SandboxError> {
    Ok(run(sandbox, &proposal.cmd, SECONDS).await?.code)
}

/// A command as a check, which ends so on the seed.
pub(super) fn check(proposal: &Proposal, on_seed: i32) -> Check {
    let cmd = proposal.cmd.clone();
    let run = RunCheck { cmd, exit: 0, output: OutputExpect::default(), seconds: SECONDS };
    let on_seed = match on_seed {
        0 => holds(),
        exit => OnSeed { exit: Some(exit), ..nothing() },
    };
    let name = format!("passes: {}", shown(&proposal.cmd));
    Check { run: Some(run), ..empty(name, on_seed) }
}

/// The check with a name that no other one has: long commands are cut in names.
pub(super) fn named_apart(mut check: Check, others: &[Check]) -> Check {
    let name = check.name.clone();
    let mut number = 1;
    while others.iter().any(|other| other.name == check.name) {
        number += 1;
        check.name = format!("{name} ({number})");
    }
    check
}

/// A changed file: its texts before and after, as far as there are any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) path: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// Checks on lines of changed files.
pub(super) fn text_checks(changed: &[Changed]) -> Vec<Check> {
    changed.iter().filter_map(text_check).take(FILES).collect()
}

fn text_check(changed: &Changed) -> Option<Check> {
    let path = changed.path.clone();
    let longest = |text: &str, other: &str| {
        // Most lines of a large file stand in the other one: a set says so at once.
        let known: BTreeSet<&str> = other.lines().map(str::trim).collect();
        let is_new = |line: &&str| !known.contains(line) && !other.contains(line);
        let lines = text.lines().map(str::trim).filter(is_new);
        // Of equally long ones the first.
        lines.rev().max_by_key(|line| line.len()).map(str::to_owned)
    };
    let (file, on_seed, name) = match (&changed.before, &changed.after) {
        (before, Some(after)) => {
            let line = longest(after, before.as_deref().unwrap_or_default())?;
            let text = OutputExpect { contains: vec![line], ..OutputExpect::default() };
            let file = FileCheck { path, absent: false, text, executable: None };
            let on_seed = match before {
                None => OnSeed { missing: true, ..nothing() },
                Some(before) => OnSeed {
                    contains: Some(longest(before, after).or_else(|| longest(before, ""))?),
                    ..nothing()
                },
            };
            (file, on_seed, format!("{} holds what the session wrote", changed.path))
        }
        (Some(before), None) => {
            let text = OutputExpect::default();
            let file = FileCheck { path, absent: true, text, executable: None };
            let on_seed = OnSeed { contains: Some(longest(before, "")?), ..nothing() };
            (file, on_seed, format!("{} is gone", changed.path))
        }
        (None, None) => return None,
    };
    Some(Check { file: Some(file), ..empty(name, on_seed) })
}

fn empty(name: String, on_seed: OnSeed) -> Check {
    Check { name, run: None, file: None, tree: None, forbidden: None, on_seed }
}

fn nothing() -> OnSeed {
    OnSeed { holds: false, exit: None, contains: None, missing: false }
}

fn holds() -> OnSeed {
    OnSeed { holds: true, ..nothing() }
}

/// Programs that a command line may need beyond those of every sandbox.
const PROGRAMS: [&str; 34] = [
    "bun", "bundle", "cargo", "cc", "clang", "cmake", "deno", "dotnet", "g++", "gcc", "go",
    "gradle", "java", "javac", "jq", "make", "mvn", "node", "npm", "npx", "perl", "php", "pnpm",
    "pytest", "python", "python3", "rake", "rg", "ruby", "rustc", "swift", "tox", "yarn", "zig",
];

/// The programs that a command line starts, of those that have to be named.
pub(super) fn programs(cmd: &str) -> BTreeSet<String> {
    let parts = cmd.split(['\n', ';', '|', '&', '(', ')', '{', '}']);
    let words = parts.filter_map(|part| {
        let mut words = part.split_whitespace();
        words.find(|word| !word.contains('=') && !matches!(*word, "env" | "exec" | "time" | "!"))
    });
    words.filter(|word| PROGRAMS.contains(word)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(cmd: &str, exit: Option<i32>) -> Ran {
        Ran { cmd: cmd.into(), folder: String::new(), exit }
    }

    #[test]
    fn what_failed_first_and_passed_last_is_proposed() {
        let commands = [
            ran("make test", Some(2)),
            ran("ls", Some(0)),
            ran("make lint", Some(0)),
            ran("make test", None),
            ran("make lint", Some(1)),
            ran("flaky", Some(1)),
            ran("make test", Some(0)),
            ran("flaky", Some(1)),
        ];
        let found = proposals(&commands);
        assert_eq!(found, [Proposal { cmd: "make test".into(), first: 2 }]);
        let inside = Ran { folder: "lib".into(), ..ran("make test", Some(0)) };
        assert!(proposals(&[ran("make test", Some(2)), inside]).is_empty(), "another folder");
    }

    #[test]
    fn lines_that_only_one_tree_has_tell_them_apart() {
        let changed = |before: Option<&str>, after: Option<&str>| {
            let text = |text: Option<&str>| text.map(str::to_owned);
            text_check(&Changed { path: "a".into(), before: text(before), after: text(after) })
        };
        let check = changed(Some("x\nold\n"), Some("x\n  a new line\ny\n")).expect("a check");
        let file = check.file.expect("of a file");
        assert_eq!(file.text.contains, ["a new line"]);
        assert_eq!(check.on_seed.contains.as_deref(), Some("old"));
        assert!(changed(None, Some("x\n")).expect("a check").on_seed.missing);
        assert!(changed(Some("x\n"), None).expect("a check").file.expect("a file").absent);
        assert!(changed(Some("x\nx\n"), Some("x\n")).is_none(), "nothing is new");
    }

    #[test]
    fn programs_are_the_first_words() {
        let found = programs("cd lib && A=1 npm test | jq . && echo python3");
        assert_eq!(found, BTreeSet::from(["jq".to_owned(), "npm".to_owned()]));
    }
}
