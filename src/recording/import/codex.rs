//! Rollouts of the Codex CLI: the items are those of the Responses API, verbatim.
//!
//! An answer is the longest run of items that only a model writes. It ends at the first item of the
//! client, at a count of tokens, or with the turn. Versions differ in whether the count stands
//! before or after the outputs of the calls; so it is taken by the answer that has none yet. A count
//! whose totals have not moved repeats the one before.

use super::codex_history::{Role, is_context, role, rolled_back, without_replacement};
use super::conversation::{Conversation, Mark, message};
use super::lines::{Line, Lines};
use super::session::{Books, Session};
use super::sink::Sink;
use super::{Format, time, tokens};
use crate::recording::file::Lack;
use crate::recording::{Header, RecordingError};
use crate::wire::{Ending, Raw, Usage, escape};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// From this version on the base prompt is an input item, and not quite the text that is stored.
const INSTRUCTIONS_ARE_AN_ITEM: (u32, u32) = (0, 150);

#[derive(Deserialize)]
struct Record {
    timestamp: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    payload: Option<Raw>,
}

/// Reads a rollout.
pub(super) fn import(
    path: &Path,
    sink: &mut dyn Sink,
) -> Result<(Header, Session), RecordingError> {
    let mut lines = Lines::open(path)?;
    let mut rollout = Rollout {
        books: Books::new(Format::Codex, path, sink),
        conversation: Conversation::new("aborted"),
        version: None,
        model: None,
        instructions: None,
        totals: None,
        at: None,
        asked_at: None,
    };
    while let Some((number, line)) = lines.next()? {
        match line {
            Line::Text(text) => rollout.line(number, text)?,
            Line::Bad(why) => rollout.books.skip(number, why),
        }
    }
    rollout.finish()
}

struct Rollout<'s> {
    books: Books<'s>,
    conversation: Conversation,
    version: Option<String>,
    model: Option<String>,
    instructions: Option<Raw>,
    /// The last count of all tokens.
    totals: Option<Usage>,
    /// The time of the line at hand.
    at: Option<i64>,
    /// The time of the last thing that came from the client's side.
    asked_at: Option<i64>,
}

impl Rollout<'_> {
    fn line(&mut self, number: usize, text: &str) -> Result<(), RecordingError> {
        let record: Record = match super::record(text) {
            Ok(record) => record,
            Err(why) => {
                self.books.skip(number, why);
                return Ok(());
            }
        };
        self.at = record.timestamp.as_deref().and_then(time::millis);
        let kind = record.kind.unwrap_or_default();
        let Some(payload) = record.payload else {
            return self.bare(number, &kind, text);
        };
        match kind.as_str() {
            "response_item" => self.item(number, payload),
            "session_meta" => {
                self.meta(&payload.value());
                Ok(())
            }
            "turn_context" => {
                self.conversation.close(&mut self.books)?;
                self.model = string(&payload.value(), "/model").or(self.model.take());
                Ok(())
            }
            "compacted" => self.compacted(number, &payload),
            "token_usage_record" => {
                let value = payload.value();
                let id = string(&value, "/response_id");
                self.usage(usage(&value["usage"]), id)
            }
            "event_msg" => self.event(&payload.value()),
            _ => Ok(()),
        }
    }

    /// The oldest rollouts have items without an envelope, and a first line of their own.
    fn bare(&mut self, number: usize, kind: &str, text: &str) -> Result<(), RecordingError> {
        let Ok(raw) = Raw::parse(text) else { return Ok(()) };
        let value = raw.value();
        if role(&raw.item()).is_some() {
            return self.item(number, raw);
        } else if kind.is_empty() && value.get("id").is_some() && self.books.session.id.is_none() {
            self.meta(&value);
        } else if value.get("record_type").is_none() {
            self.books.skip(number, "a line without `type` and `payload`");
        }
        Ok(())
    }

    /// The first of them tells of this session; a fork has those of its ancestors, too.
    fn meta(&mut self, meta: &Value) {
        let session = &mut self.books.session;
        if session.id.is_some() {
            return;
        }
        session.id = Some(string(meta, "/id").unwrap_or_default());
        session.started = string(meta, "/timestamp");
        session.folder = string(meta, "/cwd");
        session.commit = string(meta, "/git/commit_hash");
        session.branch = string(meta, "/git/branch");
        session.repository = string(meta, "/git/repository_url");
        self.version = string(meta, "/cli_version");
        let text = string(meta, "/base_instructions/text").or(string(meta, "/instructions"));
        self.instructions = text.and_then(|text| Raw::parse(&escape(&text)).ok());
    }

    fn item(&mut self, number: usize, raw: Raw) -> Result<(), RecordingError> {
        let item = raw.item();
        let mark = Mark { at: number, ..Mark::default() };
        match role(&item) {
            None => {
                self.books.skip(number, "an item without `type` and `role`");
                Ok(())
            }
            Some(Role::NotSent) => Ok(()),
            Some(Role::Client) => {
                let context = is_context(&item);
                let turn = item.role() == Some("user") && !context;
                if turn {
                    self.books.session.said.push(item.text());
                }
                self.conversation.client(raw, Mark { turn, context, ..mark });
                self.asked_at = self.at.or(self.asked_at);
                Ok(())
            }
            Some(Role::Model) => {
                let goes_on = self.conversation.open().is_some_and(|open| open.usage.is_none())
                    && !self.conversation.is_followed();
                if !goes_on {
                    let fields = self.fields();
                    let at = self.asked_at.or(self.at);
                    self.conversation.begin(
                        &mut self.books,
                        "",
                        fields,
                        at,
                        format!("line {number}"),
                    )?;
                }
                if let Some(open) = self.conversation.open() {
                    open.output.push((raw, mark));
                }
                Ok(())
            }
        }
    }

    fn fields(&self) -> Vec<(String, Raw)> {
        let model = self.model.as_deref().unwrap_or("unknown");
        let model = Raw::parse(&escape(model)).ok().map(|raw| ("model".to_owned(), raw));
        let instructions = self.instructions.clone().map(|raw| ("instructions".to_owned(), raw));
        model.into_iter().chain(instructions).collect()
    }

    fn event(&mut self, event: &Value) -> Result<(), RecordingError> {
        match event["type"].as_str() {
            Some("token_count") => {
                let Some(totals) = usage(&event["info"]["total_token_usage"]) else {
                    return Ok(());
                };
                if self.totals.replace(totals) == Some(totals) {
                    return Ok(());
                }
                self.books.session.reported = Some(totals);
                // Behind a compaction it is an estimate.
                let last = usage(&event["info"]["last_token_usage"]);
                self.usage(last.filter(|usage| usage.input_tokens > 0), None)
            }
            Some("turn_aborted") => {
                if let Some(open) = self.conversation.open().filter(|open| open.usage.is_none()) {
                    open.ending = Ending::Cut;
                }
                self.conversation.close(&mut self.books).map(|_| ())
            }
            Some("task_started" | "task_complete" | "turn_started" | "turn_complete") => {
                self.conversation.close(&mut self.books).map(|_| ())
            }
            Some("thread_rolled_back") => {
                self.conversation.close(&mut self.books)?;
                let turns = event["num_turns"].as_u64().unwrap_or_default();
                let kept = rolled_back(&self.conversation.history, turns);
                let gone = self.conversation.truncate(kept);
                self.books.session.unsay(gone);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A count belongs to the answer that has none. One that has its own already was counted twice:
    /// by `token_usage_record` and by `token_count`.
    fn usage(&mut self, usage: Option<Usage>, id: Option<String>) -> Result<(), RecordingError> {
        if let (Some(usage), Some(open)) = (usage, self.conversation.open())
            && open.usage.is_none()
        {
            open.usage = Some(usage);
            open.response_id = id.unwrap_or_default();
        }
        Ok(())
    }

    fn compacted(&mut self, number: usize, payload: &Raw) -> Result<(), RecordingError> {
        self.conversation.close(&mut self.books)?;
        let fields = payload.fields().unwrap_or_default();
        let find = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, raw)| raw);
        let replacement = find("replacement_history").and_then(Raw::elements);
        let mark = |raw: &Raw| {
            let item = raw.item();
            let context = is_context(&item);
            let turn = item.role() == Some("user") && !context;
            Mark { at: number, turn, context }
        };
        if let Some(items) = replacement {
            let items = items.into_iter().map(|raw| {
                let mark = mark(&raw);
                (raw, mark)
            });
            self.conversation.replace(items.collect());
        } else {
            let text = find("message").map(Raw::value);
            let Some(summary) = text.as_ref().and_then(Value::as_str) else {
                self.books.skip(number, "a compaction without summary and history");
                return Ok(());
            };
            let line = Some(number);
            self.books.session.note(
                line,
                "the log does not tell the history after this compaction: it is put together from \
                 the first context, what the user said, and the summary",
            );
            without_replacement(&mut self.conversation.history);
            self.conversation.replaced();
            self.conversation
                .client(message("user", summary), Mark { at: number, ..Mark::default() });
        }
        self.books.session.compactions.push(self.books.count);
        self.asked_at = self.at.or(self.asked_at);
        Ok(())
    }

    fn finish(mut self) -> Result<(Header, Session), RecordingError> {
        self.conversation.close(&mut self.books)?;
        let mut always = vec![Lack::Tools, Lack::Bodies, Lack::Events];
        if as_an_item(self.version.as_deref()) {
            always.push(Lack::Instructions);
        }
        self.books.finish("codex", self.version, &always)
    }
}

fn as_an_item(version: Option<&str>) -> bool {
    let mut parts = version.unwrap_or_default().split('.').map(|part| part.parse().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= INSTRUCTIONS_ARE_AN_ITEM,
        _ => false,
    }
}

fn string(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

fn usage(value: &Value) -> Option<Usage> {
    let count = |name: &str| tokens(value.get(name)?);
    Some(Usage::new(
        count("input_tokens")?,
        count("cached_input_tokens").unwrap_or_default(),
        count("cache_write_input_tokens").unwrap_or_default(),
        count("output_tokens")?,
        count("reasoning_output_tokens").unwrap_or_default(),
    ))
}
