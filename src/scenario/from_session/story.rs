//! What was done in a session, in its order: turns, answers, calls with their outcomes.
//!
//! It is read from the imported recording, which holds items of the Responses API whatever program
//! the log is of. Conversations of sub-agents are taken in where their answers came: what they did
//! to the files is part of what came of the session.

use super::outcome::Outcome;
use super::tools::{Deed, deed};
use crate::recording::import::{Imported, Session};
use crate::recording::{Recorded, Recording};
use crate::wire::{Digest, Kind, Raw};
use std::collections::BTreeMap;

/// A user's message and what the agent made of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Turn {
    pub(super) message: String,
    pub(super) answers: Vec<Answer>,
}

/// One answer of the model.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) says: Vec<String>,
    pub(super) calls: Vec<Call>,
}

/// A call and what came of it.
#[derive(Debug, PartialEq)]
pub(super) struct Call {
    /// Name of the tool.
    pub(super) tool: String,
    pub(super) deed: Deed,
    pub(super) outcome: Outcome,
}

/// The turns of a session.
pub(super) fn story(imported: &Imported) -> Vec<Turn> {
    let Imported { recording, session } = imported;
    let outputs = outputs(recording);
    // These tell the exit codes of failures only.
    let quiet = recording.header.source.as_ref();
    let quiet = quiet.is_some_and(|from| matches!(from.format.as_str(), "claude-code" | "pi"));
    let mut turns: Vec<Turn> = Vec::new();
    let mut before: BTreeMap<u32, Vec<Digest>> = BTreeMap::new();
    let mut said = 0;
    for exchange in &recording.exchanges {
        if exchange.thread == 0 {
            let old = before.entry(0).or_default();
            let new = added(old, &exchange.input);
            said = begin(&mut turns, session, said, &texts_of_user(recording, &new));
            *old = exchange.input.iter().chain(&exchange.output).copied().collect();
        }
        if turns.is_empty() {
            turns.push(Turn::default());
        }
        let answer = answer(recording, exchange, &outputs, quiet);
        if let Some(turn) = turns.last_mut() {
            turn.answers.push(answer);
        }
    }
    join_polls(&mut turns);
    turns
}

/// Every output by the id of its call.
fn outputs(recording: &Recording) -> BTreeMap<String, Raw> {
    let raws = recording.items.values().filter_map(|entry| entry.raw());
    let outputs = raws.filter(|raw| {
        let kind = raw.item().kind();
        kind.is_output() || raw.item().str("type").is_some_and(|kind| kind.ends_with("_output"))
    });
    outputs.filter_map(|raw| Some((raw.item().call_id()?.to_owned(), raw.clone()))).collect()
}

/// What of the input is new: what comes behind the old history, or, where that was replaced by
/// another, what it did not hold.
fn added(old: &[Digest], input: &[Digest]) -> Vec<Digest> {
    if let Some(new) = input.strip_prefix(old) {
        return new.to_vec();
    }
    let mut left: BTreeMap<Digest, usize> = BTreeMap::new();
    for digest in old {
        *left.entry(*digest).or_default() += 1;
    }
    let is_new = |digest: &&Digest| match left.get_mut(*digest) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    input.iter().filter(is_new).copied().collect()
}

fn texts_of_user(recording: &Recording, new: &[Digest]) -> Vec<String> {
    let raws = new.iter().filter_map(|digest| recording.items.get(digest)?.raw());
    let items = raws.map(Raw::item);
    let items = items.filter(|item| item.role() == Some("user"));
    items.map(|item| item.text()).collect()
}

/// Begins a turn for each of the user's messages that are among the new texts; gives how many of
/// them have come. Messages without an answer are put before the next one.
fn begin(turns: &mut Vec<Turn>, session: &Session, mut said: usize, texts: &[String]) -> usize {
    for text in texts {
        let is_it = |message: &String| message == text || message.starts_with(text.as_str());
        let Some(ahead) = session.said[said..].iter().position(is_it) else { continue };
        let message = session.said[said..=said + ahead].join("\n\n");
        said += ahead + 1;
        match turns.last_mut() {
            Some(turn) if turn.answers.is_empty() => turn.message += &format!("\n\n{message}"),
            _ => turns.push(Turn { message, answers: Vec::new() }),
        }
    }
    said
}

fn answer(
    recording: &Recording,
    exchange: &Recorded,
    outputs: &BTreeMap<String, Raw>,
    quiet: bool,
) -> Answer {
    let mut answer = Answer::default();
    for raw in recording.output(exchange) {
        let item = raw.item();
        let kind = item.kind();
        if kind == Kind::Message {
            let text = item.text();
            if exchange.thread == 0 && !text.trim().is_empty() {
                answer.says.push(text);
            }
        } else if kind.is_call() || item.str("type").is_some_and(|kind| kind.ends_with("_call")) {
            let output = item.call_id().or(item.id()).and_then(|id| outputs.get(id));
            let deed = deed(&item);
            let mut outcome = Outcome::of(output);
            if quiet && matches!(deed, Deed::Run { .. }) {
                outcome.assume_success();
            }
            let tool = item.str("name").or(item.str("type")).unwrap_or("?").to_owned();
            answer.calls.push(Call { tool, deed, outcome });
        }
    }
    answer
}

/// What a command that was left running came to is told to a later call that looked after it.
fn join_polls(turns: &mut [Turn]) {
    let mut ended: BTreeMap<u64, Outcome> = BTreeMap::new();
    let calls = || turns.iter().flat_map(|turn| &turn.answers).flat_map(|answer| &answer.calls);
    for call in calls() {
        if let (Deed::Poll { session }, Some(_)) = (&call.deed, call.outcome.exit) {
            ended.insert(*session, call.outcome.clone());
        }
    }
    let calls = turns.iter_mut().flat_map(|turn| &mut turn.answers);
    for call in calls.flat_map(|answer| &mut answer.calls) {
        if let (Deed::Run { .. }, Some(session)) = (&call.deed, call.outcome.running)
            && let Some(outcome) = ended.get(&session)
        {
            call.outcome = outcome.clone();
        }
    }
}
