//! Re-acquisition: calls that fetch again what a compaction threw away.

use super::envelope::tool_text;
use super::session::Session;
use super::view::View;
use crate::recording::journal::{CallRecord, CompactionEvent};

/// What makes two calls the same: the tool, and the arguments with white space folded.
fn key(call: &CallRecord) -> (&str, Vec<&str>) {
    (&call.tool, call.arguments.split_whitespace().collect())
}

/// The calls from q+ to the next compaction that repeat an earlier call whose output q+ no longer
/// shows. The target counts as unchanged if the output is the same again; if it is not, the call is
/// a refresh and no loss. Calls that wrote something are no reading.
pub(super) fn reacquired<'a>(
    session: &Session<'a>,
    event: &CompactionEvent,
    after_seq: u32,
    view: &View,
) -> Vec<&'a CallRecord> {
    let end = session
        .compactions()
        .filter(|next| next.number > event.number)
        .filter_map(|next| session.after(next))
        .map(|index| session.exchange(index).seq)
        .find(|&seq| seq > after_seq)
        .unwrap_or(u32::MAX);
    let calls = || session.log.calls.iter().filter(|call| call.changed.is_empty());
    calls()
        .filter(|call| (after_seq..end).contains(&call.seq))
        .filter(|call| {
            let Some(last) = calls().rfind(|old| old.seq < after_seq && key(old) == key(call))
            else {
                return false;
            };
            let text = tool_text(&last.output);
            let shown = view.leaves.iter().any(|leaf| leaf.text.contains(text.trim()));
            !text.trim().is_empty() && !shown && tool_text(&call.output) == text
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::measure::measure;
    use crate::measure::testing::{call, compaction, exchange, log, user};
    use crate::recording::journal::RunLog;
    use serde_json::json;

    const OUTPUT: &str = "Wall time: 0.1 seconds\nOutput:\nlimit 37\n";

    /// Two calls before the compaction, `calls` after it; `shown` stands in q+.
    fn session(shown: &str, calls: &[(&str, &str, &str)]) -> RunLog {
        let cleared = json!({"type": "function_call_output", "call_id": "c", "output": shown});
        let mut log = log(vec![
            exchange(0, &[user("a")]),
            exchange(1, &[user("a"), user("b")]),
            exchange(2, &[cleared]),
        ]);
        log.compactions = vec![compaction(1, 1, None)];
        log.calls = vec![
            call(0, "exec_command", r#"{"cmd": "cat limits"}"#, OUTPUT),
            call(0, "exec_command", r#"{"cmd":"true"}"#, "Wall time: 0.1 seconds\nOutput:\n"),
        ];
        log.calls
            .extend(calls.iter().map(|(tool, arguments, output)| call(2, tool, arguments, output)));
        log
    }

    fn counted(log: &RunLog) -> (u32, u64) {
        let measured = measure(log).compactions;
        (measured[0].reacquired_calls, measured[0].reacquired_bytes)
    }

    #[test]
    fn the_same_call_with_the_same_output_is_fetched_again() {
        let later = "Wall time: 9.9 seconds\nOutput:\nlimit 37\n";
        let again = ("exec_command", "{\"cmd\":  \"cat limits\"}", later);
        // White space inside the arguments folds; the envelope does not count, its bytes do.
        assert_eq!(counted(&session("[cleared]", &[again])), (1, later.len() as u64));
    }

    #[test]
    fn what_is_shown_changed_new_empty_or_written_is_not() {
        let key = r#"{"cmd": "cat limits"}"#;
        let again = ("exec_command", key, OUTPUT);
        assert_eq!(counted(&session(OUTPUT, &[again])), (0, 0), "still shown");
        let refresh = ("exec_command", key, "limit 40\n");
        let other = ("exec_command", r#"{"cmd":"cat other"}"#, OUTPUT);
        let tool = ("read", key, OUTPUT);
        let empty = ("exec_command", r#"{"cmd":"true"}"#, "");
        assert_eq!(counted(&session("[cleared]", &[refresh, other, tool, empty])), (0, 0));
        let mut wrote = session("[cleared]", &[again]);
        wrote.calls[2].changed = vec!["M limits".into()];
        assert_eq!(counted(&wrote), (0, 0));
    }

    #[test]
    fn the_next_compaction_ends_the_window() {
        let mut log = session("[cleared]", &[]);
        log.exchanges.push(exchange(3, &[user("c")]));
        log.compactions.push(compaction(2, 2, None));
        log.calls.push(call(3, "exec_command", r#"{"cmd": "cat limits"}"#, OUTPUT));
        let all = measure(&log).compactions;
        assert_eq!((all[0].reacquired_calls, all[1].reacquired_calls), (0, 1));
    }
}
