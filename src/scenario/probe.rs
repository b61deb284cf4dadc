//! Whether the required programs start in the sandbox. What is on PATH outside may fail inside: a
//! shim that looks for its state in HOME, an interpreter that is not bound. Left to the checks,
//! that would read as a failure of the agent.

use super::exec::{quote, run};
use super::{Found, MissingProgram};
use crate::sandbox::{Sandbox, SandboxError};

/// A program that says its version needs no more.
const SECONDS: u32 = 30;

/// Starts each program once.
///
/// # Errors
/// A sandbox that fails. A program that does not start is the inner error.
pub async fn probe(
    sandbox: &Sandbox,
    found: &[Found],
) -> Result<Result<(), MissingProgram>, SandboxError> {
    for one in found {
        // What said its version outside must say it inside; of others it is only known that they
        // must be there.
        let (before, after) = match one.version.is_empty() {
            true => ("command -v ", ""),
            false => ("", " --version"),
        };
        let ran = run(sandbox, &[before, &quote(&one.name), after].concat(), SECONDS).await?;
        let why = match ran.code {
            Some(0) => continue,
            None => format!("did not end within {SECONDS} s"),
            Some(code) => match ran.output.lines().find(|line| !line.trim().is_empty()) {
                Some(line) => format!("fails: {}", line.trim()),
                None => format!("fails with exit code {code}"),
            },
        };
        let why = format!("in the sandbox, `{before}{}{after}` {why}", one.name);
        return Ok(Err(MissingProgram::unusable(&one.name, why)));
    }
    Ok(Ok(()))
}
