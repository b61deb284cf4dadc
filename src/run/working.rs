//! An agent at work in a run: one face for the built-in loop and for programs.

use crate::agent::{Builtin, TurnEnd};
use crate::external::{self, External};
use crate::recording::Exchange;
use crate::recording::journal::{Event, RunWriter, Sink};
use crate::scenario::{Effort, Permissions};
use std::sync::Arc;

use super::observe::Tap;

/// How the conversation ended.
pub(super) enum SessionEnd {
    Done,
    Failed(String),
    Budget(&'static str),
    /// What all runs together may use is used up.
    Limit(String),
    Interrupted,
}

/// The agent of a session.
pub(super) enum Working {
    Builtin(Box<Builtin>),
    External(Box<Program>),
}

/// A program with what the harness must do for it.
pub(super) struct Program {
    pub(super) session: External,
    pub(super) writer: Arc<RunWriter>,
    pub(super) tap: Arc<Tap>,
    /// What it printed, turn by turn.
    pub(super) log: String,
}

/// What checks want to know of a session.
pub(super) struct Deeds {
    pub(super) commands: Vec<String>,
    pub(super) patched: Vec<String>,
    pub(super) unsettled: bool,
    /// Output of a program, for people.
    pub(super) log: String,
}

impl Working {
    /// One turn; `None` when the agent is done with it and well. The error is the harness's own.
    pub(super) async fn turn(
        &mut self,
        number: u32,
        text: &str,
    ) -> Result<Option<SessionEnd>, String> {
        match self {
            Self::Builtin(agent) => Ok(match agent.turn(number, text).await {
                TurnEnd::Done { .. } => None,
                TurnEnd::Failed { error } => Some(SessionEnd::Failed(error)),
                TurnEnd::Budget { which } => Some(SessionEnd::Budget(which.as_str())),
            }),
            Self::External(program) => program.turn(number, text).await,
        }
    }

    pub(super) fn set_folder(&mut self, folder: &str) {
        match self {
            Self::Builtin(agent) => agent.set_folder(folder),
            Self::External(program) => program.session.set_folder(folder),
        }
    }

    pub(super) fn set_permissions(&mut self, permissions: Permissions) {
        match self {
            Self::Builtin(agent) => agent.set_permissions(permissions),
            Self::External(program) => program.session.set_permissions(permissions),
        }
    }

    pub(super) fn set_model(&mut self, model: &str) {
        match self {
            Self::Builtin(agent) => agent.set_model(model),
            Self::External(program) => program.session.set_model(model),
        }
    }

    /// What is not the built-in agent's is skipped before it comes to this.
    pub(super) fn set_effort(&mut self, effort: Effort) {
        if let Self::Builtin(agent) = self {
            agent.set_effort(effort);
        }
    }

    /// The same.
    pub(super) fn set_tools(&mut self, names: &[String]) -> Result<(), String> {
        match self {
            Self::Builtin(agent) => agent.set_tools(names).map_err(|error| error.to_string()),
            Self::External(_) => Ok(()),
        }
    }

    /// A program keeps its address: the port belongs to its sandbox.
    pub(super) fn set_base_url(&mut self, base_url: &str) {
        if let Self::Builtin(agent) = self {
            agent.set_base_url(base_url);
        }
    }

    /// What it did.
    pub(super) fn deeds(self) -> Deeds {
        match self {
            Self::Builtin(agent) => Deeds {
                commands: agent.commands().to_vec(),
                patched: agent.patched().to_vec(),
                unsettled: agent.unsettled().is_some(),
                log: String::new(),
            },
            Self::External(program) => {
                let exchanges = program.tap.exchanges();
                let main = || exchanges.iter().filter(|exchange| exchange.thread == 0);
                let outputs = || main().map(|exchange| exchange.output.as_slice());
                Deeds {
                    commands: outputs().flat_map(external::commands).collect(),
                    patched: outputs().flat_map(external::patched).collect(),
                    unsettled: main().any(left_running),
                    log: program.log,
                }
            }
        }
    }
}

impl Program {
    async fn turn(&mut self, number: u32, text: &str) -> Result<Option<SessionEnd>, String> {
        let over = self.tap.over_budget();
        let ended = tokio::select! {
            ended = self.session.turn(text) => Some(ended.map_err(|error| error.to_string())?),
            () = over => None,
        };
        let (end, exit, error) = match ended {
            None => {
                // Dropping the turn does not end the program, and the checks come next.
                self.session.kill().await.map_err(|error| error.to_string())?;
                let which = self.tap.exceeded().unwrap_or("requests");
                (Some(SessionEnd::Budget(which)), None, Some(budget(which)))
            }
            Some(report) => {
                self.log.push_str(&format!("=== turn {number}\n{}\n", report.log));
                match (report.exit, report.error) {
                    (None, _) => {
                        (Some(SessionEnd::Budget("seconds")), None, Some(budget("seconds")))
                    }
                    (exit, Some(error)) => {
                        (Some(SessionEnd::Failed(error.clone())), exit, Some(error))
                    }
                    (exit, None) => (None, exit, None),
                }
            }
        };
        self.tap.end_turn();
        self.writer.event(Event::AgentExited { turn: number, exit });
        let said = self.tap.last_said();
        self.writer.event(Event::TurnFinished { turn: number, said, error });
        Ok(end)
    }
}

fn budget(which: &str) -> String {
    format!("the budget of {which} is used up")
}

/// Whether a tool output says that a command was still running: its moment was chosen by time.
fn left_running(exchange: &Exchange) -> bool {
    let items = exchange.request.input.iter().map(|raw| raw.item());
    let outputs = items.filter(|item| item.kind().is_output());
    outputs.into_iter().any(|item| item.text().contains("\nProcess running with session ID "))
}
