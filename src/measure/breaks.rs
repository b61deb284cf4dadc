//! Prefix breaks: requests that did not extend their predecessor.
//!
//! The predecessor is the last sampling request of the thread: a compaction call ends in something
//! that the next request does not repeat. Such a call is judged itself, since one that is built
//! unlike a turn pays for the whole prompt. A warm-up is not: it fills a cache and waits for nothing
//! out of it. The rendering decides whether there is a break; what
//! else changed in the request only names its cause.

use super::diff::first_difference;
use super::protocol::is_warm_up;
use super::results::PrefixBreak;
use super::session::{Session, made_at};
use super::settings;
use crate::cache::{MissReason, Segment, shared, total};
use crate::recording::{Exchange, Layer};

/// All breaks, in order.
pub(super) fn breaks(session: &Session<'_>) -> Vec<PrefixBreak> {
    (0..session.log.exchanges.len())
        .filter(|&index| !is_warm_up(session.exchange(index)))
        .filter_map(|index| break_between(session, session.predecessor(index)?, index))
        .collect()
}

fn break_between(session: &Session<'_>, before: usize, index: usize) -> Option<PrefixBreak> {
    let (old, new) = (&session.segments[before], &session.segments[index]);
    let kept = shared(old, new);
    let at = kept.segments;
    let lost = old.get(at)?;
    let (pointer, layer) = match new.get(at) {
        None => (lost.pointer.clone(), session.layers[before][at]),
        Some(other) if other.pointer == lost.pointer => {
            (first_difference(lost, other), session.layers[before][at])
        }
        // Something was added before the rest, a tool for example.
        Some(other) if section(other) < section(lost) => {
            (other.pointer.clone(), session.layers[index][at])
        }
        Some(_) => (lost.pointer.clone(), session.layers[before][at]),
    };
    let whole = total(old);
    Some(PrefixBreak {
        seq: session.exchange(index).seq,
        after_seq: session.exchange(before).seq,
        pointer,
        layer,
        cause: cause(session, before, index, layer),
        tokens_lost: whole.tokens.saturating_sub(kept.tokens),
        bytes_lost: whole.bytes - kept.bytes,
    })
}

/// Place of a segment's section in the rendering.
fn section(segment: &Segment) -> u8 {
    match segment.pointer.split('/').nth(1) {
        Some("tools") => 0,
        Some("instructions") => 1,
        _ => 2,
    }
}

/// The first that applies, in the order of the provider's vocabulary.
fn cause(session: &Session<'_>, before: usize, index: usize, layer: Layer) -> MissReason {
    let (old, new) = (session.exchange(before), session.exchange(index));
    let changed = |reason| settings::changed(old, new, reason);
    match () {
        () if changed(MissReason::ModelChanged) => MissReason::ModelChanged,
        () if changed(MissReason::PromptCacheKeyChanged) => MissReason::PromptCacheKeyChanged,
        () if layer == Layer::Tools || changed(MissReason::ToolsChanged) => {
            MissReason::ToolsChanged
        }
        () if changed(MissReason::TextFormatChanged) => MissReason::TextFormatChanged,
        () if changed(MissReason::ReasoningEffortChanged) => MissReason::ReasoningEffortChanged,
        () if changed(MissReason::VerbosityChanged) => MissReason::VerbosityChanged,
        () if compacted_between(session, old, new) => MissReason::ContextCompacted,
        () => MissReason::InputChanged,
    }
}

fn compacted_between(session: &Session<'_>, old: &Exchange, new: &Exchange) -> bool {
    session.compactions().any(|event| {
        let thread = session.before(event).map(|before| session.exchange(before).thread);
        thread == Some(old.thread) && (old.seq..new.seq).contains(&made_at(event))
    })
}

#[cfg(test)]
mod tests {
    use crate::cache::{MissReason, count};
    use crate::measure::testing::{compaction, exchange, log, user, with};
    use crate::measure::{Layer, PrefixBreak, measure};
    use crate::recording::Exchange;
    use crate::wire::Endpoint;
    use serde_json::{Value, json};

    fn breaks(exchanges: Vec<Exchange>) -> Vec<PrefixBreak> {
        measure(&log(exchanges)).breaks
    }

    fn tools(names: &[&str]) -> Value {
        names.iter().map(|name| json!({ "name": name })).collect()
    }

    #[test]
    fn another_order_of_tools() {
        let a = with(exchange(0, &[user("hi")]), "tools", tools(&["run", "patch"]));
        let b = with(exchange(1, &[user("hi"), user("go")]), "tools", tools(&["patch", "run"]));
        let text =
            "{\"name\":\"run\"}\n{\"name\":\"patch\"}\n{\"role\":\"user\",\"content\":\"hi\"}\n";
        let tokens: u64 = text.lines().map(|line| count(&format!("{line}\n"))).sum();
        let shared = "{\"name\":\"";
        assert_eq!(
            breaks(vec![a, b]),
            [PrefixBreak {
                seq: 1,
                after_seq: 0,
                pointer: "/tools/0/name".into(),
                layer: Layer::Tools,
                cause: MissReason::ToolsChanged,
                tokens_lost: tokens - count(shared),
                bytes_lost: (text.len() - shared.len()) as u64,
            }]
        );
    }

    #[test]
    fn tools_added_and_removed() {
        let of = |seq, names: &[&str]| with(exchange(seq, &[user("hi")]), "tools", tools(names));
        let found = breaks(vec![of(0, &["a"]), of(1, &["a", "b"]), of(2, &["a"])]);
        let places: Vec<_> =
            found.iter().map(|b| (b.pointer.as_str(), b.layer, b.cause, b.after_seq)).collect();
        let tools = (Layer::Tools, MissReason::ToolsChanged);
        assert_eq!(places, [("/tools/1", tools.0, tools.1, 0), ("/tools/1", tools.0, tools.1, 1)]);
    }

    #[test]
    fn changed_instructions_are_changed_input() {
        let of = |seq, text: &str| with(exchange(seq, &[user("hi")]), "instructions", text.into());
        let found = breaks(vec![of(0, "base"), of(1, "bass")]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].pointer, "/instructions");
        assert_eq!(
            (found[0].layer, found[0].cause),
            (Layer::Instructions, MissReason::InputChanged)
        );
        assert_eq!(
            found[0].bytes_lost,
            "\"base\"\n{\"role\":\"user\",\"content\":\"hi\"}\n".len() as u64 - 4
        );
    }

    #[test]
    fn a_changed_item_and_the_cause_that_goes_first() {
        let a = exchange(0, &[user("hi"), user("one")]);
        let b = exchange(1, &[user("hi"), user("two")]);
        let found = breaks(vec![a.clone(), b.clone()]);
        assert_eq!((found[0].pointer.as_str(), found[0].layer), ("/input/1/content", Layer::User));
        assert_eq!(found[0].cause, MissReason::InputChanged);
        let causes = [
            ("model", json!("x"), MissReason::ModelChanged),
            ("prompt_cache_key", json!("x"), MissReason::PromptCacheKeyChanged),
            ("text", json!({"format": {"type": "text"}}), MissReason::TextFormatChanged),
            ("text", json!({"verbosity": "low"}), MissReason::VerbosityChanged),
            ("reasoning", json!({"effort": "low"}), MissReason::ReasoningEffortChanged),
            ("reasoning", json!({"summary": "auto"}), MissReason::InputChanged),
            ("service_tier", json!("flex"), MissReason::InputChanged),
        ];
        for (field, value, cause) in causes {
            assert_eq!(breaks(vec![a.clone(), with(b.clone(), field, value)])[0].cause, cause);
        }
    }

    #[test]
    fn what_extends_is_no_break_whatever_else_changed() {
        let a = exchange(0, &[user("hi")]);
        let b = with(exchange(1, &[user("hi"), user("go")]), "model", "other".into());
        assert!(breaks(vec![a.clone(), a, b]).is_empty());
    }

    #[test]
    fn a_compaction_call_is_no_predecessor_and_explains_the_next_break() {
        let a = exchange(0, &[user("hi"), user("old")]);
        let trigger =
            exchange(1, &[user("hi"), user("old"), json!({"type": "compaction_trigger"})]);
        let after =
            exchange(2, &[user("hi"), json!({"type": "compaction", "encrypted_content": "x"})]);
        let mut log = log(vec![a, trigger, after]);
        assert_eq!(measure(&log).breaks[0].cause, MissReason::InputChanged);
        log.compactions = vec![compaction(1, 0, Some(1))];
        let found = measure(&log).breaks;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].seq, found[0].after_seq), (2, 0));
        assert_eq!(found[0].cause, MissReason::ContextCompacted);
        log.compactions[0].error = Some("the server refused".into());
        assert_eq!(measure(&log).breaks[0].cause, MissReason::InputChanged);
    }

    #[test]
    fn a_warm_up_neither_breaks_nor_is_gone_on_from() {
        let a = with(exchange(0, &[user("hi")]), "instructions", "base".into());
        let mut warm = with(exchange(1, &[user("of tomorrow")]), "generate", false.into());
        let b = with(exchange(2, &[user("hi"), user("go")]), "instructions", "base".into());
        assert_eq!(breaks(vec![a.clone(), warm.clone(), b.clone()]), []);
        // With an answer it is a request like any other.
        warm.output = vec![crate::wire::Raw::from_value(&json!({"role": "assistant"}))];
        assert_eq!(breaks(vec![a, warm, b]).len(), 2);
    }

    #[test]
    fn a_compaction_call_that_is_built_unlike_a_turn_breaks() {
        let a = with(exchange(0, &[user("hi")]), "tools", tools(&["run"]));
        let mut call = exchange(1, &[user("hi")]);
        call.endpoint = Endpoint::Compact;
        let next = with(exchange(2, &[user("hi"), user("go")]), "tools", tools(&["run"]));
        let found = breaks(vec![a, call, next]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].seq, found[0].cause), (1, MissReason::ToolsChanged));
    }
}
