//! Commands of the harness itself in the workspace: git, and the checks.

use super::workspace_error::{WorkspaceError, WorkspaceErrorKind};
use crate::sandbox::{Access, ExecSpec, Sandbox, SandboxError, Until};

/// Seconds for the harness's own git commands: far beyond what they need.
pub(super) const GIT_SECONDS: u32 = 120;

/// A word of a shell command line.
#[must_use]
pub fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A finished command of the harness; `code` is `None` when it hung and was killed.
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) output: String,
    pub(super) omitted: u64,
}

/// Runs a command at the workspace root, with every file access, and kills it after the budget.
pub(super) async fn run(sandbox: &Sandbox, cmd: &str, seconds: u32) -> Result<Ran, SandboxError> {
    let spec = ExecSpec {
        cmd: cmd.to_owned(),
        workdir: ".".into(),
        access: Access::Full,
        interactive: false,
        network: false,
        env: Vec::new(),
    };
    let process = sandbox.start_process(&spec).await?;
    let until = Until { text: None, millis: Some(u64::from(seconds) * 1000) };
    let progress = sandbox.wait(process, &until).await?;
    if progress.exited.is_none() || progress.lingering {
        // What it left running must not disturb the checks after it.
        sandbox.kill(process).await?;
    }
    Ok(Ran {
        code: progress.exited.map(|exited| exited.code),
        output: String::from_utf8_lossy(&progress.output).into_owned(),
        omitted: progress.omitted,
    })
}

pub(super) async fn command(
    sandbox: &Sandbox,
    what: &'static str,
    cmd: &str,
) -> Result<String, WorkspaceError> {
    let ran = run(sandbox, cmd, GIT_SECONDS).await?;
    if ran.code == Some(0) {
        return Ok(ran.output);
    }
    let output = match ran.code {
        Some(_) => ran.output.trim_end().to_owned(),
        None => format!("timed out after {GIT_SECONDS} s"),
    };
    Err(WorkspaceError::new(WorkspaceErrorKind::Command { what, output }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quote("it's $x"), r"'it'\''s $x'");
    }
}
