//! What a log tells beside its exchanges, and the books that an importer keeps while it reads.

use super::{Format, Sink};
use crate::recording::file::{Lack, Source};
use crate::recording::{Header, Recorded, RecordingError, RecordingErrorKind as Kind};
use crate::wire::{Digest, Ending, Endpoint, Raw, Usage};
use indexmap::IndexMap;
use std::path::Path;

/// Notes beyond these are counted, not kept.
const NOTES: usize = 50;

/// Something that a person should know about a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The line it is about, from 1.
    pub line: Option<usize>,
    /// What is wrong there, and what was done about it.
    pub text: String,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// What a log tells of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// The program's own id of the session.
    pub id: Option<String>,
    /// When it began, as the log writes it.
    pub started: Option<String>,
    /// The folder in which the program worked.
    pub folder: Option<String>,
    /// The commit that was checked out there.
    pub commit: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// The URL of its repository.
    pub repository: Option<String>,
    /// What the user said, in order; what was taken back again, or put into the user's mouth by the
    /// program, left out.
    pub said: Vec<String>,
    /// The exchanges that were the first after a compaction.
    pub compactions: Vec<u32>,
    /// Tokens as the log itself sums them up, if it does.
    pub reported: Option<Usage>,
    /// Models that answered, in order of appearance, with the number of exchanges.
    pub models: IndexMap<String, u32>,
    /// Lines that were no records, and other doubts.
    pub notes: Vec<Note>,
    /// Notes beyond those that were kept.
    pub more_notes: usize,
}

impl Session {
    /// Forgets the last turns of the user, which were taken back.
    pub(super) fn unsay(&mut self, turns: usize) {
        self.said.truncate(self.said.len().saturating_sub(turns));
    }

    /// Adds a note.
    pub(super) fn note(&mut self, line: impl Into<Option<usize>>, text: impl Into<String>) {
        match self.notes.len() < NOTES {
            true => self.notes.push(Note { line: line.into(), text: text.into() }),
            false => self.more_notes += 1,
        }
    }
}

/// One exchange as an importer found it.
pub(super) struct Draft {
    pub(super) thread: u32,
    pub(super) parent: Option<u32>,
    pub(super) fields: Vec<(String, Raw)>,
    pub(super) input: Vec<Digest>,
    /// Input items that no earlier exchange of the conversation had.
    pub(super) fresh: Vec<(Digest, Raw)>,
    pub(super) response_id: String,
    pub(super) ending: Ending,
    pub(super) output: Vec<Raw>,
    pub(super) usage: Option<Usage>,
    pub(super) answered_by: String,
    /// Milliseconds since 1970.
    pub(super) at: Option<i64>,
    pub(super) endpoint: Endpoint,
}

/// Takes drafts, numbers them, and knows at the end what they all lacked.
pub(super) struct Books<'s> {
    format: Format,
    path: &'s Path,
    sink: &'s mut dyn Sink,
    pub(super) session: Session,
    /// The next exchange.
    pub(super) count: u32,
    threads: u32,
    first_at: Option<i64>,
    with: With,
    /// The first line that was no record.
    bad: Option<(usize, String)>,
}

/// How many exchanges had something.
#[derive(Default)]
struct With {
    usage: u32,
    at: u32,
    id: u32,
    instructions: u32,
    tools: u32,
}

impl<'s> Books<'s> {
    pub(super) fn new(format: Format, path: &'s Path, sink: &'s mut dyn Sink) -> Self {
        Self {
            format,
            path,
            sink,
            session: Session::default(),
            count: 0,
            threads: 0,
            first_at: None,
            with: With::default(),
            bad: None,
        }
    }

    /// An answer begins. Times count from the first of them, whichever ends first.
    pub(super) fn begins(&mut self, at: Option<i64>) {
        self.first_at = self.first_at.or(at);
    }

    /// A new conversation; the first, 0, is the main one.
    pub(super) fn thread(&mut self) -> u32 {
        self.threads += 1;
        self.threads - 1
    }

    /// Whether the log is of a program that keeps the instructions out of the history.
    fn is_session(&self) -> bool {
        matches!(self.format, Format::Codex | Format::ClaudeCode | Format::Pi)
    }

    /// A line that is no record of this format: the session goes on without it.
    pub(super) fn skip(&mut self, line: usize, why: impl Into<String>) {
        let why = why.into();
        self.bad.get_or_insert_with(|| (line, why.clone()));
        self.session.note(line, format!("skipped: {why}"));
    }

    /// Adds an exchange and gives its number.
    pub(super) fn push(&mut self, draft: Draft) -> Result<u32, RecordingError> {
        let Draft { at, usage, fields, .. } = &draft;
        let has = |name: &str| fields.iter().any(|(key, _)| key == name);
        self.with.usage += u32::from(usage.is_some());
        self.with.at += u32::from(at.is_some());
        self.with.id += u32::from(!draft.response_id.is_empty());
        let first = draft.fresh.first().map(|(_, raw)| raw.item());
        let system = first.is_some_and(|item| matches!(item.role(), Some("system" | "developer")));
        self.with.instructions += u32::from(has("instructions") || (system && !self.is_session()));
        self.with.tools += u32::from(has("tools"));
        if let Some(model) = fields.iter().find(|(key, _)| key == "model") {
            let model = model.1.value().as_str().unwrap_or_default().to_owned();
            *self.session.models.entry(model).or_default() += 1;
        }
        self.first_at = self.first_at.or(*at);
        // Clocks are set back; a time before the first is none.
        let since = |first: i64| u64::try_from(at.as_ref()?.saturating_sub(first)).ok();
        let at_ms = self.first_at.and_then(since);
        let input_at = draft.fields.len() as u32;
        let mut values = draft.fields;
        let output: Vec<(Digest, Raw)> =
            draft.output.into_iter().map(|raw| (raw.digest(), raw)).collect();
        let fields: Vec<(String, Digest)> =
            values.iter().map(|(key, raw)| (key.clone(), raw.digest())).collect();
        let recorded = Recorded {
            thread: draft.thread,
            parent: draft.parent,
            endpoint: draft.endpoint,
            fields,
            input_at: Some(input_at),
            input_is_text: false,
            input: draft.input,
            response_id: draft.response_id,
            ending: draft.ending,
            output: output.iter().map(|(digest, _)| *digest).collect(),
            usage: draft.usage,
            answered_by: draft.answered_by,
            at_ms,
            stale: false,
            sent: None,
            attempts: Vec::new(),
        };
        let fields = values.drain(..).map(|(_, raw)| (raw.digest(), raw));
        let all = fields.chain(draft.fresh).chain(output).collect();
        self.sink.exchange(recorded, all)?;
        self.count += 1;
        Ok(self.count - 1)
    }

    /// The header, once everything was read. `agent` is the program, `version` its version; `always`
    /// is what this format never holds.
    pub(super) fn finish(
        mut self,
        agent: &str,
        version: Option<String>,
        always: &[Lack],
    ) -> Result<(Header, Session), RecordingError> {
        if self.count == 0 {
            return Err(match self.bad {
                Some((line, why)) => {
                    let what = Kind::Line(format!("{why}; {}", Kind::Nothing));
                    RecordingError::line(self.path, line, what)
                }
                None => RecordingError::file(self.path, Kind::Nothing),
            });
        }
        let none = [
            (Lack::Tools, self.with.tools),
            (Lack::Instructions, self.with.instructions),
            (Lack::Ids, self.with.id),
            (Lack::Timing, self.with.at),
            (Lack::Usage, self.with.usage),
        ];
        let mut lacks: Vec<Lack> = none.iter().filter(|(_, n)| *n == 0).map(|(l, _)| *l).collect();
        lacks.extend(always);
        lacks.sort();
        lacks.dedup();
        if self.with.usage > 0 && self.with.usage < self.count {
            let missing = self.count - self.with.usage;
            self.session.note(None, format!("{missing} of {} answers without usage", self.count));
        }
        let models = &self.session.models;
        // Of equally frequent ones the first.
        let most = models.values().max().copied().unwrap_or_default();
        let model = models.iter().find(|(_, count)| **count == most).map(|(name, _)| name.as_str());
        let agent = match &version {
            Some(version) => format!("{agent} {version}"),
            None => agent.to_owned(),
        };
        let mut header = Header::new("imported", &agent, model.unwrap_or("unknown"), "", "base");
        // Nothing was masked.
        header.rules.clear();
        header.source = Some(Source { format: self.format.as_str().into(), version });
        header.lacks = lacks;
        Ok((header, self.session))
    }
}
