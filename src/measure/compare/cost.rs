//! What a change costs: where B leaves A's prefix, and what is to be read anew because of it.

use super::align::Aligned;
use super::{Cost, Parting, Prefix};
use crate::cache::{shared, total};
use crate::measure::diff::first_difference;
use crate::measure::results::RunMeasure;
use crate::measure::session::{MAIN, Session};

/// Sums over the main thread.
pub(super) fn cost(measured: &RunMeasure) -> Cost {
    let payload = &measured.payload;
    let main = measured.requests.iter().filter(|request| request.thread == MAIN);
    Cost {
        requests: payload.requests,
        sent_bytes: payload.sent_bytes,
        new_bytes: payload.new_bytes,
        sent_tokens: payload.sent_tokens,
        new_tokens: payload.new_tokens,
        input_tokens: main.filter_map(|request| request.input_tokens).fold(0, u64::saturating_add),
        cached_tokens: payload.cached_tokens,
        output_tokens: payload.output_tokens,
    }
}

/// Where the prefix breaks.
pub(super) fn prefix(
    a: &Session<'_>,
    b: &Session<'_>,
    measured_a: &RunMeasure,
    measured_b: &RunMeasure,
    aligned: &Aligned,
) -> Prefix {
    let main = |pair: &&(usize, usize)| a.exchange(pair.0).thread == MAIN;
    let first = aligned.pairs.iter().filter(main).find_map(|pair| parting(a, b, *pair));
    let breaks = |session: &Session<'_>, measured: &RunMeasure| {
        let main = |seq: u32| {
            let mut exchanges = session.log.exchanges.iter();
            exchanges.any(|one| one.seq == seq && one.thread == MAIN)
        };
        let found = measured.breaks.iter().filter(|one| main(one.seq)).cloned();
        found.collect::<Vec<_>>()
    };
    let (old, new) = (breaks(a, measured_a), breaks(b, measured_b));
    let more = new.iter().filter(|one| {
        let pair = aligned.pairs.iter().find(|pair| b.exchange(pair.1).seq == one.seq);
        pair.is_none_or(|pair| !old.iter().any(|other| other.seq == a.exchange(pair.0).seq))
    });
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    Prefix {
        first,
        breaks_more: more.count() as u32,
        breaks_a: old.len() as u32,
        breaks_b: new.len() as u32,
        repeated_tokens: new.iter().map(|one| signed(one.tokens_lost)).sum::<i64>()
            - old.iter().map(|one| signed(one.tokens_lost)).sum::<i64>(),
        repeated_bytes: new.iter().map(|one| signed(one.bytes_lost)).sum::<i64>()
            - old.iter().map(|one| signed(one.bytes_lost)).sum::<i64>(),
    }
}

/// Where two requests part; `None` if they render the same.
fn parting(a: &Session<'_>, b: &Session<'_>, (left, right): (usize, usize)) -> Option<Parting> {
    let (old, new) = (&a.segments[left], &b.segments[right]);
    let kept = shared(old, new);
    let at = kept.segments;
    let (pointer, layer) = match (old.get(at), new.get(at)) {
        (None, None) => return None,
        (Some(one), Some(two)) if one.pointer == two.pointer => {
            (first_difference(one, two), b.layers[right][at])
        }
        (_, Some(two)) => (two.pointer.clone(), b.layers[right][at]),
        (Some(one), None) => (one.pointer.clone(), a.layers[left][at]),
    };
    let whole = total(new);
    Some(Parting {
        exchange_a: a.exchange(left).seq,
        exchange_b: b.exchange(right).seq,
        pointer,
        layer,
        kept_tokens: kept.tokens,
        kept_bytes: kept.bytes,
        lost_tokens: whole.tokens.saturating_sub(kept.tokens),
        lost_bytes: whole.bytes - kept.bytes,
    })
}
