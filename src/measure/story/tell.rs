//! From a log to its story.

use super::steps::Steps;
use super::{About, End, LayerSize, Step, Story, ThreadOf, Totals};
use crate::measure::results::RunMeasure;
use crate::measure::run::of_session;
use crate::measure::session::Session;
use crate::recording::Layer;
use crate::recording::elided;
use crate::recording::journal::RunLog;
use crate::wire::Raw;
use std::collections::BTreeMap;

/// Tells a log.
#[must_use]
pub fn story(log: &RunLog, mut about: About) -> Story {
    let session = Session::new(log);
    let measured = of_session(&session);
    let steps = Steps::new(&session, &measured).all();
    let lacking = lacking(log).filter(|lack| !about.lacks.contains(lack));
    about.lacks.extend(lacking);
    Story {
        version: 1,
        about,
        totals: totals(&steps, &measured),
        first_request: match log.exchanges.iter().position(|exchange| exchange.thread == 0) {
            Some(first) => layers(&session, first),
            None => Vec::new(),
        },
        threads: threads(&session),
        end: (log.finished.is_some() || !log.checks.is_empty()).then(|| End {
            verdict: measured.verdict,
            reason: measured.reason.clone(),
            expect_fail: measured.expect_fail.clone(),
            unplayed: measured.unplayed,
            checks: measured.checks.clone(),
        }),
        steps,
    }
}

fn totals(steps: &[Step], measured: &RunMeasure) -> Totals {
    let sum = |get: &dyn Fn(&Step) -> u64| steps.iter().map(get).sum();
    let told = |get: &dyn Fn(&Step) -> Option<u64>| {
        let told: Vec<u64> = steps.iter().filter_map(get).collect();
        (!told.is_empty()).then(|| told.iter().copied().fold(0, u64::saturating_add))
    };
    let calls = |step: &Step| step.answer.iter().filter(|part| part.is_call()).count() as u32;
    Totals {
        exchanges: steps.len() as u32,
        turns: steps.iter().map(|step| step.turn).max().unwrap_or_default(),
        calls: steps.iter().map(calls).sum(),
        sent_bytes: sum(&|step| step.sent_bytes),
        new_bytes: sum(&|step| step.new_bytes),
        sent_tokens: sum(&|step| step.sent_tokens),
        new_tokens: sum(&|step| step.new_tokens),
        input_tokens: told(&|step| step.input_tokens),
        cached_tokens: told(&|step| step.cached_tokens),
        output_tokens: told(&|step| step.output_tokens),
        breaks: measured.breaks.len() as u32,
        compactions: measured.compactions.len() as u32,
        retries: measured.retries,
        stale: steps.iter().filter(|step| step.stale).count() as u32,
    }
}

/// The layers of one request that hold anything.
pub(super) fn layers(session: &Session<'_>, index: usize) -> Vec<LayerSize> {
    let mut sizes: BTreeMap<Layer, LayerSize> = BTreeMap::new();
    for (segment, layer) in session.segments[index].iter().zip(&session.layers[index]) {
        let size = sizes.entry(*layer).or_insert(LayerSize {
            layer: *layer,
            parts: 0,
            bytes: 0,
            tokens: 0,
            elided: 0,
        });
        size.parts += 1;
        size.bytes += segment.bytes();
        size.tokens += segment.tokens;
        let left_out = Raw::parse(&segment.text).is_ok_and(|raw| elided(&raw).is_some());
        size.elided += u32::from(left_out);
    }
    sizes.into_values().collect()
}

fn threads(session: &Session<'_>) -> Vec<ThreadOf> {
    let mut threads: BTreeMap<u32, ThreadOf> = BTreeMap::new();
    for (index, exchange) in session.log.exchanges.iter().enumerate() {
        let first = || ThreadOf {
            thread: exchange.thread,
            exchanges: 0,
            tools: exchange.request.tools().len() as u32,
            first_bytes: session.segments[index].iter().map(|segment| segment.bytes()).sum(),
            model: exchange.request.text_field("model"),
        };
        threads.entry(exchange.thread).or_insert_with(first).exchanges += 1;
    }
    threads.into_values().collect()
}

/// What no exchange has, although every answer of a model has it.
fn lacking(log: &RunLog) -> Option<String> {
    let none = log.exchanges.iter().all(|exchange| exchange.usage.is_none());
    none.then(|| "usage".to_owned())
}
