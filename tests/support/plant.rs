//! A clean recorded session, and mistakes planted in its requests: what a client that keeps its
//! history badly would have sent.
#![allow(dead_code, reason = "each test binary uses a part")]

use serde_json::Value;
use std::path::Path;
use unreel::cache::Prices;
use unreel::measure::conversation;
use unreel::measure::explain::{Beside, Explanation, explain};
use unreel::measure::story::About;
use unreel::recording::{Answered, Exchange, Header, Recorder, Recording};
use unreel::wire::{Ending, Request, Usage};

/// The requests of a recording as JSON, to be changed.
pub(crate) struct Session {
    header: Header,
    exchanges: Vec<Exchange>,
    pub(crate) bodies: Vec<Value>,
    /// What the server counted: input and cached tokens, where a plant says so.
    pub(crate) counted: Vec<Option<(u64, u64)>>,
    /// When requests were sent.
    pub(crate) at_ms: Vec<Option<u64>>,
}

impl Session {
    /// A shipped recording, as it is.
    pub(crate) fn shipped(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("recordings/{name}.jsonl"));
        let recording = Recording::load(&path).unwrap();
        let exchanges = recording.exchanges();
        let body = |exchange: &Exchange| {
            let request = &exchange.request;
            let mut body = serde_json::Map::new();
            for (key, raw) in &request.fields {
                body.insert(key.clone(), raw.value());
            }
            body.insert("input".into(), request.input.iter().map(|raw| raw.value()).collect());
            Value::Object(body)
        };
        let bodies: Vec<Value> = exchanges.iter().map(body).collect();
        let none = vec![None; bodies.len()];
        Self {
            header: recording.header,
            exchanges,
            counted: none.clone(),
            at_ms: vec![None; bodies.len()],
            bodies,
        }
    }

    /// Changes every request from one on; the change is told the number of the request.
    pub(crate) fn from(&mut self, first: usize, change: impl Fn(usize, &mut Value)) {
        for (at, body) in self.bodies.iter_mut().enumerate().skip(first) {
            change(at, body);
        }
    }

    /// Changes the text of an item in every request from one on.
    pub(crate) fn text(
        &mut self,
        first: usize,
        item: usize,
        change: impl Fn(usize, &str) -> String,
    ) {
        self.from(first, |at, body| {
            let text = &mut body["input"][item]["content"][0]["text"];
            *text = change(at, text.as_str().unwrap()).into();
        });
    }

    /// Changes the output of a call in every request from one on.
    pub(crate) fn output(&mut self, first: usize, item: usize, change: impl Fn(&str) -> String) {
        self.from(first, |_, body| {
            let text = &mut body["input"][item]["output"];
            *text = change(text.as_str().unwrap()).into();
        });
    }

    /// Changes the items of every request from one on.
    pub(crate) fn items(&mut self, first: usize, change: impl Fn(usize, &mut Vec<Value>)) {
        self.from(first, |at, body| change(at, body["input"].as_array_mut().unwrap()));
    }

    /// Changes the tools of every request from one on.
    pub(crate) fn tools(&mut self, first: usize, change: impl Fn(&mut Vec<Value>)) {
        self.from(first, |_, body| change(body["tools"].as_array_mut().unwrap()));
    }

    /// Says that another server answered, and what it counted: everything cached but what is new.
    pub(crate) fn counted_by_a_provider(&mut self) {
        self.header.provenance = "recorded".into();
        let mut before = 0;
        for (exchange, counted) in self.exchanges.iter().zip(&mut self.counted) {
            let input = exchange.usage.as_ref().unwrap().input_tokens;
            *counted = Some((input, before));
            before = input;
        }
    }

    /// The recording that a proxy would have made of it.
    pub(crate) fn recording(&self) -> Recording {
        let mut recorder = Recorder::new(self.header.clone());
        let rows = self.exchanges.iter().zip(&self.bodies).zip(&self.counted);
        for ((exchange, body), counted) in rows {
            let mut exchange = exchange.clone();
            exchange.request = Request::parse(body.to_string().as_bytes()).unwrap();
            if let Some((input, cached)) = counted {
                exchange.usage = Some(Usage::new(*input, *cached, 0, 10, 0));
            }
            let id = exchange.response_id.clone();
            let ending = Ending::Completed;
            let answered =
                Answered { ending: &ending, response_id: &id, answered_by: "", sent: None };
            recorder.push(&exchange, &answered);
        }
        let mut recording = recorder.finish();
        for (exchange, at_ms) in recording.exchanges.iter_mut().zip(&self.at_ms) {
            exchange.at_ms = *at_ms;
        }
        recording
    }

    /// What is found in it, at the prices of a model that has some.
    pub(crate) fn explained(&self) -> Explanation {
        explained(&self.recording(), Some("gpt-6-sol"))
    }
}

/// What is found in a recording.
pub(crate) fn explained(recording: &Recording, price_as: Option<&str>) -> Explanation {
    let at_ms: Vec<Option<u64>> = recording.exchanges.iter().map(|one| one.at_ms).collect();
    let prices = Prices::shipped().unwrap();
    let beside = Beside { at_ms: &at_ms, prices: &prices, price_as };
    explain(&conversation(recording), About::default(), beside)
}
