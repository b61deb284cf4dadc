//! Trajectories of SWE-agent and mini-swe-agent: one document with the history of a run.
//!
//! SWE-agent has a history for each of its agents, and demonstrations in it, which the model did not
//! say; it may have shortened old observations when it sent the history. mini-swe-agent has a plain
//! list of messages, bare or in `messages`, since version 1 with the provider's answer in `extra`.

use super::conversation::{Conversation, Mark};
use super::session::{Books, Session};
use super::sink::Sink;
use super::{Format, LineCounter, chat, lines, time};
use crate::recording::file::Lack;
use crate::recording::{Header, RecordingError, RecordingErrorKind as Kind};
use crate::wire::{Raw, escape};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::Path;

/// What stands for the result of a tool that never returned.
const UNANSWERED: &str = "[no result]";

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    history: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    messages: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    info: Value,
    #[serde(default)]
    replay_config: Value,
}

/// Reads a trajectory.
pub(super) fn import(
    format: Format,
    path: &Path,
    sink: &mut dyn Sink,
) -> Result<(Header, Session), RecordingError> {
    let text = lines::whole(path)?;
    let error = |error: serde_json::Error| super::unreadable(path, &error);
    let document = match text.trim_start().starts_with('[') {
        true => Document {
            history: None,
            messages: Some(serde_json::from_str(&text).map_err(error)?),
            info: Value::Null,
            replay_config: Value::Null,
        },
        false => serde_json::from_str::<Document<'_>>(&text).map_err(error)?,
    };
    let Some(messages) = document.history.or(document.messages) else {
        let what = Kind::Line("neither `history` nor `messages`".into());
        return Err(RecordingError::line(path, 1, what));
    };
    let mut books = Books::new(format, path, sink);
    let mut agents: BTreeMap<String, Conversation> = BTreeMap::new();
    let model = model(&document.replay_config, &document.info);
    let mut places = LineCounter::new(&text);
    for (at, raw) in messages.iter().enumerate() {
        let line = places.of(raw.get());
        let raw = Raw::from(*raw);
        let value = raw.value();
        let items = match chat::items(&raw) {
            Ok(items) => items,
            Err(why) => {
                books.skip(line, format!("message {at}: {why}"));
                continue;
            }
        };
        let agent = value["agent"].as_str().unwrap_or_default().to_owned();
        let conversation = agents.entry(agent).or_insert_with(|| Conversation::new(UNANSWERED));
        let mark = Mark { at, ..Mark::default() };
        let demo = value["is_demo"].as_bool() == Some(true);
        if !chat::is_answer(&value) || demo {
            if value["role"] == "user" && books.session.said.is_empty() && !demo {
                books.session.said.extend(items.first().map(|raw| raw.item().text()));
            }
            for raw in items {
                conversation.client(raw, mark);
            }
            continue;
        }
        let answer = &value["extra"]["response"];
        let model = answer["model"].as_str().map_or_else(|| model.clone(), str::to_owned);
        let model = Raw::parse(&escape(&model)).ok().map(|raw| ("model".to_owned(), raw));
        let seconds = value["extra"]["timestamp"].as_f64().map(|at| (at * 1_000.0) as i64);
        let time = value["timestamp"].as_str().and_then(time::millis).or(seconds);
        let (fields, from) = (model.into_iter().collect(), format!("message {at}"));
        let open = conversation.begin(&mut books, "", fields, time, from)?;
        open.output.extend(items.into_iter().map(|raw| (raw, mark)));
        open.usage = chat::usage(&answer["usage"]);
        open.response_id = answer["id"].as_str().unwrap_or_default().to_owned();
        conversation.close(&mut books)?;
    }
    let always = [Lack::Tools, Lack::Bodies, Lack::Events];
    let version =
        document.info["mini_version"].as_str().or(document.info["swe_agent_version"].as_str());
    let version = version.map(str::to_owned);
    if format == Format::SweAgent {
        let what = "old observations stand in full: the agent may have sent them shortened";
        books.session.note(None, what);
    }
    books.finish(format.as_str(), version, &always)
}

/// The model that the run was configured with. SWE-agent keeps that as a text of JSON.
fn model(replay: &Value, info: &Value) -> String {
    let parsed: Option<Value> = replay.as_str().and_then(|text| serde_json::from_str(text).ok());
    let replay = parsed.as_ref().unwrap_or(replay);
    let named = [&replay["agent"]["model"]["name"], &info["config"]["model"]["model_name"]];
    named.into_iter().find_map(Value::as_str).unwrap_or("unknown").to_owned()
}
