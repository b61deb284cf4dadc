//! `unreel verify`

use super::args::VerifyArgs;
use super::{Exit, console, options};
use crate::run::verify::Verified;
use crate::run::{OutDir, RunError, RunErrorKind};

/// Verifies.
pub(super) fn verify(args: &VerifyArgs) -> Exit {
    match all(args) {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn all(args: &VerifyArgs) -> Result<Exit, RunError> {
    let scenarios = options::scenarios(&args.common)?;
    let matrix = options::matrix(&args.common, 1, 1, false)?;
    let scratch = std::env::temp_dir().join(format!("unreel-verify-{}", std::process::id()));
    let out = OutDir::prepare(&scratch)?;
    let verified = crate::run::verify::verify(&matrix, &out, scenarios, args.mutate);
    let removed = std::fs::remove_dir_all(&scratch);
    let verified = verified?;
    removed.map_err(|cause| RunErrorKind::Out { path: scratch, cause: cause.to_string() })?;
    for one in &verified {
        console::out(&line(one));
    }
    let bad = verified.iter().filter(|one| !one.findings.is_empty()).count();
    let mutations: usize = verified.iter().map(|one| one.mutations).sum();
    console::out(&format!(
        "{} scenarios · {mutations} mutations · {bad} with findings\n",
        verified.len()
    ));
    Ok(if bad == 0 { Exit::Good } else { Exit::Failed })
}

fn line(one: &Verified) -> String {
    if let Some(reason) = &one.skipped {
        return format!("skipped  {}: {reason}\n", one.scenario);
    }
    let word = if one.findings.is_empty() { "ok" } else { "FINDINGS" };
    let mut text =
        format!("{word:8} {}: {} checks, {} mutations\n", one.scenario, one.checks, one.mutations);
    for finding in &one.findings {
        text.push_str(&format!("         {finding}\n"));
    }
    text
}
