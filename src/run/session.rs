//! The conversation of a run: user messages, the timeline between them, answers to questions.

use super::observe::Tap;
use super::source::Behind;
use super::working::{Deeds, Program, SessionEnd, Working};
use super::{Host, Subject};
use crate::agent::{AgentConfig, Builtin, fragments};
use crate::external::{Agent, External, Settings};
use crate::recording::journal::{Event, RunWriter, Sink, TimelineEvent};
use crate::sandbox::{Entry, Sandbox};
use crate::scenario::{Effective, Evidence, Recover, Scenario, TimelineEntry};
use crate::server::{Ledgers, Listen, ProxyConfig, Server, ServerConfig, Talk};
use crate::wire::Digest;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The user answers so many questions in a run; then the script's next fallback is due.
const ANSWERS: u32 = 4;

/// What the user says to a question that they cannot answer.
pub(super) const DO_NOT_KNOW: &str = "I do not know that any more. Go on as well as you can.";

/// Everything a conversation needs.
pub(super) struct Session<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) effective: &'a Effective,
    /// What is drawn comes from it.
    pub(super) seed: u64,
    pub(super) host: &'a Host,
    pub(super) writer: Arc<RunWriter>,
    pub(super) tap: Arc<Tap>,
    pub(super) behind: Behind,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) subject: &'a Subject,
    /// What a program inside the sandbox connects to.
    pub(super) listener: Option<TcpListener>,
    pub(super) seed_files: Vec<Entry>,
    pub(super) cancel: &'a AtomicBool,
}

/// How it went.
pub(super) struct Done {
    pub(super) end: SessionEnd,
    pub(super) evidence: Evidence,
    pub(super) unsettled: bool,
    /// What a program printed, for people.
    pub(super) log: String,
}

impl Session<'_> {
    /// Holds the whole conversation. The error is the harness's own: no server, no agent.
    pub(super) async fn run(&self) -> Result<Done, String> {
        let mut server = self.server(Ledgers::new(&self.effective.cache)).await?;
        let mut agent = self.agent(&server)?;
        let mut turn = 0;
        let mut end = SessionEnd::Done;
        'session: for (index, message) in self.scenario.file.messages.iter().enumerate() {
            let before = index as u32 + 1;
            let timeline = self.effective.timeline(self.scenario);
            for entry in timeline.iter().filter(|entry| entry.turn == before) {
                self.timeline(entry, &mut agent, &mut server).await?;
            }
            let mut text = message.text.clone();
            let mut answers = 0;
            loop {
                turn += 1;
                self.writer.event(Event::TurnStarted { turn });
                self.tap.begin_turn();
                let ended = tokio::select! {
                    biased;
                    why = self.tap.stopped() => Some(SessionEnd::Limit(why)),
                    ended = agent.turn(turn, &text) => ended?,
                    () = cancelled(self.cancel) => Some(SessionEnd::Interrupted),
                };
                if let Some(ended) = ended {
                    // What side conversations said is recorded, however the turn ended.
                    self.tap.end_turn();
                    end = ended;
                    break 'session;
                }
                match self.answer() {
                    Some(answer) if answers < ANSWERS => {
                        answers += 1;
                        text = answer;
                    }
                    _ => break,
                }
            }
        }
        let Deeds { commands, patched, unsettled, log } = agent.deeds();
        server.stop().await;
        if matches!(self.behind, Behind::Upstream(..)) {
            // A proxy tells of what was under way only when it ends.
            self.tap.end_turn();
        }
        let evidence = Evidence { commands, patched, seed: self.seed_files.clone() };
        Ok(Done { end, evidence, unsettled, log })
    }

    async fn server(&self, ledgers: Ledgers) -> Result<Server, String> {
        let listen = match &self.listener {
            None => Listen::At((Ipv4Addr::LOCALHOST, 0).into()),
            // The original stays here: a server that takes over listens where the first one did.
            Some(listener) => Listen::On(listener.try_clone().map_err(|error| error.to_string())?),
        };
        let first_seq = self.tap.exchanges().len() as u32;
        let mask = Some(self.subject.mask(&self.scenario.file.volatile));
        let started = match &self.behind {
            Behind::Model(model) => {
                let config = ServerConfig {
                    faults: self.effective.faults.clone(),
                    observer: Some(self.tap.clone()),
                    created_at: epoch(&self.scenario.file.date),
                    first_seq,
                    models: vec![self.subject.model(&self.scenario.file.model).to_owned()],
                    mask,
                    listen,
                    ..ServerConfig::with_ledgers(Arc::clone(model), ledgers)
                };
                Server::start(config).await
            }
            Behind::Upstream(upstream, said) => {
                let config = ProxyConfig {
                    upstream: Arc::clone(upstream),
                    observer: self.tap.clone(),
                    mask,
                    listen,
                    first_seq,
                    settle: true,
                    talk: match self.subject {
                        Subject::Builtin => Talk::One,
                        Subject::External(_) => Talk::Said(said.clone()),
                    },
                    gate: Some(self.tap.clone()),
                };
                Server::record(config).await
            }
        };
        started.map_err(|error| error.to_string())
    }

    fn base_url(&self, server: &Server) -> String {
        match &self.host.front {
            Some(front) => format!("http://{}/v1", (front.0)(server.address())),
            None => server.base_url(),
        }
    }

    fn agent(&self, server: &Server) -> Result<Working, String> {
        Ok(match self.subject {
            Subject::Builtin => Working::Builtin(Box::new(self.builtin(server)?)),
            Subject::External(agent) => Working::External(Box::new(self.program(server, agent))),
        })
    }

    fn program(&self, server: &Server, agent: &Arc<Agent>) -> Program {
        let (file, effective) = (&self.scenario.file, self.effective);
        let settings = Settings {
            base_url: self.base_url(server),
            model: file.model.clone(),
            developer: effective.developer.clone(),
            folder: file.folder.clone(),
            permissions: file.permissions.clone(),
            compaction: effective.compaction.clone(),
            transport: effective.transport,
            seconds: file.budgets.seconds,
        };
        Program {
            session: External::new(Arc::clone(agent), settings, Arc::clone(&self.sandbox)),
            writer: Arc::clone(&self.writer),
            tap: Arc::clone(&self.tap),
            log: String::new(),
        }
    }

    fn builtin(&self, server: &Server) -> Result<Builtin, String> {
        let (file, effective) = (&self.scenario.file, self.effective);
        let instructions = effective.instructions.clone();
        let config = AgentConfig {
            base_url: self.base_url(server),
            model: file.model.clone(),
            instructions: instructions.unwrap_or_else(|| fragments::DEFAULT_INSTRUCTIONS.into()),
            developer: effective.developer.clone(),
            permissions: file.permissions.clone(),
            skills: file.skills.clone(),
            date: file.date.clone(),
            folder: file.folder.clone(),
            tools: effective.tools.clone(),
            prompt: effective.prompt,
            effort: effective.effort,
            seed: self.seed,
            transport: effective.transport,
            compaction: effective.compaction.clone(),
            completion_order: effective.completion_order.clone(),
            volatile: file.volatile.clone(),
            budgets: file.budgets.clone(),
            waits: matches!(self.behind, Behind::Upstream(..)),
            thread: format!("thread_{}", Digest::of(&self.scenario.name).short(16)),
        };
        let sink: Arc<dyn Sink> = self.writer.clone();
        Builtin::new(config, Arc::clone(&self.sandbox), sink).map_err(|error| error.to_string())
    }

    async fn timeline(
        &self,
        entry: &TimelineEntry,
        agent: &mut Working,
        server: &mut Server,
    ) -> Result<(), String> {
        let log = |action: &str, detail: &str| {
            self.writer.event(Event::Timeline(TimelineEvent {
                turn: entry.turn,
                action: action.to_owned(),
                detail: detail.to_owned(),
            }));
        };
        if let Some(folder) = &entry.set_folder {
            log("folder", folder);
            agent.set_folder(folder);
        }
        if let Some(permissions) = &entry.set_permissions {
            log("sandbox", &serde_json::to_string(permissions).unwrap_or_default());
            agent.set_permissions(permissions.clone());
        }
        if let Some(model) = &entry.set_model {
            log("model", model);
            agent.set_model(model);
        }
        if let Some(effort) = entry.set_effort {
            log("effort", effort.as_str());
            agent.set_effort(effort);
        }
        if let Some(tools) = &entry.set_tools {
            log("tools", &tools.join(", "));
            agent.set_tools(tools)?;
        }
        if let Some(edit) = &entry.edit {
            log("edit", &edit.path);
            let written = self.sandbox.write(&edit.path, edit.text.as_bytes(), false).await;
            written.map_err(|error| error.to_string())?;
        }
        if entry.restart_server {
            log("restart_server", "");
            let exchanges = self.tap.exchanges();
            let ledgers = Ledgers::rebuild(&self.effective.cache, &exchanges);
            let next = self.server(ledgers).await?;
            std::mem::replace(server, next).stop().await;
            agent.set_base_url(&self.base_url(server));
        }
        Ok(())
    }

    /// What the user says to a question: what the scenario lets them know of the asked facts.
    fn answer(&self) -> Option<String> {
        let answered_by = self.tap.last_answered_by();
        let (_, asked) = answered_by.split_once(": ask ")?;
        let answer = |id: &str| {
            let fact = self.scenario.file.facts.iter().find(|fact| fact.id == id)?;
            (fact.recover == Recover::User).then(|| fact.answer.clone()).flatten()
        };
        let answers: Vec<String> = asked.split(',').filter_map(answer).collect();
        Some(match answers.is_empty() {
            true => DO_NOT_KNOW.to_owned(),
            false => answers.join("\n"),
        })
    }
}

/// Returns when the user has stopped the matrix.
pub(super) async fn cancelled(cancel: &AtomicBool) {
    while !cancel.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Seconds since 1970 at the start of a date `YYYY-MM-DD` (days-from-civil, proleptic Gregorian).
pub(super) fn epoch(date: &str) -> i64 {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().unwrap_or(1));
    let (year, month, day) =
        (parts.next().unwrap_or(1970), parts.next().unwrap_or(1), parts.next().unwrap_or(1));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    days * 86_400
}

#[cfg(test)]
mod tests {
    use super::epoch;

    #[test]
    fn dates_become_seconds() {
        assert_eq!(epoch("1970-01-01"), 0);
        assert_eq!(epoch("2000-03-01"), 951_868_800);
        assert_eq!(epoch("2026-01-15"), 1_768_435_200);
    }
}
