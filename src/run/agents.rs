//! The agent that a name means.

use super::{RunError, RunErrorKind, Subject};
use crate::external::{Agent, AgentFile, Own, SHIPPED, of_command, shipped};
use crate::recording::journal::BUILTIN;
use crate::scenario::{parse_yaml, read_yaml};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a command line begins that is an agent by itself.
const COMMAND: &str = "command:";

/// Finds agents on this machine.
#[derive(Clone, Debug)]
pub struct Agents<'a> {
    /// Where programs are looked for.
    pub path: &'a OsStr,
    /// Where the agent's program is, if not there.
    pub given: Option<&'a Path>,
    /// The folder that relative paths start at.
    pub folder: PathBuf,
    /// The agent of the project that is worked in.
    pub own: Option<&'a Own>,
}

impl Agents<'_> {
    /// The agent: `builtin`, the project's own by its name, one of the shipped names,
    /// `command:LINE`, or the path of an agent file (`.yaml`).
    ///
    /// # Errors
    /// An unknown name, a file that does not load, a program that is not there.
    pub fn find(&self, name: &str) -> Result<Subject, RunError> {
        if name == BUILTIN {
            return Ok(Subject::Builtin);
        }
        let (file, project): (AgentFile, Option<PathBuf>) =
            if let Some(line) = name.strip_prefix(COMMAND) {
                if line.trim().is_empty() {
                    return Err(self.unknown(name));
                }
                let file = of_command(line, &self.folder).map_err(RunErrorKind::Agent)?;
                (file, Some(self.folder.clone()))
            } else if let Some(own) = self.own.filter(|own| own.file.name == name) {
                (own.file.clone(), Some(own.folder.clone()))
            } else if let Some(text) = shipped(name) {
                (parse_yaml(Path::new(name), text)?, None)
            } else if name.ends_with(".yaml") {
                let path = self.folder.join(name);
                let project = path.parent().unwrap_or(Path::new("/")).to_owned();
                (read_yaml(&path)?.0, Some(project))
            } else {
                return Err(self.unknown(name));
            };
        let project = project.map(|project| project.canonicalize().unwrap_or(project));
        let agent = Agent::find(file, self.path, self.given, project.as_deref());
        Ok(Subject::External(Arc::new(agent.map_err(RunErrorKind::Agent)?)))
    }

    fn unknown(&self, name: &str) -> RunError {
        let own = self.own.map(|own| own.file.name.as_str());
        let shipped = SHIPPED.iter().map(|(name, _)| *name);
        let known: Vec<&str> = [BUILTIN].into_iter().chain(own).chain(shipped).collect();
        RunErrorKind::UnknownAgent { name: name.into(), known: known.join(", ") }.into()
    }
}
