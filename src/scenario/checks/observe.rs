//! Running the checks in the sandbox, and keeping what was seen, so that `verify` can compare how
//! a check failed with how it should.

use super::expect::{detail, tail, unmet};
use super::{VolatileMask, glob};
use crate::recording::journal::CheckEvent;
use crate::sandbox::{Entry, Sandbox};
use crate::scenario::exec::{Ran, command, quote, run};
use crate::scenario::tree::changed_paths;
use crate::scenario::{
    Check, FileCheck, ForbiddenCheck, RunCheck, Scenario, TreeCheck, WorkspaceError,
    WorkspaceErrorKind,
};
use regex::Regex;

/// What the harness saw the agent do, and what the workspace started from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Every command line the agent ran.
    pub commands: Vec<String>,
    /// Every path that a patch or write of the agent touched.
    pub patched: Vec<String>,
    /// The files of the seed, from [`crate::scenario::fill`].
    pub seed: Vec<Entry>,
}

/// A check with what was seen of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Its result.
    pub event: CheckEvent,
    /// The command's exit code.
    pub exit: Option<i32>,
    /// The command's output, or the file's text.
    pub text: Option<String>,
    /// The file is not there.
    pub missing: bool,
    /// The command hung and was killed.
    pub timed_out: bool,
}

/// Runs the checks of the scenario; the results in the scenario's order.
///
/// # Errors
/// A sandbox that fails; a check that fails is a result.
pub async fn run_checks(
    sandbox: &Sandbox,
    scenario: &Scenario,
    evidence: &Evidence,
) -> Result<Vec<CheckEvent>, WorkspaceError> {
    let observed = observe(sandbox, scenario, evidence).await?;
    Ok(observed.into_iter().map(|one| one.event).collect())
}

/// The same, with what was seen. Files and tree are looked at before any command runs, since
/// commands may leave files behind.
///
/// # Errors
/// See [`run_checks`].
pub async fn observe(
    sandbox: &Sandbox,
    scenario: &Scenario,
    evidence: &Evidence,
) -> Result<Vec<Observed>, WorkspaceError> {
    let checks = &scenario.file.checks;
    let mask = VolatileMask::new(&scenario.file.volatile)
        .map_err(|error| WorkspaceError::new(WorkspaceErrorKind::Pattern(error.to_string())))?;
    let mut out: Vec<Option<Observed>> = Vec::with_capacity(checks.len());
    for check in checks {
        out.push(match check {
            Check { file: Some(file), .. } => {
                let found = sandbox.read(&file.path).await?;
                Some(judge_file(&check.name, file, found, &mask))
            }
            Check { tree: Some(tree), .. } => {
                let changed = changed_paths(sandbox, &evidence.seed).await?;
                Some(judge_tree(&check.name, tree, &changed))
            }
            Check { forbidden: Some(forbidden), .. } => {
                Some(judge_forbidden(&check.name, forbidden, evidence))
            }
            _ => None,
        });
    }
    for (slot, check) in out.iter_mut().zip(checks) {
        if let (None, Some(command)) = (&slot, &check.run) {
            let ran = run(sandbox, &command.cmd, command.seconds).await?;
            *slot = Some(judge_run(&check.name, command, &ran, &mask));
        }
    }
    Ok(out.into_iter().flatten().collect())
}

/// Applies `solution.patch` with git, independent of script and agent.
///
/// # Errors
/// There is none, it does not apply, or the sandbox fails.
pub async fn apply_solution(sandbox: &Sandbox, scenario: &Scenario) -> Result<(), WorkspaceError> {
    let Some(path) = &scenario.solution else {
        return Err(WorkspaceError::new(WorkspaceErrorKind::NoSolution));
    };
    let patch =
        std::fs::read(path).map_err(|error| crate::scenario::ScenarioError::io(path, &error))?;
    // Below .git, where no listing and no check sees it.
    let at = ".git/solution.patch";
    sandbox.write(at, &patch, false).await?;
    let apply = format!("git apply --whitespace=nowarn {}", quote(at));
    command(sandbox, "git apply solution.patch", &apply).await?;
    sandbox.remove(at).await?;
    Ok(())
}

fn seen(name: &str, complaints: &[String]) -> Observed {
    let passed = complaints.is_empty();
    Observed {
        event: CheckEvent { name: name.to_owned(), passed, detail: detail(complaints) },
        exit: None,
        text: None,
        missing: false,
        timed_out: false,
    }
}

fn judge_run(name: &str, check: &RunCheck, ran: &Ran, mask: &VolatileMask) -> Observed {
    let output = mask.apply(&ran.output);
    let Some(code) = ran.code else {
        let mut complaints = vec![format!("timed out after {} s", check.seconds)];
        complaints.extend(tail(&output, "output"));
        return Observed { timed_out: true, text: Some(output), ..seen(name, &complaints) };
    };
    let mut complaints = Vec::new();
    if code != check.exit {
        complaints.push(format!("exit code {code}, expected {}", check.exit));
    }
    let text = unmet(&check.output, &output, "output");
    if text.is_empty() && !complaints.is_empty() {
        complaints.extend(tail(&output, "output"));
    }
    complaints.extend(text);
    if ran.omitted > 0 && !complaints.is_empty() {
        complaints.insert(1, format!("({} bytes of the output were not kept)", ran.omitted));
    }
    Observed { exit: Some(code), text: Some(output), ..seen(name, &complaints) }
}

fn judge_file(
    name: &str,
    check: &FileCheck,
    found: Option<(Vec<u8>, bool)>,
    mask: &VolatileMask,
) -> Observed {
    let path = &check.path;
    let Some((bytes, executable)) = found else {
        let complaints = match check.absent {
            true => Vec::new(),
            false => vec![format!("{path} is not there")],
        };
        return Observed { missing: true, ..seen(name, &complaints) };
    };
    let text = mask.apply(&String::from_utf8_lossy(&bytes));
    let mut complaints = Vec::new();
    if check.absent {
        complaints.push(format!("{path} is there, but must not be"));
    } else {
        complaints.extend(unmet(&check.text, &text, "file"));
        match check.executable {
            Some(true) if !executable => complaints.push(format!("{path} is not executable")),
            Some(false) if executable => complaints.push(format!("{path} is executable")),
            _ => {}
        }
    }
    Observed { text: Some(text), ..seen(name, &complaints) }
}

fn judge_tree(name: &str, check: &TreeCheck, changed: &[String]) -> Observed {
    let allowed = |line: &str| {
        // `M path`
        let path = line.get(2..).unwrap_or_default();
        check.only.iter().any(|glob| glob::matches(glob, path))
    };
    let stray: Vec<&String> = changed.iter().filter(|line| !allowed(line)).collect();
    let mut complaints = Vec::new();
    if !stray.is_empty() {
        complaints.push(format!("only {} may differ from the seed", check.only.join(", ")));
        complaints.extend(stray.iter().map(|line| format!("  {line}")));
    }
    seen(name, &complaints)
}

fn judge_forbidden(name: &str, check: &ForbiddenCheck, evidence: &Evidence) -> Observed {
    let mut complaints = Vec::new();
    for pattern in &check.commands {
        match Regex::new(pattern) {
            Ok(regex) => {
                let hits = evidence.commands.iter().filter(|command| regex.is_match(command));
                complaints.extend(
                    hits.map(|command| format!("a command matches /{pattern}/: {command:?}")),
                );
            }
            Err(_) => complaints.push(format!("bad pattern /{pattern}/")),
        }
    }
    for glob in &check.paths {
        let hits = evidence.patched.iter().filter(|path| glob::matches(glob, path));
        complaints.extend(hits.map(|path| format!("a patch touches {path}, forbidden by {glob}")));
    }
    seen(name, &complaints)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{OutputExpect, Volatile};

    fn command(exit: i32) -> RunCheck {
        let output = OutputExpect { contains: vec!["ok".into()], ..OutputExpect::default() };
        RunCheck { cmd: "x".into(), exit, output, seconds: 7 }
    }

    fn ran(code: Option<i32>, output: &str) -> Ran {
        Ran { code, output: output.into(), omitted: 0 }
    }

    #[test]
    fn a_command_passes_by_exit_code_and_output_together() {
        let judge = |ran| judge_run("c", &command(0), &ran, &VolatileMask::default());
        assert!(judge(ran(Some(0), "all ok")).event.passed);
        assert!(!judge(ran(Some(0), "no")).event.passed);
        let failed = judge(ran(Some(2), "ok\nFAIL\n"));
        assert_eq!(failed.exit, Some(2));
        assert_eq!(failed.event.detail, "exit code 2, expected 0\nthe output:\n  ok\n  FAIL");
    }

    #[test]
    fn a_hanging_check_fails_and_says_so() {
        let hung = judge_run("c", &command(0), &ran(None, ""), &VolatileMask::default());
        assert!(hung.timed_out && !hung.event.passed);
        assert_eq!(hung.event.detail, "timed out after 7 s\nthe output is empty");
    }

    #[test]
    fn details_do_not_show_what_is_volatile() {
        let rule = Volatile { pattern: r"\d+ ms".into(), replace: "N ms".into() };
        let mask = VolatileMask::new(&[rule]).expect("compiles");
        let failed = judge_run("c", &command(0), &ran(Some(1), "ok in 17 ms"), &mask);
        assert!(failed.event.detail.ends_with("  ok in N ms"));
        assert_eq!(failed.text.as_deref(), Some("ok in N ms"));
    }

    #[test]
    fn files_are_judged_by_presence_text_and_mode() {
        let text = OutputExpect { equals: Some("1".into()), ..OutputExpect::default() };
        let check = |absent, executable| FileCheck {
            path: "f".into(),
            absent,
            text: if absent { OutputExpect::default() } else { text.clone() },
            executable,
        };
        let mask = VolatileMask::default();
        let judge = |check: FileCheck, found: Option<(&str, bool)>| {
            let found = found.map(|(text, executable)| (text.as_bytes().to_vec(), executable));
            judge_file("f", &check, found, &mask)
        };
        assert!(judge(check(false, None), Some(("1\n", true))).event.passed);
        assert!(judge(check(true, None), None).event.passed);
        let missing = judge(check(false, None), None);
        assert!(missing.missing && missing.event.detail == "f is not there");
        assert!(!judge(check(true, None), Some(("", false))).event.passed);
        let mode = judge(check(false, Some(true)), Some(("1", false)));
        assert_eq!(mode.event.detail, "f is not executable");
    }

    #[test]
    fn only_the_listed_paths_may_change() {
        let check = TreeCheck { only: vec!["src/**".into(), "*.md".into()] };
        let changed = |lines: &[&str]| lines.iter().map(|line| (*line).into()).collect::<Vec<_>>();
        assert!(judge_tree("t", &check, &changed(&["M src/a/b", "A x.md"])).event.passed);
        let stray = judge_tree("t", &check, &changed(&["M src/a", "D lib/x"]));
        assert_eq!(stray.event.detail, "only src/**, *.md may differ from the seed\n  D lib/x");
    }

    #[test]
    fn forbidden_commands_and_paths_are_found() {
        let check = ForbiddenCheck {
            commands: vec![r"\brm -rf\b".into()],
            paths: vec!["vendor/**".into()],
        };
        let evidence = |command: &str, path: &str| Evidence {
            commands: vec![command.into()],
            patched: vec![path.into()],
            seed: Vec::new(),
        };
        assert!(judge_forbidden("f", &check, &evidence("ls", "src/x")).event.passed);
        let caught = judge_forbidden("f", &check, &evidence("cd x; rm -rf y", "vendor/x"));
        insta::assert_snapshot!(caught.event.detail, @r#"
        a command matches /\brm -rf\b/: "cd x; rm -rf y"
        a patch touches vendor/x, forbidden by vendor/**
        "#);
    }
}
