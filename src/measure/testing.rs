//! Small logs for tests.

use crate::recording::journal::{CallRecord, CompactionEvent, RunKey, RunLog, RunStarted};
use crate::recording::{Delivery, Exchange, Outcome};
use crate::wire::{Digest, Endpoint, Raw, Request};
use serde_json::{Value, json};

/// A user message.
pub(crate) fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

/// An exchange of the main thread with this input.
pub(crate) fn exchange(seq: u32, items: &[Value]) -> Exchange {
    let body = json!({ "input": items }).to_string();
    Exchange {
        seq,
        thread: 0,
        endpoint: Endpoint::Responses,
        request: Request::parse(body.as_bytes()).unwrap(),
        delivery: Delivery::default(),
        wire_bytes: body.len() as u64,
        status: 200,
        outcome: Outcome::Completed,
        incomplete: None,
        output: Vec::new(),
        usage: None,
        error: None,
        response_id: String::new(),
    }
}

/// The same with one more top-level field.
pub(super) fn with(mut exchange: Exchange, field: &str, value: Value) -> Exchange {
    exchange.request.fields.push((field.into(), Raw::from_value(&value)));
    exchange
}

/// A compaction that succeeded.
pub(super) fn compaction(number: u32, before_seq: u32, call_seq: Option<u32>) -> CompactionEvent {
    CompactionEvent {
        number,
        strategy: "remote".into(),
        phase: "mid_turn".into(),
        before_seq,
        call_seq,
        estimate_before: 0,
        estimate_after: 0,
        error: None,
    }
}

/// A call with its output.
pub(super) fn call(seq: u32, tool: &str, arguments: &str, output: &str) -> CallRecord {
    CallRecord {
        seq,
        index: 0,
        call_id: "c".into(),
        tool: tool.into(),
        arguments: arguments.into(),
        output: output.into(),
        raw_bytes: output.len() as u64,
        exit: None,
        changed: Vec::new(),
    }
}

/// A run of these exchanges and nothing else.
pub(crate) fn log(exchanges: Vec<Exchange>) -> RunLog {
    RunLog {
        started: RunStarted {
            run: RunKey::builtin("s", "base", 1),
            seed: 0,
            agent: "builtin".into(),
            provenance: "scripted".into(),
            scenario_digest: Digest::of("s"),
            variant_digest: Digest::of("v"),
            cache: "ideal".into(),
            compaction: "none".into(),
            model: "m".into(),
            facts: Digest::of("[]"),
            expect_fail: None,
            draws: false,
        },
        facts_json: "[]".into(),
        turns: Vec::new(),
        answered_by: Vec::new(),
        stale: Vec::new(),
        drifts: Vec::new(),
        exchanges,
        calls: Vec::new(),
        compactions: Vec::new(),
        rendered: Vec::new(),
        carried: None,
        timeline: Vec::new(),
        restarts: Vec::new(),
        retries: 0,
        checks: Vec::new(),
        finished: None,
    }
}
