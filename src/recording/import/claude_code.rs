//! Session files of Claude Code.
//!
//! One answer takes several lines, one a block, with the same `message.id`; its usage stands in all
//! of them, and the last one counts. Lines name their parent, but calls in parallel make a tree of
//! these that is no history: lines are followed in their order, and a parent tells only where the
//! user went back to when a new turn does not continue the last line. Sub-agents (`isSidechain`) are
//! threads of their own.

use super::conversation::{Conversation, Mark};
use super::lines::{Line, Lines};
use super::session::{Books, Session};
use super::sink::Sink;
use super::{Format, anthropic, time};
use crate::recording::file::Lack;
use crate::recording::{Header, RecordingError};
use crate::wire::{Digest, Ending, Raw, escape};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What stands for the result of a tool that never returned.
const UNANSWERED: &str = "[no result]";

/// The model of messages that the program wrote itself: errors, mostly.
const SYNTHETIC: &str = "<synthetic>";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(rename = "type")]
    kind: Option<String>,
    subtype: Option<String>,
    uuid: Option<String>,
    parent_uuid: Option<String>,
    timestamp: Option<String>,
    #[serde(default)]
    is_sidechain: bool,
    #[serde(default)]
    is_meta: bool,
    #[serde(default)]
    is_compact_summary: bool,
    #[serde(default)]
    is_api_error_message: bool,
    agent_id: Option<String>,
    session_id: Option<String>,
    version: Option<String>,
    cwd: Option<String>,
    git_branch: Option<String>,
    request_id: Option<String>,
    message: Option<Raw>,
}

#[derive(Deserialize)]
struct Message {
    id: Option<String>,
    role: Option<String>,
    model: Option<String>,
    content: Option<Raw>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Value,
}

/// Reads a session.
pub(super) fn import(
    path: &Path,
    sink: &mut dyn Sink,
) -> Result<(Header, Session), RecordingError> {
    let mut lines = Lines::open(path)?;
    let mut log = Log {
        books: Books::new(Format::ClaudeCode, path, sink),
        chains: BTreeMap::new(),
        sidechains: BTreeMap::new(),
        last_sidechain: String::new(),
        seen: BTreeSet::new(),
        version: None,
        attachments: 0,
    };
    while let Some((number, line)) = lines.next()? {
        let read = match line {
            Line::Text(text) => super::record(text),
            Line::Bad(why) => Err(why),
        };
        match read {
            Ok(record) => log.record(number, record)?,
            Err(why) => log.books.skip(number, why),
        }
    }
    log.finish()
}

/// One conversation: the main one, or that of a sub-agent.
struct Chain {
    conversation: Conversation,
    /// How long the history was when a line had been read, by its uuid.
    lengths: BTreeMap<Digest, usize>,
    /// The last line, whatever it was.
    last: Option<Digest>,
    asked_at: Option<i64>,
}

impl Chain {
    fn new() -> Self {
        let conversation = Conversation::new(UNANSWERED);
        Self { conversation, lengths: BTreeMap::new(), last: None, asked_at: None }
    }
}

struct Log<'s> {
    books: Books<'s>,
    /// By the name of the sub-agent; the main one has none.
    chains: BTreeMap<String, Chain>,
    /// The sub-agent of each of its lines.
    sidechains: BTreeMap<Digest, String>,
    last_sidechain: String,
    /// Lines read: a session that was resumed may hold them again.
    seen: BTreeSet<Digest>,
    version: Option<String>,
    attachments: usize,
}

impl Log<'_> {
    fn record(&mut self, number: usize, record: Record) -> Result<(), RecordingError> {
        let Some(kind) = record.kind.as_deref() else {
            self.books.skip(number, "an object without `type`");
            return Ok(());
        };
        match kind {
            "user" | "assistant" => {
                if let Some(why) = self.message(number, &record)? {
                    self.books.skip(number, why);
                }
            }
            "system" if record.subtype.as_deref() == Some("compact_boundary") => {
                let name = self.chain_of(&record);
                let chain = self.chains.entry(name).or_insert_with(Chain::new);
                chain.conversation.close(&mut self.books)?;
                chain.conversation.replace(Vec::new());
                chain.lengths.clear();
                self.books.session.compactions.push(self.books.count);
                self.after(&record)?;
            }
            "system" | "progress" => self.after(&record)?,
            "attachment" => {
                self.attachments += 1;
                self.after(&record)?;
            }
            // Titles, snapshots of files, the queue of the terminal: nothing of a prompt.
            _ => {}
        }
        Ok(())
    }

    /// The conversation that a line belongs to.
    fn chain_of(&mut self, record: &Record) -> String {
        if !record.is_sidechain {
            return String::new();
        }
        let own = record.uuid.as_ref().map(Digest::of);
        let parent = record.parent_uuid.as_ref().map(Digest::of);
        let name = match (&record.agent_id, parent) {
            (Some(agent), _) => agent.clone(),
            (None, Some(parent)) => match self.sidechains.get(&parent) {
                Some(name) => name.clone(),
                None => self.last_sidechain.clone(),
            },
            (None, None) => record.uuid.clone().unwrap_or_default(),
        };
        // The main conversation has the empty name.
        let name = if name.is_empty() { "-".to_owned() } else { name };
        self.sidechains.extend(own.map(|own| (own, name.clone())));
        self.last_sidechain.clone_from(&name);
        name
    }

    /// Remembers that the line was read, and how long the history is behind it.
    fn after(&mut self, record: &Record) -> Result<(), RecordingError> {
        let name = self.chain_of(record);
        let Some(uuid) = record.uuid.as_ref().map(Digest::of) else { return Ok(()) };
        let chain = self.chains.entry(name).or_insert_with(Chain::new);
        let length = chain.conversation.length();
        chain.lengths.insert(uuid, length);
        chain.last = Some(uuid);
        Ok(())
    }

    /// A line with a message. `Ok(Some(..))` says why it is skipped.
    fn message(
        &mut self,
        number: usize,
        record: &Record,
    ) -> Result<Option<String>, RecordingError> {
        let Some(message) = &record.message else {
            return Ok(Some("a line without `message`".into()));
        };
        let message: Message = match super::record(message.as_str()) {
            Ok(message) => message,
            Err(why) => return Ok(Some(format!("/message: {why}"))),
        };
        let Some(content) = &message.content else {
            return Ok(Some("/message: no `content`".into()));
        };
        let role = message.role.as_deref().or(record.kind.as_deref()).unwrap_or_default();
        let role = if role == "assistant" { "assistant" } else { "user" };
        let items = match anthropic::items(role, content) {
            Ok(items) => items,
            Err(why) => return Ok(Some(format!("/message/content: {why}"))),
        };
        if record.uuid.as_ref().is_some_and(|uuid| !self.seen.insert(Digest::of(uuid))) {
            return Ok(None);
        }
        self.tell(record);
        let name = self.chain_of(record);
        let at = record.timestamp.as_deref().and_then(time::millis);
        let is_main = name.is_empty();
        let chain = self.chains.entry(name).or_insert_with(Chain::new);
        if role == "user" {
            let is_result = items.iter().any(|item| item.item().kind().is_output());
            let turn = !is_result && !record.is_meta && !record.is_compact_summary;
            if turn {
                let gone = go_back(chain, record, &mut self.books)?;
                if is_main {
                    self.books.session.unsay(gone);
                }
            }
            let texts: Vec<String> = items.iter().map(|raw| raw.item().text()).collect();
            let text = texts.join("\n");
            let turn = turn && !is_the_programs_own(&text);
            if turn && is_main {
                self.books.session.said.push(text);
            }
            let context = record.is_meta;
            for (at, raw) in items.into_iter().enumerate() {
                let mark = Mark { at: number, turn: turn && at == 0, context };
                chain.conversation.client(raw, mark);
            }
            chain.asked_at = at.or(chain.asked_at);
        } else if message.model.as_deref() == Some(SYNTHETIC) || record.is_api_error_message {
            // Shown to the user and never sent.
        } else {
            let begins = answer(chain, &mut self.books, number, record, &message, items, at)?;
            if is_main && begins {
                self.close_sidechains()?;
            }
        }
        self.after(record)?;
        Ok(None)
    }

    /// The main model goes on: what sub-agents were answering is over. Their exchanges come up in
    /// time, and before the next of the main conversation.
    fn close_sidechains(&mut self) -> Result<(), RecordingError> {
        for (name, chain) in &mut self.chains {
            if !name.is_empty() {
                chain.conversation.close(&mut self.books)?;
            }
        }
        Ok(())
    }

    /// What the first lines tell of the session.
    fn tell(&mut self, record: &Record) {
        let session = &mut self.books.session;
        let take = |to: &mut Option<String>, from: &Option<String>| {
            if to.is_none() {
                to.clone_from(from);
            }
        };
        take(&mut session.id, &record.session_id);
        take(&mut session.folder, &record.cwd);
        take(&mut session.branch, &record.git_branch);
        take(&mut session.started, &record.timestamp);
        take(&mut self.version, &record.version);
    }

    fn finish(mut self) -> Result<(Header, Session), RecordingError> {
        for chain in self.chains.values_mut() {
            chain.conversation.close(&mut self.books)?;
        }
        if self.attachments > 0 {
            let what = "attachments are not part of the inputs: the log does not tell their texts";
            self.books.session.note(None, format!("{} {what}", self.attachments));
        }
        let always = [Lack::Tools, Lack::Instructions, Lack::Bodies, Lack::Events];
        self.books.finish("claude-code", self.version, &always)
    }
}

/// A turn that does not continue the last line: the user went back to where its parent stands. Tells
/// how many turns that takes back.
fn go_back(
    chain: &mut Chain,
    record: &Record,
    books: &mut Books<'_>,
) -> Result<usize, RecordingError> {
    let Some(parent) = record.parent_uuid.as_ref().map(Digest::of) else { return Ok(0) };
    if chain.last == Some(parent) {
        return Ok(0);
    }
    chain.conversation.close(books)?;
    let Some(length) = chain.lengths.get(&parent).copied() else { return Ok(0) };
    chain.lengths.retain(|_, at| *at <= length);
    Ok(chain.conversation.truncate(length))
}

/// Adds a line of the model to its answer, and tells whether it is the first of it.
fn answer(
    chain: &mut Chain,
    books: &mut Books<'_>,
    number: usize,
    record: &Record,
    message: &Message,
    items: Vec<Raw>,
    at: Option<i64>,
) -> Result<bool, RecordingError> {
    let key = message.id.as_deref().or(record.request_id.as_deref()).unwrap_or_default();
    let goes_on = chain.conversation.open().is_some_and(|open| open.key == key && !key.is_empty());
    if !goes_on {
        let model = message.model.as_deref().unwrap_or("unknown");
        let model = Raw::parse(&escape(model)).ok().map(|raw| ("model".to_owned(), raw));
        let at = chain.asked_at.or(at);
        let fields = model.into_iter().collect();
        let open = chain.conversation.begin(books, key, fields, at, format!("line {number}"))?;
        open.response_id = message.id.clone().unwrap_or_default();
    }
    let Some(open) = chain.conversation.open() else { return Ok(false) };
    open.output.extend(items.into_iter().map(|raw| (raw, Mark { at: number, ..Mark::default() })));
    open.usage = anthropic::usage(&message.usage).or(open.usage);
    if message.stop_reason.as_deref() == Some("max_tokens") {
        open.ending = Ending::Incomplete("max_output_tokens".into());
    }
    Ok(!goes_on)
}

/// Texts in the user's place that the user did not write: commands of the terminal and their output,
/// and the note that a turn was interrupted.
fn is_the_programs_own(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('<') || text.starts_with("[Request interrupted by user")
}
