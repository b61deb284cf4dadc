//! `setup:` commands that are run once on the seed, in a sandbox of their own; the files they leave
//! are what runs start from.
//!
//! The result is kept by what it was made of: seed, commands, versions of the programs, guarantees
//! of the sandbox. A run never starts in the sandbox of the setup, not even the first one: all get
//! the kept files, written in the same order, so that nobody can tell who came first. What is not a
//! file of the workspace (the repository, the home, times, processes) is gone.

mod cache;
mod collect;

use super::exec::run;
use super::seed::SeedContent;
use super::workspace_error::{WorkspaceError, WorkspaceErrorKind};
use super::{Effective, Found, Scenario, workspace};
use crate::sandbox::{Guarantee, Sandbox, SandboxSpec};
use crate::wire::Digest;
use cache::Kept;
use std::collections::BTreeMap;
use std::path::Path;

/// Paths and contents, as a workspace is filled with them.
pub(super) type Files = BTreeMap<String, SeedContent>;

/// What workspaces are made with, handed in from outside.
#[derive(Clone, Copy, Debug)]
pub struct Workshop<'a> {
    /// The unreel binary, started as the helper of a setup's sandbox.
    pub helper: &'a Path,
    /// The sandbox of a setup: the scenario's programs and no others.
    pub spec: &'a SandboxSpec,
    /// The scenario's programs.
    pub found: &'a [Found],
    /// Folder where the results of setups are kept.
    pub cache: &'a Path,
}

impl Workshop<'_> {
    /// The files after the setup: kept ones, or else made now, by one of all who ask at once.
    pub(super) async fn prepared(
        &self,
        scenario: &Scenario,
        files: Files,
        missing: &[(Guarantee, String)],
    ) -> Result<Files, WorkspaceError> {
        let key = self.key(scenario, &files, missing);
        let kept = Kept::lock(self.cache, key)?;
        if let Some(files) = kept.read() {
            return Ok(files);
        }
        let made = self.make(scenario, &files).await?;
        kept.write(&made)?;
        Ok(made)
    }

    /// The files after the setup, made now, whatever is kept.
    async fn make(&self, scenario: &Scenario, files: &Files) -> Result<Files, WorkspaceError> {
        let sandbox = Sandbox::start(self.helper, self.spec).await?;
        workspace::make(&sandbox, &scenario.seed, files).await?;
        let seconds = scenario.file.budgets.setup;
        for cmd in &scenario.file.setup {
            let ran = run(&sandbox, cmd, seconds).await?;
            let why = match ran.code {
                Some(0) => continue,
                Some(code) => format!("ends with exit code {code}"),
                None => format!("is not done after {seconds} s (`budgets.setup`)"),
            };
            let output = match ran.output.trim_end() {
                "" => String::new(),
                output => format!(":\n{output}"),
            };
            let command = cmd.clone();
            return Err(WorkspaceError::new(WorkspaceErrorKind::Setup { command, why, output }));
        }
        let files = collect::files(&sandbox).await?;
        sandbox.stop().await?;
        Ok(files)
    }

    /// All that the result may depend on.
    fn key(&self, scenario: &Scenario, files: &Files, missing: &[(Guarantee, String)]) -> Digest {
        let mut words = vec![
            format!("setup {}", env!("CARGO_PKG_VERSION")),
            std::env::consts::ARCH.to_owned(),
            scenario.seed.is_exact().to_string(),
        ];
        words.extend(scenario.file.setup.iter().map(|cmd| format!("run {cmd}")));
        words.extend(self.found.iter().map(|one| format!("has {} {}", one.name, one.version)));
        words.extend(missing.iter().map(|(guarantee, _)| format!("lacks {guarantee}")));
        let mut parts: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
        for (path, content) in files {
            parts.extend(content.parts(path));
        }
        Digest::of_parts(&parts)
    }
}

/// The paths that two executions of the setup leave in different states, sorted, as `A p`, `M p`,
/// `D p`; none, if there is no setup. One of the two is the kept one, if there is one.
///
/// # Errors
/// A setup that fails, or a sandbox that does.
pub async fn setup_differs(
    sandbox: &Sandbox,
    scenario: &Scenario,
    effective: &Effective,
    workshop: &Workshop<'_>,
) -> Result<Vec<String>, WorkspaceError> {
    if scenario.file.setup.is_empty() {
        return Ok(Vec::new());
    }
    let files = workspace::overlay(scenario.seed.files(), effective);
    let one = workshop.prepared(scenario, files.clone(), sandbox.missing()).await?;
    let other = workshop.make(scenario, &files).await?;
    let mut out = Vec::new();
    for (path, content) in &one {
        match other.get(path) {
            None => out.push(format!("D {path}")),
            Some(found) if found != content => out.push(format!("M {path}")),
            Some(_) => {}
        }
    }
    out.extend(
        other.keys().filter(|path| !one.contains_key(*path)).map(|path| format!("A {path}")),
    );
    out.sort_by(|a, b| a[2..].cmp(&b[2..]));
    Ok(out)
}
