//! What is wrong with a file, or better not in it: told as findings with line, JSON pointer and cure.
//!
//! A recording is read as the player reads it; what the reader refuses is the first finding, and the
//! only one of its kind, since nothing can be said of what follows. What the reader accepts may still
//! never be played (two exchanges ask the same), be refused by the API (an output without its call),
//! or be something that nobody should share: secrets, paths of somebody's home, a vendor's prompt.
//! Any other text is searched for secrets and home paths.

mod exchanges;
mod home;
mod pointer;

use super::secrets::{Hit, Secrets};
use super::volatile::Elide;
use super::{Entry, Recording, RecordingErrorKind};
use crate::wire::Digest;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Something to be mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
    /// What kind of thing: `schema`, `version`, `orphan`, `pairing`, `unplayable`, `duplicate`,
    /// `secret`, `home`, `oversize`, `third-party`.
    pub kind: &'static str,
    /// What is wrong.
    pub what: String,
    /// Where in the line, as a JSON pointer; empty if it is no JSON or the whole is meant.
    pub pointer: String,
    /// What to do about it.
    pub fix: String,
}

impl Finding {
    /// A finding about a whole file or line.
    #[must_use]
    pub fn new(line: usize, kind: &'static str, what: String, fix: &str) -> Self {
        Self { line, kind, what, pointer: String::new(), fix: fix.to_owned() }
    }

    fn at(self, pointer: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), ..self }
    }
}

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Linter {
    /// Finds secrets.
    pub secrets: Secrets,
    /// The home folder of whoever asks.
    pub home: Option<String>,
    /// What recordings of an agent leave out, by its name.
    pub elide: BTreeMap<String, Elide>,
}

/// Recordings are reviewed and cloned by people: above this size, nobody reads one.
const LARGEST_FILE: usize = 1_000_000;
/// No prompt layer and no output that an agent keeps is larger.
const LARGEST_ITEM: usize = 250_000;

const REDACT: &str = "unreel lint --fix";

impl Linter {
    /// Everything about the text of a recording; `path` is only named in help.
    #[must_use]
    pub fn recording(&self, path: &Path, text: &str) -> Vec<Finding> {
        let mut findings = match Recording::parse(path, text) {
            Ok(recording) => self.read(&recording, text),
            Err(error) => vec![refused(path, &error)],
        };
        findings.extend(self.text(text));
        if text.len() > LARGEST_FILE {
            let what = format!("the recording has {} bytes", text.len());
            findings.push(Finding::new(
                0,
                "oversize",
                what,
                "record a shorter scenario, or elide what the vendor sends (`elide` of the agent file)",
            ));
        }
        findings.sort_by_key(|finding| finding.line);
        findings
    }

    /// Secrets and home paths of any text.
    #[must_use]
    pub fn text(&self, text: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        let places = Places::new(text);
        for Hit { kind, range, form } in self.secrets.scan(text) {
            let how = match form {
                super::secrets::Form::Plain => "",
                super::secrets::Form::Base64 => " in base64",
                super::secrets::Form::Url => " in URL-encoded text",
            };
            let what = format!("{kind}{how}, {} bytes", range.len());
            findings.push(places.finding(range.start, "secret", what, REDACT));
        }
        let mut homes: Vec<(Finding, usize)> = Vec::new();
        for (range, who) in home::find(text, self.home.as_deref()) {
            let what = format!("a path of the home folder of {who}");
            let fix = "record in the sandbox, or let a volatile rule of the agent file replace it";
            let finding = places.finding(range.start, "home", what, fix);
            // An output that lists a folder says it a hundred times.
            match homes.iter_mut().rev().take(16).find(|(known, _)| *known == finding) {
                Some((_, times)) => *times += 1,
                None => homes.push((finding, 1)),
            }
        }
        findings.extend(homes.into_iter().map(|(mut finding, times)| {
            if times > 1 {
                finding.what.push_str(&format!(", {times} times"));
            }
            finding
        }));
        findings
    }

    fn read(&self, recording: &Recording, text: &str) -> Vec<Finding> {
        let lines = Lines::of(text);
        let mut findings = exchanges::check(recording, &lines);
        let mut used: BTreeSet<&Digest> = BTreeSet::new();
        for exchange in &recording.exchanges {
            let fields = exchange.fields.iter().map(|(_, digest)| digest);
            let verbatim = exchange.attempts.iter().chain(&exchange.sent);
            used.extend(fields.chain(&exchange.input).chain(&exchange.output));
            used.extend(verbatim.flat_map(super::Verbatim::digests));
        }
        for (digest, line) in &lines.items {
            if !used.contains(digest) {
                let what = format!("no exchange uses item {digest}");
                findings.push(Finding::new(*line, "orphan", what, REDACT).at("/item"));
            }
            let size = recording.items.get(digest).and_then(Entry::raw).map_or(0, |raw| raw.len());
            if size > LARGEST_ITEM {
                let what = format!("the item has {size} bytes");
                let fix = "truncate the output, or elide it (`elide` of the agent file)";
                findings.push(Finding::new(*line, "oversize", what, fix).at("/json"));
            }
        }
        for (digest, line) in &lines.repeated {
            let what = format!("item {digest} stands twice");
            findings.push(Finding::new(*line, "duplicate", what, REDACT).at("/item"));
        }
        findings.extend(self.third_party(recording, &lines));
        findings.extend(self.headers(recording, &lines));
        findings
    }

    /// Headers whose name says that their value is a secret; the text alone says it of others.
    fn headers(&self, recording: &Recording, lines: &Lines) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (number, exchange) in recording.exchanges.iter().enumerate() {
            let attempts = exchange.attempts.iter().enumerate();
            let attempts = attempts.map(|(at, sent)| (format!("/attempts/{at}"), sent));
            let sent = exchange.sent.iter().map(|sent| ("/response/sent".to_owned(), sent));
            for (pointer, sent) in attempts.chain(sent) {
                for (at, (name, value)) in sent.headers.iter().enumerate() {
                    let hits = self.secrets.scan(&format!("{name}: {value}"));
                    let Some(hit) = hits.first() else { continue };
                    if !self.secrets.scan(value).is_empty() {
                        continue;
                    }
                    let what =
                        format!("{} in the header {name}, {} bytes", hit.kind, hit.range.len());
                    let at = format!("{pointer}/headers/{at}/1");
                    findings
                        .push(Finding::new(lines.exchange(number), "secret", what, REDACT).at(at));
                }
            }
        }
        findings
    }

    /// Values that recordings of this agent leave out.
    fn third_party(&self, recording: &Recording, lines: &Lines) -> Vec<Finding> {
        let agent = recording.header.agent.split(' ').next().unwrap_or_default();
        let Some(elide) = self.elide.get(agent) else { return Vec::new() };
        let found = |(digest, name): (Digest, String)| {
            let what = format!("{name} of {agent}, in full");
            let fix = "record again with `unreel record --agent`, which leaves it out, or unreel lint --fix";
            let line = lines.items.get(&digest).copied().unwrap_or_default();
            Finding::new(line, "third-party", what, fix).at("/json")
        };
        elide.named(recording).into_iter().map(found).collect()
    }
}

/// What the reader says, as a finding.
fn refused(path: &Path, error: &super::RecordingError) -> Finding {
    let line = error.at().unwrap_or_default();
    let (kind, fix) = match error.kind() {
        RecordingErrorKind::Version { found, reads } if (1..*reads).contains(found) => {
            ("version", format!("unreel migrate {}", path.display()))
        }
        RecordingErrorKind::Version { found: 0, .. } => {
            ("version", "restore the file, or record again".to_owned())
        }
        RecordingErrorKind::Version { .. } => ("version", "use a newer unreel".to_owned()),
        _ => ("schema", "restore the file, or record again".to_owned()),
    };
    Finding::new(line, kind, error.kind().to_string(), &fix)
}

/// Where the lines of a text begin.
struct Places<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    fn finding(&self, at: usize, kind: &'static str, what: String, fix: &str) -> Finding {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts[line - 1];
        let rest = &self.text[start..];
        let whole = rest.split('\n').next().unwrap_or_default();
        Finding::new(line, kind, what, fix).at(pointer::of(whole, at - start))
    }
}

/// Which line of a recording holds what.
struct Lines {
    items: BTreeMap<Digest, usize>,
    repeated: Vec<(Digest, usize)>,
    exchanges: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let mut lines =
            Self { items: BTreeMap::new(), repeated: Vec::new(), exchanges: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            if line.starts_with("{\"exchange\"") {
                lines.exchanges.push(number);
            }
            let hex = line.strip_prefix("{\"item\":").and_then(|rest| rest.get(..34));
            let Some(digest) = hex.and_then(|hex| serde_json::from_str::<Digest>(hex).ok()) else {
                continue;
            };
            match lines.items.entry(digest) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(number);
                }
                std::collections::btree_map::Entry::Occupied(_) => {
                    lines.repeated.push((digest, number));
                }
            }
        }
        lines
    }

    fn exchange(&self, number: usize) -> usize {
        self.exchanges.get(number).copied().unwrap_or_default()
    }
}
