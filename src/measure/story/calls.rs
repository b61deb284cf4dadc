//! Calls with what came of them, and the other items of an answer.

use super::brief::{brief_call, one_line};
use super::{CallPart, OutputPart, Part};
use crate::cache::strip_state;
use crate::measure::derive::printed;
use crate::measure::tool_text;
use crate::recording::journal::{CallRecord, RunLog};
use crate::recording::{Exchange, Printed, length, seal, structure};
use crate::wire::{Item, Kind};
use std::collections::BTreeMap;

/// How outputs say that a command goes on.
const RUNNING: &str = "Process running with session ID ";

/// The outputs of calls, by thread and id of the call.
pub(super) struct Outputs<'a> {
    /// What the run tells of its own calls.
    told: BTreeMap<(u32, u32), &'a CallRecord>,
    /// What later requests show: text only, and what is noted of one that is not there.
    shown: BTreeMap<(u32, String), (String, Option<Printed>)>,
}

impl<'a> Outputs<'a> {
    pub(super) fn of(log: &'a RunLog) -> Self {
        let told = log.calls.iter().map(|call| ((call.seq, call.index), call)).collect();
        let mut shown = BTreeMap::new();
        let mut known = std::collections::BTreeSet::new();
        for exchange in &log.exchanges {
            for raw in &exchange.request.input {
                // Histories repeat themselves; each item is looked into once.
                if !known.insert((exchange.thread, raw.as_str())) {
                    continue;
                }
                let item = raw.item();
                if let Some(id) = item.call_id().filter(|_| item.kind().is_output()) {
                    let key = (exchange.thread, id.to_owned());
                    let noted = || structure(raw).and_then(|noted| noted.printed);
                    shown.entry(key).or_insert_with(|| (item.text(), noted()));
                }
            }
        }
        Self { told, shown }
    }

    /// The items of an answer.
    pub(super) fn answer(&self, exchange: &Exchange) -> Vec<Part> {
        let mut calls = 0;
        let part = |raw: &crate::wire::Raw| {
            let item = raw.item();
            match item.kind() {
                Kind::Reasoning => Part::Thought { text: thought(&item) },
                Kind::Message => Part::Text { text: item.text() },
                kind if kind.is_call() => {
                    calls += 1;
                    Part::Call(Box::new(self.call(exchange, calls - 1, &item)))
                }
                Kind::WebSearchCall => Part::Call(Box::new(searched(&item))),
                _ => Part::Other {
                    kind: item.str("type").unwrap_or("item").to_owned(),
                    bytes: length(raw),
                },
            }
        };
        exchange.output.iter().map(part).collect()
    }

    fn call(&self, exchange: &Exchange, index: u32, item: &Item) -> CallPart {
        let arguments = match item.arguments() {
            Some(arguments) => arguments.to_owned(),
            None => item.value().get("action").map(ToString::to_string).unwrap_or_default(),
        };
        let told = self.told.get(&(exchange.seq, index)).copied();
        let id = item.call_id().or(item.id()).unwrap_or_default().to_owned();
        let shown = self.shown.get(&(exchange.thread, id));
        let noted = shown.and_then(|(_, noted)| *noted);
        let ran = told.filter(|call| !call.output.is_empty() || call.raw_bytes > 0);
        let text = ran.map(|call| call.output.as_str());
        let text = text.or(shown.map(|(text, _)| text.as_str()));
        CallPart {
            tool: item.str("name").or(item.str("type")).unwrap_or_default().to_owned(),
            brief: brief_call(&arguments),
            arguments,
            output: text.map(|text| output(text, noted, ran)),
        }
    }
}

fn output(text: &str, noted: Option<Printed>, told: Option<&CallRecord>) -> OutputPart {
    let printed = noted.unwrap_or_else(|| printed(text));
    let inner = tool_text(text);
    let given = told.map_or(0, |call| call.raw_bytes);
    let running = || text.lines().take(4).find_map(|line| line.strip_prefix(RUNNING));
    let head = match inner.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => one_line(line),
        None => running().map(|id| format!("still running, session {id}")).unwrap_or_default(),
    };
    OutputPart {
        exit: told.and_then(|call| call.exit).or(printed.exit),
        bytes: printed.bytes,
        // What stands around an output is not counted as given; only a real cut is told.
        cut_from: (given > printed.bytes + 64).then_some(given),
        lines: printed.lines,
        head,
        changed: told.map(|call| call.changed.clone()).unwrap_or_default(),
    }
}

/// The summary, or what a blob of our own says.
fn thought(item: &Item) -> String {
    let summary = item.text();
    if !summary.is_empty() {
        return summary;
    }
    let sealed = item.encrypted_content().and_then(|blob| seal::open(blob).ok());
    sealed.map(|text| strip_state(&text).into_owned()).unwrap_or_default()
}

/// A search that the provider ran by itself.
fn searched(item: &Item) -> CallPart {
    let action = item.value().get("action").map(ToString::to_string).unwrap_or_default();
    CallPart {
        tool: "web_search".to_owned(),
        brief: brief_call(&action),
        arguments: action,
        output: None,
    }
}
