//! What a scan of session logs found: a row a session, and the sums.

use crate::cache::{MissReason, Prices};
use crate::measure::{RunMeasure, conversation, measure};
use crate::recording::import::{Imported, millis};
use crate::wire::Raw;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Tokens of the shortest prefix that most providers keep.
const CACHEABLE: u64 = 1_024;

/// What became of one file.
#[derive(Clone, Debug, PartialEq)]
pub enum Scanned {
    /// A session.
    Row(Box<ScanRow>),
    /// A log without any answer of a model: opened and closed again.
    Empty,
    /// It cannot be read: why.
    Unreadable(String),
}

/// One session.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ScanRow {
    /// The file.
    pub file: String,
    /// The format of the log.
    pub format: String,
    /// Program and version.
    pub agent: String,
    /// Models that answered.
    pub models: Vec<String>,
    /// The folder in which the program worked.
    pub folder: Option<String>,
    /// When the session began, as the log writes it.
    pub started: Option<String>,
    /// Requests that were answered.
    pub requests: u64,
    /// Conversations; more than one with sub-agents.
    pub threads: u64,
    /// Bytes of the rendered prompts, as far as the log holds them.
    pub sent_bytes: u64,
    /// Those behind the longest prefix of any earlier request.
    pub new_bytes: u64,
    /// Input tokens by the provider's count; none where the log has no count.
    pub input_tokens: Option<u64>,
    /// Those that were read from its cache.
    pub cached_tokens: Option<u64>,
    /// Output tokens.
    pub output_tokens: Option<u64>,
    /// Prefix breaks by cause.
    pub breaks: BTreeMap<String, u64>,
    /// Requests that found nothing in the provider's cache although 1,024 tokens or more of them were
    /// sent before.
    pub cold: u64,
    /// Compactions.
    pub compactions: u64,
    /// Billionths of a dollar; none where a model has no price or an answer no count.
    pub cost_nano_usd: Option<u64>,
    /// Models without a price.
    pub unpriced: Vec<String>,
    /// Lines that were skipped, and other doubts.
    pub notes: u64,
    /// What the log lacks.
    pub lacks: Vec<String>,
}

impl ScanRow {
    /// Measures a session.
    #[must_use]
    pub fn of(file: &str, imported: &Imported, prices: &Prices) -> Self {
        let Imported { recording, session } = imported;
        let measured = measure(&conversation(recording));
        let sum = |of: fn(&crate::measure::RequestMeasure) -> u64| -> u64 {
            measured.requests.iter().map(of).fold(0, u64::saturating_add)
        };
        let counted = |of: fn(&crate::wire::Usage) -> u64| -> Option<u64> {
            let usages = recording.exchanges.iter().filter_map(|exchange| exchange.usage.as_ref());
            usages.map(of).reduce(u64::saturating_add)
        };
        let threads: BTreeSet<u32> = recording.exchanges.iter().map(|one| one.thread).collect();
        let mut breaks: BTreeMap<String, u64> = BTreeMap::new();
        for one in &measured.breaks {
            *breaks.entry(one.cause.as_str().to_owned()).or_default() += 1;
        }
        let (cost_nano_usd, unpriced) = money(imported, prices);
        let source = recording.header.source.as_ref();
        Self {
            file: file.to_owned(),
            format: source.map(|source| source.format.clone()).unwrap_or_default(),
            agent: recording.header.agent.clone(),
            models: session.models.keys().cloned().collect(),
            folder: session.folder.clone(),
            started: session.started.clone(),
            requests: recording.exchanges.len() as u64,
            threads: threads.len() as u64,
            sent_bytes: sum(|request| request.sent_bytes),
            new_bytes: sum(|request| request.new_bytes),
            input_tokens: counted(|usage| usage.input_tokens),
            cached_tokens: counted(crate::wire::Usage::cached),
            output_tokens: counted(|usage| usage.output_tokens),
            breaks,
            cold: cold(&measured),
            compactions: session.compactions.len().max(measured.compactions.len()) as u64,
            cost_nano_usd,
            unpriced,
            notes: (session.notes.len() + session.more_notes) as u64,
            lacks: recording
                .header
                .lacks
                .iter()
                .map(|lack| format!("{lack:?}").to_lowercase())
                .collect(),
        }
    }

    /// Breaks that no compaction explains.
    pub(super) fn other_breaks(&self) -> impl Iterator<Item = (&str, u64)> {
        let compacted = MissReason::ContextCompacted.as_str();
        let breaks = self.breaks.iter().map(|(cause, count)| (cause.as_str(), *count));
        breaks.filter(move |(cause, _)| *cause != compacted)
    }
}

/// What the session cost, if every answer has a count and every model a price.
fn money(imported: &Imported, prices: &Prices) -> (Option<u64>, Vec<String>) {
    let recording = &imported.recording;
    let (mut sum, mut whole, mut unpriced) = (0u64, true, BTreeSet::new());
    for exchange in &recording.exchanges {
        let model = exchange.fields.iter().find(|(key, _)| key == "model");
        let model =
            model.and_then(|(_, digest)| recording.items.get(digest)?.raw().map(Raw::value));
        let model = model.as_ref().and_then(|model| model.as_str()).unwrap_or("unknown");
        // An answer that was cut has no count, and nobody knows what it cost.
        let Some(usage) = &exchange.usage else {
            whole = false;
            continue;
        };
        match prices.cost(model, usage) {
            Some(cost) => sum = sum.saturating_add(cost),
            None => {
                unpriced.insert(model.to_owned());
            }
        }
    }
    let any = recording.exchanges.iter().any(|exchange| exchange.usage.is_some());
    let known = unpriced.is_empty() && any && whole;
    (known.then_some(sum), unpriced.into_iter().collect())
}

/// Requests that the provider served cold although so much was sent before that it could have kept.
fn cold(measured: &RunMeasure) -> u64 {
    let cold = measured
        .requests
        .iter()
        .filter(|request| request.cached_tokens == Some(0) && request.prefix_tokens >= CACHEABLE);
    cold.count() as u64
}

/// The order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The newest first.
    Newest,
    /// The costliest first; those without a price by their tokens, behind.
    Cost,
}

/// A whole scan.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scan {
    /// Version of this shape.
    pub version: u32,
    /// The day of the prices.
    pub prices: String,
    /// The sessions, in the order asked for.
    pub sessions: Vec<ScanRow>,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// Logs without an answer.
    pub empty: u64,
    /// Everything together.
    pub totals: ScanRow,
}

impl Scan {
    /// Sorts and sums. Files come with their names.
    #[must_use]
    pub fn of(files: Vec<(String, Scanned)>, sort: Sort, prices: &Prices) -> Self {
        let mut scan = Self { version: 1, prices: prices.date.clone(), ..Self::default() };
        for (file, scanned) in files {
            match scanned {
                Scanned::Row(row) => scan.sessions.push(*row),
                Scanned::Empty => scan.empty += 1,
                Scanned::Unreadable(why) => scan.unreadable.push((file, why)),
            }
        }
        scan.unreadable.sort();
        scan.sessions.sort_by(|a, b| {
            let at = |row: &ScanRow| row.started.as_deref().and_then(millis);
            let newest = at(b).cmp(&at(a)).then_with(|| a.file.cmp(&b.file));
            match sort {
                Sort::Newest => newest,
                Sort::Cost => {
                    let cost = b.cost_nano_usd.cmp(&a.cost_nano_usd);
                    cost.then(b.input_tokens.cmp(&a.input_tokens)).then(newest)
                }
            }
        });
        scan.totals = totals(&scan.sessions);
        scan
    }

    /// The scan as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        // The types hold nothing that JSON cannot carry.
        let mut value = serde_json::to_value(self).unwrap_or_default();
        value["caveats"] = super::scan_text::caveats(self).into();
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    }
}

fn totals(rows: &[ScanRow]) -> ScanRow {
    let mut totals = ScanRow { file: "all".into(), ..ScanRow::default() };
    let add = |to: &mut Option<u64>, from: Option<u64>| {
        if let Some(from) = from {
            *to = Some(to.unwrap_or_default().saturating_add(from));
        }
    };
    let (mut models, mut unpriced) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        totals.requests += row.requests;
        totals.threads += row.threads;
        totals.sent_bytes = totals.sent_bytes.saturating_add(row.sent_bytes);
        totals.new_bytes = totals.new_bytes.saturating_add(row.new_bytes);
        add(&mut totals.input_tokens, row.input_tokens);
        add(&mut totals.cached_tokens, row.cached_tokens);
        add(&mut totals.output_tokens, row.output_tokens);
        for (cause, count) in &row.breaks {
            *totals.breaks.entry(cause.clone()).or_default() += count;
        }
        totals.cold += row.cold;
        totals.compactions += row.compactions;
        totals.notes += row.notes;
        if let Some(cost) = row.cost_nano_usd {
            totals.cost_nano_usd =
                Some(totals.cost_nano_usd.unwrap_or_default().saturating_add(cost));
        }
        models.extend(row.models.iter().cloned());
        unpriced.extend(row.unpriced.iter().cloned());
    }
    totals.models = models.into_iter().collect();
    totals.unpriced = unpriced.into_iter().collect();
    totals
}
