//! What there is to say of a session: an account, what is missing, and the small keys.

use super::commit::Chosen;
use super::drafting::Draft;
use super::places::Places;
use super::redact::Redaction;
use super::replay::Replayed;
use crate::recording::import::Imported;
use crate::scenario::Budgets;
use std::collections::BTreeSet;

/// So many notes of one kind are shown.
const NOTES: usize = 10;

/// What of the session could not be done again.
pub(super) fn gaps(replayed: &Replayed) -> Vec<String> {
    let mut out: Vec<String> = replayed.notes.iter().take(NOTES).cloned().collect();
    if replayed.notes.len() > NOTES {
        out.push(format!("and {} more of such", replayed.notes.len() - NOTES));
    }
    if !replayed.foreign.is_empty() {
        let tools: Vec<String> =
            replayed.foreign.iter().map(|(tool, count)| format!("{count} {tool}")).collect();
        out.push(format!("calls that a script has no word for: {}", tools.join(", ")));
    }
    out
}

/// What the log says of itself.
pub(super) fn about_session(imported: &Imported, missing: &mut Vec<String>) {
    let session = &imported.session;
    if !session.compactions.is_empty() {
        let count = session.compactions.len();
        missing.push(format!("the session was compacted {count} times; the scenario is not"));
    }
    let threads: BTreeSet<u32> =
        imported.recording.exchanges.iter().map(|exchange| exchange.thread).collect();
    if threads.len() > 1 {
        let count = threads.len() - 1;
        missing.push(format!(
            "{count} conversations of sub-agents: what they did is done by the main one"
        ));
    }
    // Tokens are of no concern to a scenario.
    let notes = session.notes.iter().filter(|note| !note.text.contains("usage"));
    missing.extend(notes.map(|note| format!("log, {note}")));
    if session.more_notes > 0 {
        missing.push(format!("log: {} more notes", session.more_notes));
    }
}

pub(super) fn account(
    imported: &Imported,
    chosen: &Chosen,
    places: &Places,
    draft: &Draft,
) -> Vec<(&'static str, String)> {
    let header = &imported.recording.header;
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let answers = count(imported.recording.exchanges.len(), "answer");
    let messages = count(draft.replayed.messages.len(), "message");
    let verbs: Vec<String> =
        draft.replayed.verbs.iter().map(|(verb, count)| format!("{count} {verb}")).collect();
    let root = match places.root() {
        "" => "the log names no folder".to_owned(),
        root => format!("{root} is the root of the repository"),
    };
    let folder = if places.folder.is_empty() { "." } else { &places.folder };
    let checks = match draft.tried.as_slice() {
        [] => format!("{}, of lines in files", count(draft.checks.len(), "check")),
        tried => format!("failed early, passed late: {}", tried.join("; ")),
    };
    vec![
        ("session", format!("{}, {messages}, {answers}", header.agent)),
        ("commit", format!("{} ({})", chosen.id, chosen.how)),
        ("folder", format!("{folder} ({root})")),
        ("changed", draft.changed.join(", ")),
        ("checks", checks),
        ("script", format!("{}: {}", count(draft.replayed.steps.len(), "step"), verbs.join(", "))),
    ]
}

/// The first words of the first message, as a name.
pub(super) fn name_of(said: &[String]) -> String {
    let text =
        said.iter().map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or_default();
    // Names reach journals and paths.
    let text = Redaction::default().clean(text);
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.take(6).map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    match name.is_empty() {
        true => "session".to_owned(),
        false => name.chars().take(48).collect::<String>().trim_end_matches('-').to_owned(),
    }
}

pub(super) fn summary(messages: &[String]) -> String {
    let text = messages.iter().flat_map(|text| text.lines()).map(str::trim);
    let line = text.into_iter().find(|line| !line.is_empty()).unwrap_or("a session");
    line.chars().take(80).collect()
}

/// The day of a time as logs write it.
pub(super) fn date(time: &str) -> Option<String> {
    let day = time.get(..10)?;
    let shape = day.bytes().enumerate().all(|(i, byte)| match i {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (shape && day >= "1970-01-01").then(|| day.to_owned())
}

/// Room for as many steps.
pub(super) fn budgets(steps: usize) -> Budgets {
    let usual = Budgets::default();
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    Budgets {
        requests: usual.requests.max(steps.saturating_mul(2)),
        bytes: usual.bytes.max(u64::from(steps) << 21),
        seconds: usual.seconds.max(steps.saturating_mul(10)),
        ..usual
    }
}
