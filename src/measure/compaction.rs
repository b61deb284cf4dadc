//! What a compaction kept, what it cost, and what had to be fetched again.
//!
//! q- is the last sampling request before, q+ the first after. Recall is conditional: of the facts
//! visible in q-, those visible in q+. A fact whose value another visible fact has replaced is no
//! longer asked for.

use super::reacquire::reacquired;
use super::results::{ClassRecall, CompactionMeasure, FactFate, RequestMeasure};
use super::session::{MAIN, Session, made_at};
use super::view::View;
use super::visible::Sought;
use crate::cache::{shared, total};
use crate::recording::journal::CompactionEvent;
use crate::scenario::{Fact, FactClass};
use crate::wire::{Digest, Request};
use std::collections::{BTreeMap, BTreeSet};

/// Measures every compaction that took place.
pub(super) fn compactions(
    session: &Session<'_>,
    requests: &[RequestMeasure],
    facts: &[Fact],
) -> Vec<CompactionMeasure> {
    let measure = |event| measure_one(session, requests, facts, event);
    session.compactions().filter_map(measure).collect()
}

fn measure_one(
    session: &Session<'_>,
    requests: &[RequestMeasure],
    facts: &[Fact],
    event: &CompactionEvent,
) -> Option<CompactionMeasure> {
    let before = session.before(event)?;
    let after = session.after(event);
    let whole = total(&session.segments[before]);
    let left = after.map(|after| total(&session.segments[after])).unwrap_or_default();
    // An appending step would have had all of q- in the cache.
    let reset = after.map_or(0, |after| {
        let kept = shared(&session.segments[before], &session.segments[after]);
        whole.tokens.saturating_sub(kept.tokens)
    });
    let call = requests.iter().find(|request| Some(request.seq) == event.call_seq);

    let view_after = after.map(|after| View::of(&session.exchange(after).request));
    let fates = match &view_after {
        Some(view) => fates(facts, &View::of(&session.exchange(before).request), view),
        None => Vec::new(),
    };
    let again = match (after, &view_after) {
        (Some(after), Some(view)) => reacquired(session, event, session.exchange(after).seq, view),
        _ => Vec::new(),
    };
    let found = (
        u32::try_from(again.len()).unwrap_or(u32::MAX),
        again.iter().map(|call| call.output.len() as u64).sum(),
    );
    let carried = session.log.carried.as_ref().map(|carried| {
        let at = (event.number as usize).checked_sub(1);
        at.and_then(|at| carried.reacquired.get(at).copied()).unwrap_or_default()
    });
    let (reacquired_calls, reacquired_bytes) = carried.unwrap_or(found);
    Some(CompactionMeasure {
        number: event.number,
        strategy: event.strategy.clone(),
        phase: event.phase.clone(),
        before_seq: session.exchange(before).seq,
        after_seq: after.map(|after| session.exchange(after).seq),
        call_seq: event.call_seq,
        bytes_before: whole.bytes,
        bytes_after: left.bytes,
        tokens_before: whole.tokens,
        tokens_after: left.tokens,
        cache_reset_tokens: reset,
        call_new_tokens: call.map_or(0, |call| call.new_tokens),
        recall: recall(&fates),
        facts: fates,
        reacquired_calls,
        reacquired_bytes,
    })
}

/// What became of each fact that was visible before.
fn fates(facts: &[Fact], before: &View, after: &View) -> Vec<FactFate> {
    current(facts, |sought| sought.in_view(before).survives())
        .into_iter()
        .map(|fact| {
            let sought = Sought::new(fact);
            let kept = sought.in_view(after).survives();
            let channel = sought.first_leaf(after).map_or("", |leaf| leaf.channel.as_str());
            FactFate { fact: fact.id.clone(), class: fact.class, kept, channel: channel.into() }
        })
        .collect()
}

/// The facts that pass a test and whose value no other passing fact has replaced.
fn current(facts: &[Fact], passes: impl Fn(&Sought) -> bool) -> Vec<&Fact> {
    let passing: Vec<&Fact> = facts.iter().filter(|fact| passes(&Sought::new(fact))).collect();
    let replaced = |fact: &Fact| {
        passing.iter().any(|other| {
            other.id != fact.id
                && other.superseded.iter().any(|old| *old == fact.value || fact.forms.contains(old))
        })
    };
    passing.iter().copied().filter(|fact| !replaced(fact)).collect()
}

fn recall(fates: &[FactFate]) -> Vec<ClassRecall> {
    let mut classes: BTreeMap<FactClass, (u32, u32)> = BTreeMap::new();
    for fate in fates {
        let (kept, of) = classes.entry(fate.class).or_default();
        *kept += u32::from(fate.kept);
        *of += 1;
    }
    classes.into_iter().map(|(class, (kept, of))| ClassRecall { class, kept, of }).collect()
}

/// Facts visible after the last compaction, of those that any request before it showed; `None`
/// without facts, without a compaction, or if nothing was sampled after it.
pub(super) fn facts_kept(session: &Session<'_>, facts: &[Fact]) -> Option<(u32, u32)> {
    if facts.is_empty() {
        return None;
    }
    let last = session.compactions().filter(|event| session.before(event).is_some()).last()?;
    let after = session.exchange(session.after(last)?);
    if after.thread != MAIN {
        return None;
    }
    let mut shown = Shown::default();
    let earlier = session.log.exchanges.iter();
    for exchange in earlier.filter(|e| e.thread == MAIN && e.seq <= made_at(last)) {
        shown.add(&exchange.request);
    }
    let introduced = current(facts, |sought| sought.in_view(&shown.view).survives());
    let view = View::of(&after.request);
    let kept = introduced.iter().filter(|fact| Sought::new(fact).in_view(&view).survives()).count();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Some((count(kept), count(introduced.len())))
}

/// Everything that several requests showed, each item once.
#[derive(Default)]
struct Shown {
    view: View,
    items: BTreeSet<Digest>,
    fields: BTreeSet<Digest>,
}

impl Shown {
    fn add(&mut self, request: &Request) {
        let fields =
            request.fields.iter().filter(|(key, _)| key == "tools" || key == "instructions");
        let parts: Vec<Vec<u8>> =
            fields.map(|(key, raw)| [key.as_bytes(), raw.as_str().as_bytes()].concat()).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        if self.fields.insert(Digest::of_parts(&parts)) {
            let head = Request { input: Vec::new(), ..request.clone() };
            self.view.leaves.extend(View::of(&head).leaves);
        }
        for (at, item) in request.input.iter().enumerate() {
            if self.items.insert(item.digest()) {
                self.view.add_item(&format!("/input/{at}"), item);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cache::{count, render, total};
    use crate::measure::testing::{compaction, exchange, log, user};
    use crate::measure::{CompactionMeasure, SUMMARY_HEAD, measure};
    use crate::recording::journal::RunLog;
    use crate::recording::seal::seal;
    use crate::scenario::FactClass;
    use serde_json::json;

    const FACTS: &str = r#"[
        {"id":"cap","class":"constraint","value":"37","forms":["at most 37"]},
        {"id":"net","class":"constraint","value":"no network","forms":["no network"]},
        {"id":"file","class":"path","value":"src/a.rs","forms":["src/a.rs"]},
        {"id":"late","class":"needle","value":"late=0badcafe","forms":["late=0badcafe"]}
    ]"#;

    /// q- is 0, the call is 1, q+ is 2; the fact `late` is only seen by the call.
    fn session() -> RunLog {
        let history = [user("at most 37, no network"), user("look at ./src/a.rs")];
        let last =
            json!({"type": "function_call_output", "call_id": "c", "output": "late=0badcafe"});
        let call = [&history[..], &[last, json!({"type": "compaction_trigger"})]].concat();
        let blob = json!({"type": "compaction", "encrypted_content": seal("[unreel:pc=2]\nfile src/a.rs")});
        let after = [user("at most 37, no network"), blob];
        // The user's own message loses one constraint.
        let after = [user("at most 37"), after[1].clone()];
        let mut log = log(vec![exchange(0, &history), exchange(1, &call), exchange(2, &after)]);
        log.facts_json = FACTS.into();
        log.compactions = vec![compaction(1, 0, Some(1))];
        log
    }

    fn only(log: &RunLog) -> CompactionMeasure {
        let mut all = measure(log).compactions;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn recall_is_two_of_three_and_says_where() {
        let measured = only(&session());
        let fates: Vec<_> = measured
            .facts
            .iter()
            .map(|fate| (fate.fact.as_str(), fate.kept, fate.channel.as_str()))
            .collect();
        assert_eq!(fates, [("cap", true, "user"), ("net", false, ""), ("file", true, "blob")]);
        let recall: Vec<_> = measured.recall.iter().map(|r| (r.class, r.kept, r.of)).collect();
        assert_eq!(recall, [(FactClass::Constraint, 1, 2), (FactClass::Path, 1, 1)]);
    }

    #[test]
    fn sizes_reset_and_call() {
        let log = session();
        let measured = only(&log);
        let size = |index: usize| total(&render(&log.exchanges[index].request));
        assert_eq!(
            (measured.bytes_before, measured.tokens_before),
            (size(0).bytes, size(0).tokens)
        );
        assert_eq!((measured.bytes_after, measured.tokens_after), (size(2).bytes, size(2).tokens));
        let kept = count("{\"role\":\"user\",\"content\":\"at most 37");
        assert_eq!(measured.cache_reset_tokens, size(0).tokens - kept);
        assert_eq!(measured.call_new_tokens, size(1).tokens - size(0).tokens);
        assert_eq!(
            (measured.before_seq, measured.call_seq, measured.after_seq),
            (0, Some(1), Some(2))
        );
    }

    #[test]
    fn facts_kept_counts_what_the_call_alone_saw() {
        // cap, net, file and late were introduced; cap and file are left.
        assert_eq!(measure(&session()).facts_kept, Some((2, 4)));
        let mut none = session();
        none.compactions.clear();
        assert_eq!(measure(&none).facts_kept, None);
        let mut none = session();
        none.facts_json = "[]".into();
        assert_eq!(measure(&none).facts_kept, None);
    }

    #[test]
    fn a_replaced_fact_is_not_asked_for() {
        let mut log = session();
        log.facts_json = r#"[
            {"id":"old","class":"constraint","value":"37","forms":["at most 37"]},
            {"id":"new","class":"constraint","value":"40","forms":["at most 40"],"superseded":["at most 37"]}
        ]"#.into();
        log.exchanges[0] = exchange(0, &[user("at most 37"), user("no: at most 40")]);
        log.exchanges[2] = exchange(2, &[user(&format!("{SUMMARY_HEAD}\nat most 40"))]);
        let facts = only(&log).facts;
        assert_eq!(facts.len(), 1);
        assert_eq!((facts[0].fact.as_str(), facts[0].channel.as_str()), ("new", "summary"));
    }

    #[test]
    fn a_failed_compaction_is_none_and_one_at_the_end_has_no_after() {
        let mut log = session();
        log.exchanges.truncate(2);
        let measured = only(&log);
        assert_eq!((measured.after_seq, measured.bytes_after), (None, 0));
        assert!(measured.facts.is_empty() && measured.recall.is_empty());
        assert_eq!(measured.cache_reset_tokens, 0);
        assert_eq!(measure(&log).facts_kept, None);
        log.compactions[0].error = Some("no".into());
        assert!(measure(&log).compactions.is_empty());
    }
}
