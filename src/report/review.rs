//! What a person looks at before a recording is replaced: requests, answers, calls, verdict.

use super::format::{WIDTH, cut, plural, wrap};
use crate::recording::Layer;
use crate::recording::matching::{AnswerChange, Changes, RequestChange};

/// So many changes of a kind are shown; the rest is counted.
const SHOWN: usize = 12;

/// One recording that waits.
#[derive(Clone, Debug, Default)]
pub struct Reviewed {
    /// The file that would be replaced, for people.
    pub file: String,
    /// Exchanges before and after; none before for a recording that is new.
    pub exchanges: (Option<usize>, usize),
    /// What differs.
    pub changes: Changes,
    /// Words of the outcomes that the agent as it is now gets from either; none where there is no
    /// scenario to run.
    pub outcomes: Option<(String, String)>,
    /// Answers that would be marked stale.
    pub stale: usize,
}

/// The text, at most [`WIDTH`] columns.
#[must_use]
pub fn review(one: &Reviewed) -> String {
    let mut lines = vec![head(one)];
    let Changes { requests, answers, added, lost, renamed } = &one.changes;
    for change in requests.iter().take(SHOWN) {
        lines.extend(request(change));
    }
    more(&mut lines, requests.len(), "change of requests", "changes of requests");
    for change in answers.iter().take(SHOWN) {
        lines.extend(answer(change));
    }
    more(&mut lines, answers.len(), "change of answers", "changes of answers");
    let exchanges = |word: &str, numbers: &[u32]| {
        let list: Vec<String> = numbers.iter().map(u32::to_string).collect();
        wrap(&format!("  {word:8} exchanges {}", list.join(", ")), WIDTH, "           ")
    };
    if !added.is_empty() {
        lines.extend(exchanges("added", added));
    }
    if !lost.is_empty() {
        lines.extend(exchanges("lost", lost));
    }
    if one.changes.is_empty() {
        let why = if *renamed > 0 { "only ids differ" } else { "nothing that people read differs" };
        lines.push(format!("  same     {why}"));
    }
    if one.stale > 0 {
        let answers = plural(one.stale, "answer");
        lines.push(format!("  stale    {answers} kept, which other requests got"));
    }
    if let Some((before, after)) = &one.outcomes {
        lines.push(format!(
            "  verdict  the agent as it is: {before} with the old, {after} with the new"
        ));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn head(one: &Reviewed) -> String {
    let (before, after) = one.exchanges;
    let size = match before {
        None => format!("new, {}", plural(after, "exchange")),
        Some(before) if before == after => plural(after, "exchange"),
        Some(before) => format!("{} instead of {before}", plural(after, "exchange")),
    };
    format!("{}: {size}", one.file)
}

fn more(lines: &mut Vec<String>, count: usize, one: &str, many: &str) {
    match count.saturating_sub(SHOWN) {
        0 => {}
        1 => lines.push(format!("  (1 more {one})")),
        rest => lines.push(format!("  ({rest} more {many})")),
    }
}

fn sides(recorded: Option<&String>, received: Option<&String>) -> Vec<String> {
    let side =
        |sign: &str, text: &String| cut(&format!("    {sign} {}", text.replace('\n', "⏎")), WIDTH);
    let old = recorded.map(|text| side("-", text));
    let new = received.map(|text| side("+", text));
    old.into_iter().chain(new).collect()
}

fn request(change: &RequestChange) -> Vec<String> {
    let one = &change.difference;
    let mut text = format!("  request  {}", one.severity.as_str());
    if one.layer != Layer::Other {
        text.push_str(&format!(" · {}", one.layer.as_str()));
    }
    text.push_str(&format!(" · {} {}", one.pointer, one.change.as_str()));
    let times = plural(change.times as usize, "request");
    text.push_str(&format!(" · {times} from exchange {} on", change.exchange));
    let mut lines = wrap(&text, WIDTH, "           ");
    lines.extend(sides(one.recorded.as_ref(), one.received.as_ref()));
    lines
}

fn answer(change: &AnswerChange) -> Vec<String> {
    let kind = if change.is_call { "call" } else { "answer" };
    let state = match (&change.recorded, &change.received) {
        (None, _) => " added",
        (_, None) => " lost",
        _ => "",
    };
    let mut lines =
        vec![format!("  {kind:8} exchange {}: {}{state}", change.exchange, change.what)];
    lines.extend(sides(change.recorded.as_ref(), change.received.as_ref()));
    lines
}

#[cfg(test)]
mod tests {
    use super::{Reviewed, review};
    use crate::recording::Layer;
    use crate::recording::matching::{
        AnswerChange, Change, Changes, Difference, RequestChange, Severity,
    };

    #[test]
    fn requests_answers_calls_and_verdict() {
        let text = |text: &str| Some(text.to_owned());
        let difference = Difference {
            severity: Severity::Context,
            change: Change::Changed,
            layer: Layer::Instructions,
            pointer: "/instructions".into(),
            byte: Some(25),
            recorded: text("Run the tests before you answer."),
            received: text("Run the tests twice before you answer."),
            recorded_digest: None,
            received_digest: None,
        };
        let answer = |is_call, what: &str, recorded, received| AnswerChange {
            exchange: 2,
            is_call,
            what: what.into(),
            recorded,
            received,
        };
        let one = Reviewed {
            file: "recordings/words.jsonl".into(),
            exchanges: (Some(3), 4),
            changes: Changes {
                requests: vec![RequestChange { exchange: 0, difference, times: 3 }],
                answers: vec![
                    answer(
                        true,
                        "exec_command",
                        text("{\"cmd\":\"make\"}"),
                        text("{\"cmd\":\"make -k\"}"),
                    ),
                    answer(false, "said", None, text("Done.\nTwice.")),
                ],
                added: vec![3],
                ..Changes::default()
            },
            outcomes: Some(("drift".into(), "pass".into())),
            stale: 0,
        };
        insta::assert_snapshot!(review(&one), @r#"
        recordings/words.jsonl: 4 exchanges instead of 3
          request  context · instructions · /instructions changed · 3 requests from exchange 0 on
            - Run the tests before you answer.
            + Run the tests twice before you answer.
          call     exchange 2: exec_command
            - {"cmd":"make"}
            + {"cmd":"make -k"}
          answer   exchange 2: said added
            + Done.⏎Twice.
          added    exchanges 3
          verdict  the agent as it is: drift with the old, pass with the new
        "#);
        insta::assert_snapshot!(review(&Reviewed { changes: Changes::default(), stale: 3, ..one }), @r"
        recordings/words.jsonl: 4 exchanges instead of 3
          same     nothing that people read differs
          stale    3 answers kept, which other requests got
          verdict  the agent as it is: drift with the old, pass with the new
        ");
    }
}
