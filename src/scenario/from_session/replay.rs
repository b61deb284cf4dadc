//! The session's own work done again in a sandbox, on the seed: what its calls did to files, in
//! order. What comes out is the final tree, and for each call how a script says it.
//!
//! Only what changes files is done: patches, writes, edits, and commands that look as if they wrote
//! something and ended well. What does not work here is left out of the script too, and named.

use super::places::Places;
use super::redact::Redaction;
use super::story::{Answer, Call, Turn};
use super::tools::{Deed, word};
use crate::sandbox::{Guarantee, Sandbox};
use crate::scenario::checks::command_writes;
use crate::scenario::exec::{GIT_SECONDS, run};
use crate::scenario::workspace_error::WorkspaceError;
use crate::scenario::{Action, ReadAction, RunAction, Step, WriteAction};
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// What a session came to when it was done again.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    pub(super) messages: Vec<String>,
    pub(super) steps: Vec<Step>,
    /// Every command with its folder and how it ended in the session, in order.
    pub(super) commands: Vec<Ran>,
    /// How often each verb is in the script.
    pub(super) verbs: IndexMap<&'static str, usize>,
    /// Calls that scripts have no word for, by tool.
    pub(super) foreign: BTreeMap<String, usize>,
    /// What could not be done again, and what was added.
    pub(super) notes: Vec<String>,
}

/// A command of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ran {
    pub(super) cmd: String,
    pub(super) folder: String,
    pub(super) exit: Option<i32>,
}

/// Does it again.
pub(super) async fn replay(
    sandbox: &Sandbox,
    places: &Places,
    redaction: &mut Redaction,
    turns: &[Turn],
) -> Result<Replayed, WorkspaceError> {
    let mut work = Work {
        sandbox,
        places,
        redaction,
        out: Replayed::default(),
        outside: 0,
        left: 0,
        undone: 0,
    };
    let mut endings = 0;
    for turn in turns {
        let message = work.text(&turn.message);
        work.out.messages.push(message);
        let mut said: Vec<String> = Vec::new();
        for answer in &turn.answers {
            work.answer(answer, &mut said).await?;
        }
        // A turn ends with words.
        if said.is_empty() {
            endings += 1;
            said.push("(the session does not say more here)".into());
        }
        work.step(said.into_iter().map(Action::Say).collect());
    }
    let Work { mut out, outside, left, undone, .. } = work;
    for (count, what) in [
        (endings, "turns that end without a word of the model: the script ends them with a line"),
        (outside, "calls that reach out of the repository: left out"),
        (left, "calls without an output, or still running at the end: left out"),
        (undone, "commands that write, not done again: the sandbox cannot keep files apart here"),
    ] {
        if count > 0 {
            out.notes.push(format!("{what} ({count})"));
        }
    }
    Ok(out)
}

pub(super) struct Work<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) places: &'a Places,
    pub(super) redaction: &'a mut Redaction,
    pub(super) out: Replayed,
    pub(super) outside: usize,
    left: usize,
    undone: usize,
}

impl Work<'_> {
    pub(super) fn text(&mut self, text: &str) -> String {
        self.redaction.clean(&self.places.text(text))
    }

    fn step(&mut self, actions: Vec<Action>) {
        let verb = actions.iter().find(|action| action.is_call()).map_or("say", verb);
        let id = format!("{verb}-{}", self.out.steps.len() + 1);
        for action in &actions {
            *self.out.verbs.entry(self::verb(action)).or_default() += 1;
        }
        self.out.steps.push(Step {
            id,
            requires: Vec::new(),
            bind: IndexMap::new(),
            on_missing: Vec::new(),
            repeat: None,
            effect: None,
            actions,
        });
    }

    /// The calls of an answer become steps. Parallel ones that change files are put one after the
    /// other, as they were done here. What was said waits for the next call, since words alone would
    /// end the turn.
    async fn answer(
        &mut self,
        answer: &Answer,
        said: &mut Vec<String>,
    ) -> Result<(), WorkspaceError> {
        for text in &answer.says {
            let text = self.text(text);
            said.push(text);
        }
        let mut calls = Vec::new();
        for call in &answer.calls {
            calls.extend(self.call(call).await?);
        }
        if calls.is_empty() {
            return Ok(());
        }
        let says = std::mem::take(said).into_iter().map(Action::Say);
        if calls.len() > 1 && calls.iter().any(is_effect) {
            let mut says = Some(says);
            for call in calls {
                let says = says.take().into_iter().flatten();
                self.step(says.chain([call]).collect());
            }
        } else {
            self.step(says.chain(calls).collect());
        }
        Ok(())
    }

    async fn call(&mut self, call: &Call) -> Result<Option<Action>, WorkspaceError> {
        let outcome = &call.outcome;
        Ok(match &call.deed {
            Deed::Poll { .. } => None,
            Deed::Foreign => {
                *self.out.foreign.entry(call.tool.clone()).or_default() += 1;
                None
            }
            Deed::Plan(steps) => {
                let steps = steps.clone();
                Some(Action::Plan(steps.iter().map(|step| self.text(step)).collect()))
            }
            Deed::View(path) => self.path(path).map(Action::View),
            Deed::Read { path, lines } => {
                let lines = *lines;
                self.path(path).map(|path| Action::Read(ReadAction { path, lines }))
            }
            Deed::Run { cmd, workdir } => {
                if outcome.exit.is_none() {
                    self.left += 1;
                    return Ok(None);
                }
                self.run(cmd, workdir.as_deref(), outcome.exit).await?
            }
            _ if outcome.failed || !outcome.answered => {
                self.out
                    .notes
                    .push(format!("a call of {} failed in the session: left out", call.tool));
                None
            }
            Deed::Patch { text, workdir } => self.patch(text, workdir.as_deref()).await?,
            Deed::Write { path, text } => match self.path(path) {
                None => None,
                Some(path) => {
                    let text = self.text(text);
                    self.write(&path, &text).await?;
                    Some(Action::Write(WriteAction { path: self.script_path(&path), text }))
                }
            },
            Deed::Edit { path, edits } => match self.path(path) {
                None => None,
                Some(path) => self.edit(&path, edits).await?,
            },
        })
    }

    /// The path in the workspace; counts those that lead elsewhere.
    fn path(&mut self, path: &str) -> Option<String> {
        let path = self.places.inside(path, None).filter(|path| !path.is_empty());
        self.outside += usize::from(path.is_none());
        path
    }

    /// A path as a script says it: scripts start at the working folder.
    pub(super) fn script_path(&self, path: &str) -> String {
        from(&self.places.folder, path)
    }

    async fn run(
        &mut self,
        cmd: &str,
        workdir: Option<&str>,
        exit: Option<i32>,
    ) -> Result<Option<Action>, WorkspaceError> {
        let Some((cmd, folder)) = self.places.command(cmd, workdir) else {
            self.outside += 1;
            return Ok(None);
        };
        let cmd = self.redaction.clean(&cmd);
        if exit == Some(0) && command_writes(&cmd) && !is_apart(self.sandbox) {
            self.undone += 1;
        } else if exit == Some(0) && command_writes(&cmd) {
            let line = in_folder(&folder, &cmd);
            let ran = run(self.sandbox, &line, GIT_SECONDS).await?;
            if ran.code != Some(0) {
                let how = match ran.code {
                    Some(code) => format!("exit code {code}"),
                    None => "did not end".into(),
                };
                self.out.notes.push(format!(
                    "`{}` went well in the session, and not here ({how})",
                    shown(&cmd)
                ));
            }
        }
        let workdir = (folder != self.places.folder).then(|| match self.script_path(&folder) {
            path if path.is_empty() => ".".to_owned(),
            path => path,
        });
        self.out.commands.push(Ran { cmd: cmd.clone(), folder, exit });
        Ok(Some(Action::Run(RunAction { cmd, workdir, wait_for: None })))
    }
}

/// Whether commands see no files but those of the sandbox. Else none of a log that writes is run:
/// what it removed in the session would be removed here.
pub(super) fn is_apart(sandbox: &Sandbox) -> bool {
    let missing = sandbox.missing().iter();
    !missing.map(|(guarantee, _)| guarantee).any(|one| *one == Guarantee::PrivateFiles)
}

/// `path`, as one that starts at `folder`; both start at the root.
pub(super) fn from(folder: &str, path: &str) -> String {
    let mut folder: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let mut path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    while !folder.is_empty() && folder.first() == path.first() {
        folder.remove(0);
        path.remove(0);
    }
    let mut out = vec![".."; folder.len()];
    out.extend(path);
    out.join("/")
}

/// The command line at a folder of the workspace.
pub(super) fn in_folder(folder: &str, cmd: &str) -> String {
    match folder {
        "" => cmd.to_owned(),
        folder => format!("cd {} && {cmd}", word(folder)),
    }
}

/// A command line in a message: its first line, not too long.
pub(super) fn shown(cmd: &str) -> String {
    let line = cmd.lines().next().unwrap_or_default();
    match line.char_indices().nth(70) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None if cmd.lines().count() > 1 => format!("{line} …"),
        None => line.to_owned(),
    }
}

fn verb(action: &Action) -> &'static str {
    match action {
        Action::Say(_) => "say",
        Action::Reason(_) => "reason",
        Action::Run(_) => "run",
        Action::Patch(_) => "patch",
        Action::Read(_) => "read",
        Action::Write(_) => "write",
        Action::Plan(_) => "plan",
        Action::View(_) => "view",
        Action::Raw(_) => "raw",
    }
}

fn is_effect(action: &Action) -> bool {
    match action {
        Action::Patch(_) | Action::Write(_) => true,
        Action::Run(run) => command_writes(&run.cmd),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{from, shown};

    #[test]
    fn paths_start_at_the_working_folder() {
        assert_eq!(from("", "a/b"), "a/b");
        assert_eq!(from("a", "a/b"), "b");
        assert_eq!(from("a/c", "a/b"), "../b");
        assert_eq!(from("x", "a"), "../a");
        assert_eq!(from("a", "a"), "");
    }

    #[test]
    fn commands_are_shown_in_one_line() {
        assert_eq!(shown("make\ntest"), "make …");
        assert_eq!(shown(&"é".repeat(80)), format!("{}…", "é".repeat(70)));
    }
}
