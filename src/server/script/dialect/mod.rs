//! Tool dialects: the verbs of a script become calls of whatever tools the request advertises.
//!
//! A script says what is done (`run`, `patch`), never with which tool. Each verb has a file here with
//! its ways in order of preference: a tool of its own, a tool that can do more, the shell. Nothing is
//! configured for an agent; names and argument schemas in the request decide, so a new version or
//! another model of an agent is met where it is. An agent file can say it differently
//! ([`DialectMap`]). Where nothing fits, the error names the verb, what it needs and what there is.

mod advertised;
mod arguments;
mod command;
mod file;
mod javascript;
mod patch;
mod path_tools;
mod plan;
mod portable;
mod quote;
mod raw;
mod shell;
mod template;
#[cfg(test)]
mod tests;

pub(super) use advertised::has_tools;

use super::mint::Draft;
use crate::scenario::{Action, DialectMap, Verb};
use crate::wire::Request;
use advertised::Advertised;
use command::Command;
use shell::Shell;

/// The tools of one request.
pub(super) struct Dialect<'a> {
    advertised: Advertised,
    map: &'a DialectMap,
    request: &'a Request,
}

/// A verb that none of the advertised tools can do.
#[derive(Debug, thiserror::Error)]
#[error("the verb `{verb}` needs {needed}")]
pub(super) struct NoTool {
    verb: Verb,
    needed: String,
}

impl<'a> Dialect<'a> {
    pub(super) fn of(request: &'a Request, map: &'a DialectMap) -> Self {
        Self { advertised: Advertised::by(request), map, request }
    }

    /// Names of the advertised tools, for messages.
    pub(super) fn names(&self) -> String {
        self.advertised.names()
    }

    /// The items for a verb, its placeholders filled: one, or several calls in their order.
    pub(super) fn render(&self, action: &Action) -> Result<Vec<Draft>, NoTool> {
        if let Some(drafts) = template::render(self, action) {
            return drafts;
        }
        match action {
            Action::Say(text) => Ok(vec![Draft::Message(text.clone())]),
            Action::Reason(text) => Ok(vec![Draft::Reasoning(text.clone())]),
            Action::Run(run) => {
                let command = Command {
                    cmd: &run.cmd,
                    workdir: run.workdir.as_deref(),
                    wait_for: run.wait_for.as_deref(),
                    about: "Run a command",
                };
                self.shell(Verb::Run, "a shell, such as `exec_command` or `bash`", &command)
            }
            Action::Read(read) => file::read(self, read),
            Action::Write(write) => file::write(self, write),
            Action::Patch(text) => patch::patch(self, text),
            Action::Plan(lines) => plan::plan(self, lines),
            Action::View(path) => file::view(self, path),
            Action::Raw(call) => Ok(raw::raw(self, call)),
        }
    }

    /// A command line for a verb; `needed` is said if there is no shell.
    fn shell(&self, verb: Verb, needed: &str, command: &Command<'_>) -> Result<Vec<Draft>, NoTool> {
        let shell = Shell::of(&self.advertised).ok_or_else(|| self.none(verb, needed))?;
        let draft = shell.run(command).map_err(|needed| self.none(verb, needed))?;
        Ok(vec![draft])
    }

    fn none(&self, verb: Verb, needed: impl Into<String>) -> NoTool {
        NoTool { verb, needed: needed.into() }
    }
}
