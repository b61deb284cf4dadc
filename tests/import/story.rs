//! A recording told line by line, to compare with what is expected.

use std::fmt::Write;
use std::path::PathBuf;
use unreel::recording::Recording;
use unreel::recording::import::{Format, Imported, load};
use unreel::wire::{Digest, Ending, Kind, Raw};

/// A log of ours.
pub(crate) fn log(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/import/logs").join(name)
}

/// A log of ours, imported.
pub(crate) fn import(format: Format, name: &str) -> Imported {
    load(format, &log(name)).unwrap()
}

/// One line an exchange: thread, parent, time, input, output, count, ending. Items that the input of
/// an earlier exchange of the thread began with are `..N`.
pub(crate) fn story(imported: &Imported) -> String {
    let recording = &imported.recording;
    let mut text = String::new();
    for (number, exchange) in recording.exchanges.iter().enumerate() {
        let before = recording.exchanges[..number].iter().rev();
        let before = before.filter(|earlier| earlier.thread == exchange.thread);
        let common = |earlier: &[Digest]| {
            earlier.iter().zip(&exchange.input).take_while(|(a, b)| a == b).count()
        };
        let shared = before.map(|earlier| common(&earlier.input)).next().unwrap_or_default();
        let mut input: Vec<String> =
            exchange.input[shared..].iter().map(|item| brief(recording, item)).collect();
        if shared > 0 {
            input.insert(0, format!("..{shared}"));
        }
        let output: Vec<String> =
            exchange.output.iter().map(|item| brief(recording, item)).collect();
        let parent = exchange.parent.map(|parent| format!("<{parent}")).unwrap_or_default();
        let at = exchange.at_ms.map(|at| format!(" +{at}")).unwrap_or_default();
        let usage = exchange.usage.map(|usage| {
            format!(
                " [{}/{}/{} {}/{}]",
                usage.input_tokens,
                usage.cached(),
                usage.input_tokens_details.cache_write_tokens,
                usage.output_tokens,
                usage.output_tokens_details.reasoning_tokens
            )
        });
        let ending = match &exchange.ending {
            Ending::Completed => String::new(),
            other => format!(" {other:?}"),
        };
        writeln!(
            text,
            "{number} t{}{parent}{at} {} => {}{}{ending}",
            exchange.thread,
            input.join(" "),
            output.join(" "),
            usage.unwrap_or_default()
        )
        .unwrap();
    }
    text
}

fn brief(recording: &Recording, digest: &Digest) -> String {
    let raw: &Raw = recording.items[digest].raw().unwrap();
    let item = raw.item();
    match item.kind() {
        Kind::Message => {
            format!("{}:{:.12}", item.role().unwrap(), item.text().replace(['\n', ' '], "_"))
        }
        Kind::Reasoning => "thought".into(),
        Kind::Compaction => "blob".into(),
        kind if kind.is_call() => format!("call:{}", item.call_id().unwrap()),
        kind if kind.is_output() => {
            format!("out:{}={:.12}", item.call_id().unwrap(), item.text().trim_end())
        }
        _ => item.str("type").unwrap_or("?").to_owned(),
    }
}
