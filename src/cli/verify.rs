//! `unreel verify`

use super::args::VerifyArgs;
use super::project::Project;
use super::scratch::Scratch;
use super::{Exit, console, interrupt, options};
use crate::report::plural;
use crate::run::RunError;
use crate::run::verify::Verified;
use std::sync::atomic::Ordering;

/// Verifies.
pub(super) fn verify(args: &VerifyArgs) -> Exit {
    match all(args) {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn all(args: &VerifyArgs) -> Result<Exit, RunError> {
    let scenarios = options::scenarios(&Project::here()?, &args.common)?;
    let matrix = options::matrix(&args.common, 1, 1, false)?;
    let scratch = Scratch::new("verify")?;
    let cancel = interrupt::flag();
    let verified =
        crate::run::verify::verify(&matrix, scratch.out(), scenarios, args.mutate, &cancel)?;
    for one in &verified {
        console::out(&line(one));
    }
    let bad = verified.iter().filter(|one| !one.findings.is_empty()).count();
    let mutations: usize = verified.iter().map(|one| one.mutations).sum();
    console::out(&format!(
        "{} · {} · {bad} with findings\n",
        plural(verified.len(), "scenario"),
        plural(mutations, "mutation")
    ));
    if cancel.load(Ordering::Relaxed) {
        console::note("interrupted: scenarios that are not named above were not verified");
        return Ok(Exit::Interrupted);
    }
    Ok(if bad == 0 { Exit::Good } else { Exit::Failed })
}

pub(super) fn line(one: &Verified) -> String {
    if let Some(reason) = &one.skipped {
        return format!("skipped  {}: {reason}\n", one.scenario);
    }
    let word = if one.findings.is_empty() { "ok" } else { "FINDINGS" };
    let (checks, mutations) = (plural(one.checks, "check"), plural(one.mutations, "mutation"));
    let mut text = format!("{word:8} {}: {checks}, {mutations}\n", one.scenario);
    for finding in &one.findings {
        let indent = " ".repeat(9);
        let lines = finding.lines();
        text.extend(lines.iter().map(|line| format!("{indent}{line}\n")));
    }
    text
}
