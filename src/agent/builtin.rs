//! The loop's state: one session of one agent.

use super::config::{AgentConfig, AgentError, AgentErrorKind};
use super::folder::{WORKSPACE, join};
use super::history::History;
use super::host::Host;
use super::layers::Told;
use super::ledger::Ledger;
use super::line::Line;
use super::prompt::Layout;
use super::request::Frame;
use super::tools::{Sessions, Toolbox};
use crate::recording::journal::Sink;
use crate::sandbox::Sandbox;
use crate::scenario::{Effort, Permissions};
use regex::Regex;
use std::sync::Arc;

/// The built-in agent in one session. It speaks to the server at `base_url` and works in the
/// sandbox; what it does goes to the journal as events.
#[derive(Debug)]
pub struct Builtin<H = Sandbox> {
    pub(super) config: AgentConfig,
    pub(super) host: Arc<H>,
    pub(super) sink: Arc<dyn Sink>,
    pub(super) line: Line,
    pub(super) toolbox: Toolbox,
    pub(super) volatile: Vec<(Regex, String)>,
    pub(super) history: History,
    pub(super) told: Told,
    pub(super) sessions: Sessions,
    pub(super) ledger: Ledger,
    /// The last sampling exchange.
    pub(super) sampled: u32,
    /// Exchanges that were answered whole.
    pub(super) answered: u32,
    /// The answered exchanges at which the time was last appended.
    pub(super) clocked: Option<u32>,
    /// Compactions so far.
    pub(super) compactions: u32,
    /// A compaction was made and no answer came since: another one cannot help.
    pub(super) stalled: bool,
    /// The server said that the context is too long.
    pub(super) window_full: bool,
    /// The last text of the model in this turn.
    pub(super) said: String,
    pub(super) commands: Vec<String>,
    pub(super) patched: Vec<String>,
    pub(super) unsettled: Option<String>,
    /// Call indices in the order in which the calls were seen to finish, per response.
    pub(super) finished: Vec<Vec<u32>>,
}

impl<H: Host> Builtin<H> {
    /// A session that has not begun. Errors: an unknown tool name, a `volatile` pattern that is no
    /// regular expression.
    pub fn new(config: AgentConfig, host: Arc<H>, sink: Arc<dyn Sink>) -> Result<Self, AgentError> {
        let toolbox = Toolbox::new(config.tools.as_deref())?;
        let volatile = config
            .volatile
            .iter()
            .map(|volatile| match Regex::new(&volatile.pattern) {
                Ok(pattern) => Ok((pattern, volatile.replace.clone())),
                Err(error) => Err(AgentError::new(AgentErrorKind::Volatile {
                    pattern: volatile.pattern.clone(),
                    cause: error.to_string(),
                })),
            })
            .collect::<Result<_, _>>()?;
        let ledger = Ledger::new(config.budgets.clone());
        Ok(Self {
            line: Line::new(config.transport)?,
            config,
            host,
            sink,
            toolbox,
            volatile,
            history: History::default(),
            told: Told::default(),
            sessions: Sessions::default(),
            ledger,
            sampled: 0,
            answered: 0,
            clocked: None,
            compactions: 0,
            stalled: false,
            window_full: false,
            said: String::new(),
            commands: Vec::new(),
            patched: Vec::new(),
            unsettled: None,
            finished: Vec::new(),
        })
    }

    /// Another working folder, relative to `/workspace` or absolute; told with the next turn.
    pub fn set_folder(&mut self, folder: &str) {
        folder.clone_into(&mut self.config.folder);
    }

    /// Other permissions; in force at once, told with the next turn.
    pub fn set_permissions(&mut self, permissions: Permissions) {
        self.config.permissions = permissions;
    }

    /// Another model; told with the next turn. The instructions stay those of the first.
    pub fn set_model(&mut self, model: &str) {
        model.clone_into(&mut self.config.model);
    }

    /// Another effort, from the next request on.
    pub fn set_effort(&mut self, effort: Effort) {
        self.config.effort = Some(effort);
    }

    /// Other tools, from the next request on: the list is replaced, nothing else tells of it.
    ///
    /// # Errors
    /// An unknown tool name.
    pub fn set_tools(&mut self, names: &[String]) -> Result<(), AgentError> {
        self.toolbox = Toolbox::new(Some(names))?;
        Ok(())
    }

    /// Another address of the server, after it was started again.
    pub fn set_base_url(&mut self, base_url: &str) {
        base_url.clone_into(&mut self.config.base_url);
        self.line.disconnect();
    }

    /// Every command line that the model asked to run, in call order.
    #[must_use]
    pub fn commands(&self) -> &[String] {
        &self.commands
    }

    /// Every path that a patch wrote, moved or deleted, in order, relative to the workspace
    /// (absolute outside of it); a path may stand there more than once.
    #[must_use]
    pub fn patched(&self) -> &[String] {
        &self.patched
    }

    /// Why the run depends on the speed of the machine, if it does: the first reason.
    #[must_use]
    pub fn unsettled(&self) -> Option<&str> {
        self.unsettled.as_deref()
    }

    /// For each response with calls: call indices in the order in which the calls were seen to
    /// finish. It may depend on timing, so it stands in no journal.
    #[must_use]
    pub fn finished(&self) -> &[Vec<u32>] {
        &self.finished
    }

    /// The working folder, absolute in the sandbox.
    pub(super) fn folder(&self) -> String {
        join(WORKSPACE, &self.config.folder)
    }

    pub(super) fn frame(&self) -> Frame<'_> {
        let layout = self.layout();
        Frame {
            model: &self.config.model,
            instructions: layout.instructions(&self.config.instructions),
            tools: self.toolbox.json(layout.order(self.toolbox.len()).as_deref()).into(),
            effort: self.config.effort,
            cache_key: &self.config.thread,
        }
    }

    /// How the next request is laid out.
    pub(super) fn layout(&self) -> Layout<'_> {
        let AgentConfig { prompt, seed, date, .. } = &self.config;
        Layout { prompt: *prompt, seed: *seed, number: self.answered, date }
    }
}
