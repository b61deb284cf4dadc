//! The agent's program on this machine.
//!
//! What npm puts on PATH is often a wrapper that needs an interpreter and looks for the real
//! program beside itself. In the sandbox the real program is started, bound read-only at a fixed
//! path with the folder it belongs to.

use super::file::AgentFile;
use crate::recording::volatile::{Elide, Masks, RuleError};
use crate::sandbox::Program;
use crate::scenario::{DialectMapError, Found, MissingProgram, first_line, on_path, resolve};
use regex::Regex;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An agent that can be run here.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its file.
    pub file: AgentFile,
    /// What it says of its version; empty if it says nothing.
    pub version: String,
    /// Its volatile-field rules, ready for use.
    pub masks: Masks,
    /// What its recordings leave out.
    pub elide: Elide,
    /// What is bound for it.
    pub programs: Vec<Program>,
    /// The further programs it needs.
    pub requires: Vec<Found>,
    /// What is started, by its name on the sandbox's PATH.
    pub(super) program: String,
}

/// Why an agent cannot be run here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// It, or something it needs, is not installed.
    #[error(
        "agent {agent} {cause}\nhelp: install it, put it on PATH, or say where it is with --agent-path"
    )]
    Missing {
        /// Name of the agent.
        agent: String,
        /// What is missing.
        cause: MissingProgram,
    },
    /// A wrapper was found, but not what it starts.
    #[error(
        "agent {agent}: `{program}` on PATH is a wrapper, and the program itself was not found at any \
         of its known places\nhelp: install the agent again, or say where the program is with \
         --agent-path"
    )]
    Wrapper {
        /// Name of the agent.
        agent: String,
        /// Name of the program.
        program: String,
    },
    /// Nothing says how it is started.
    #[error(
        "agent {0}: its file names no `program`\nhelp: add `program` and `start`, or say it in \
         unreel.toml (`command`) and name the agent by its name"
    )]
    NoProgram(String),
    /// A command line that no shell could read.
    #[error(
        "the command line `{line}` has a quote that does not end\nhelp: close it, or write \\\\' for the \
         character itself"
    )]
    Quote {
        /// The line.
        line: String,
    },
    /// A tool of the agent file is wrong.
    #[error("agent {agent}: `dialect`: {cause}")]
    Dialect {
        /// Name of the agent.
        agent: String,
        /// What is wrong.
        cause: DialectMapError,
    },
    /// A rule of the agent file is wrong.
    #[error("agent {agent}: {cause}")]
    Rule {
        /// Name of the agent.
        agent: String,
        /// What is wrong.
        cause: RuleError,
    },
}

/// Where agents' own folders are bound.
const OPT: &str = "/opt/agent";
/// Where the folder of a user's own agent is bound.
pub(super) const PROJECT: &str = "/opt/project";

impl Agent {
    /// Finds an agent on `path` (the value of PATH), or at `given`: the program, or a folder that
    /// holds it. `project` is the folder of the user's own agent, if it is one.
    ///
    /// # Errors
    /// What is not there.
    pub fn find(
        file: AgentFile,
        path: &OsStr,
        given: Option<&Path>,
        project: Option<&Path>,
    ) -> Result<Self, FindError> {
        let missing = |cause| FindError::Missing { agent: file.name.clone(), cause };
        if file.program.is_empty() {
            return Err(FindError::NoProgram(file.name));
        }
        file.dialect
            .check()
            .map_err(|cause| FindError::Dialect { agent: file.name.clone(), cause })?;
        let masks = Masks::new(&file.volatile)
            .map_err(|cause| FindError::Rule { agent: file.name.clone(), cause })?;
        let elide = Elide::new(&file.elide)
            .map_err(|cause| FindError::Rule { agent: file.name.clone(), cause })?;
        let requires = resolve(&file.requires, path).map_err(missing)?;
        let mut programs: Vec<Program> =
            requires.iter().filter_map(|found| found.program.clone()).collect();
        if let Some(project) = project {
            programs.push(Program {
                host: project.to_owned(),
                at: PROJECT.into(),
                bin: ".".into(),
            });
        }
        let own = requires.iter().any(|found| found.name == file.program);
        let in_project = file.program.starts_with("{project}/");
        if own || in_project {
            // An interpreter, or something of the user's own: bound already.
            let program = file.program.clone();
            return Ok(Self {
                version: String::new(),
                masks,
                elide,
                programs,
                requires,
                program,
                file,
            });
        }
        let shown = match given {
            None if file.program.contains('/') => {
                let shown = PathBuf::from(&file.program);
                if !shown.is_absolute() || !shown.is_file() {
                    let why = "there is no such file";
                    return Err(missing(MissingProgram::absent(&file.program, why)));
                }
                shown
            }
            None => on_path(&file.program, path).map_err(missing)?,
            Some(given) => at(given, &file.program).ok_or_else(|| {
                missing(MissingProgram::absent(&file.program, "not found at the given path"))
            })?,
        };
        let real = native(&file, &shown)?;
        let version = version(&file, &real);
        let system = ["/usr", "/bin"].iter().any(|system| real.starts_with(system));
        if !system {
            programs.insert(0, bound(&file, &real));
        }
        let program = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { version, masks, elide, programs, requires, program, file })
    }

    /// Name and version, as journals and recordings say it.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.file.name, self.version).trim_end().to_owned()
    }

    /// Whether the agent's tests were run with another version; the versions they were run with.
    #[must_use]
    pub fn untested(&self) -> Option<&[String]> {
        let tested = &self.file.tested;
        (!tested.is_empty() && !tested.contains(&self.version)).then_some(tested)
    }
}

/// The program at a path that a person gave: itself, or in a folder (an npm prefix, a `bin`).
fn at(given: &Path, name: &str) -> Option<PathBuf> {
    let places = ["", "bin", "node_modules/.bin", ".bin"];
    let inside = places.iter().map(|place| given.join(place).join(name));
    std::iter::once(given.to_owned()).chain(inside).find(|path| path.is_file())
}

fn native(file: &AgentFile, shown: &Path) -> Result<PathBuf, FindError> {
    let real = shown.canonicalize().unwrap_or_else(|_| shown.to_owned());
    let script = std::fs::read(&real).is_ok_and(|bytes| bytes.starts_with(b"#!"));
    if !script {
        return Ok(real);
    }
    let folder = real.parent().unwrap_or(Path::new("/"));
    let found = file.native.iter().find_map(|pattern| {
        let pattern = folder.join(pattern);
        let mut matches = glob::glob(&pattern.to_string_lossy()).ok()?.flatten();
        matches.find(|path| path.is_file())?.canonicalize().ok()
    });
    match found {
        Some(found) => Ok(found),
        None if file.native.is_empty() => Ok(real),
        None => Err(FindError::Wrapper { agent: file.name.clone(), program: file.program.clone() }),
    }
}

fn bound(file: &AgentFile, real: &Path) -> Program {
    let folder = real.parent().unwrap_or(Path::new("/"));
    let host = folder.ancestors().nth(file.above as usize).unwrap_or(folder);
    let bin = match folder.strip_prefix(host) {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_string_lossy().into_owned(),
        _ => ".".to_owned(),
    };
    Program { host: host.to_owned(), at: OPT.into(), bin }
}

/// Asked with a home of its own: programs write caches on the way.
fn version(file: &AgentFile, program: &Path) -> String {
    let home = std::env::temp_dir();
    let mut command = Command::new(program);
    command.args(&file.version.args).env("HOME", home).current_dir("/").stdin(Stdio::null());
    let line = first_line(&file.program, &file.version.args, &mut command).unwrap_or_default();
    let found = Regex::new(&file.version.pattern).ok().and_then(|pattern| {
        let found = pattern.captures(&line)?;
        Some(found.get(1).or_else(|| found.get(0))?.as_str().to_owned())
    });
    found.unwrap_or_default()
}
