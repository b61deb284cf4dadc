//! One turn: from the user's message to a response that asks for nothing more.

use super::builtin::Builtin;
use super::client::End;
use super::compaction::Phase;
use super::config::{BudgetKind, Stop, TurnEnd};
use super::dispatch::{Call, run_all};
use super::history::Origin;
use super::host::Host;
use super::items::{message, output};
use super::retry::STREAM_RETRIES;
use super::tools::{Body, Outcome, Room, envelope};
use crate::recording::journal::{CallEvent, Event, OutputEvent};
use crate::scenario::Clock;
use crate::wire::{Endpoint, Kind, Raw};
use serde_json::Value;

impl<H: Host> Builtin<H> {
    /// Hands the user's message to the model and works until the model is done. `number` counts
    /// turns from 1. The caller has journaled the start of the turn; its end is journaled here.
    pub async fn turn(&mut self, number: u32, text: &str) -> TurnEnd {
        self.said.clear();
        let end = match self.work(text).await {
            Ok(()) => TurnEnd::Done { said: self.said.clone() },
            Err(Stop::Failed(error)) => TurnEnd::Failed { error },
            Err(Stop::Budget(which)) => TurnEnd::Budget { which },
        };
        let error = match &end {
            TurnEnd::Done { .. } => None,
            TurnEnd::Failed { error } => Some(error.clone()),
            TurnEnd::Budget { which } => {
                Some(format!("the budget of {} is used up", which.as_str()))
            }
        };
        self.sink.event(Event::TurnFinished { turn: number, said: self.said.clone(), error });
        end
    }

    async fn work(&mut self, text: &str) -> Result<(), Stop> {
        self.ledger.deadline();
        if !self.history.is_empty() && self.over() {
            self.compact(Phase::PreTurn).await?;
        }
        let folder = self.folder();
        let layers = self
            .told
            .update(self.host.as_ref(), &self.config, &folder)
            .await
            .map_err(|error| Stop::Failed(format!("the sandbox failed: {error}")))?;
        for change in layers {
            self.history.tell(change.item, change.instead_of.as_ref());
        }
        self.history.push(message("user", &[text]), Origin::User);
        self.sample().await
    }

    /// Asks, runs what is asked for, asks again.
    async fn sample(&mut self) -> Result<(), Stop> {
        let mut attempt = 1;
        loop {
            self.history
                .check()
                .map_err(|fault| Stop::Failed(format!("the history is broken: {fault}")))?;
            let input = self.input();
            let (seq, reply) = self.exchange(Endpoint::Responses, &input).await?;
            self.sampled = seq;
            let calls = self.record(&reply.items)?;
            let covered = self.history.entries().len();
            // Calls of a broken stream are run as well: their items are in the history.
            self.run_calls(seq, &calls).await?;
            let End::Completed { total_tokens, end_turn } = reply.end else {
                self.broken(seq, reply.end, attempt, STREAM_RETRIES).await?;
                attempt += 1;
                continue;
            };
            attempt = 1;
            self.stalled = false;
            self.window_full = false;
            if let Some(total) = total_tokens {
                self.history.count(total, covered);
            }
            if calls.is_empty() && end_turn != Some(false) {
                return Ok(());
            }
            if self.over() {
                self.compact(Phase::MidTurn).await?;
            }
        }
    }

    /// What is asked next: the history, and the time, if it is told in an item.
    fn input(&mut self) -> Vec<Raw> {
        let (clock, item) = (self.config.prompt.clock, self.layout().clock());
        if clock == Clock::Appended && self.clocked.replace(self.answered) != Some(self.answered) {
            self.history.push(item.clone(), Origin::Time);
        }
        let last = (clock == Clock::Last).then_some(item);
        self.history.items().cloned().chain(last).collect()
    }

    /// Takes the items of an answer into the history and gives the calls among them.
    fn record(&mut self, items: &[Raw]) -> Result<Vec<Call>, Stop> {
        let mut calls: Vec<Call> = Vec::new();
        for item in items {
            let view = item.item();
            let kind = view.kind();
            if kind.is_call() {
                let call_id = view.call_id().unwrap_or_default().to_owned();
                // Checked before it is taken in: a session goes on after a failed turn.
                let twice = calls.iter().any(|call| call.call_id == call_id);
                let fault = match call_id.is_empty() {
                    true => Some("a call without call_id".to_owned()),
                    false if twice || self.history.has_call(&call_id) => {
                        Some(format!("the call id {call_id:?} a second time"))
                    }
                    false => None,
                };
                if let Some(fault) = fault {
                    return Err(Stop::Failed(format!("the model sent {fault}")));
                }
                let name = called(kind, view.str("name"));
                calls.push(Call {
                    index: calls.len() as u32,
                    kind,
                    tool: self.toolbox.find(kind, &name),
                    call_id,
                    name,
                    text: view.arguments().unwrap_or(item.as_str()).to_owned(),
                });
            }
            if kind == Kind::Message && view.role() == Some("assistant") {
                self.said = view.text();
            }
        }
        items.iter().for_each(|item| self.history.push(item.clone(), Origin::Model));
        Ok(calls)
    }

    /// Runs the calls of a response and appends their outputs in call order.
    async fn run_calls(&mut self, seq: u32, calls: &[Call]) -> Result<(), Stop> {
        if calls.is_empty() {
            return Ok(());
        }
        for call in calls {
            self.sink.event(Event::Call(CallEvent {
                seq,
                index: call.index,
                call_id: call.call_id.clone(),
                tool: call.name.clone(),
                arguments: self.sink.object(call.text.as_bytes()),
            }));
        }
        let deadline = self.ledger.deadline();
        let folder = self.folder();
        let room = Room {
            host: self.host.as_ref(),
            folder: &folder,
            permissions: &self.config.permissions,
            sessions: &self.sessions,
            volatile: &self.volatile,
            deadline,
        };
        let (outcomes, seen) = run_all(&room, calls, &self.config.completion_order).await;
        self.finished.push(seen);
        let mut stop = None;
        for (call, outcome) in calls.iter().zip(outcomes) {
            stop = stop.or_else(|| match (&outcome.broken, outcome.out_of_time) {
                (Some(error), _) => Some(Stop::Failed(format!("the sandbox failed: {error}"))),
                (None, true) => Some(Stop::Budget(BudgetKind::Seconds)),
                (None, false) => None,
            });
            self.answer(seq, call, outcome);
        }
        stop.map_or(Ok(()), Err)
    }

    fn answer(&mut self, seq: u32, call: &Call, outcome: Outcome) {
        let value = match &outcome.body {
            Body::Text(text) => Value::from(text.as_str()),
            Body::Parts(parts) => parts.clone(),
            Body::Process(chunk) => {
                Value::from(envelope(chunk, outcome.raw_bytes, &call.call_id, &mut self.sessions))
            }
        };
        let read = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.sink.event(Event::Output(OutputEvent {
            seq,
            index: call.index,
            call_id: call.call_id.clone(),
            output: self.sink.object(read.as_bytes()),
            raw_bytes: outcome.raw_bytes,
            exit: outcome.exit,
            changed: outcome.changed.clone(),
            unsettled: outcome.unsettled.clone(),
        }));
        self.history.push(output(call.kind, &call.call_id, &value), Origin::Output);
        self.commands.extend(outcome.command);
        self.patched.extend(outcome.changed.iter().map(|line| line[2..].to_owned()));
        self.unsettled = self.unsettled.take().or(outcome.unsettled);
    }
}

/// The name of the tool that a call means. Hosted tools go by their type.
fn called(kind: Kind, name: Option<&str>) -> String {
    let hosted = match kind {
        Kind::LocalShellCall => "local_shell",
        Kind::ShellCall => "shell",
        Kind::ApplyPatchCall => "apply_patch",
        _ => name.unwrap_or_default(),
    };
    hosted.to_owned()
}
