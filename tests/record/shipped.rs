//! The shipped recording of a real engine: whoever has no engine is told what it said, to the byte.
//!
//! `UPDATE_LLAMA=1 cargo test --test llama_record` makes it anew.

use crate::proxy::{client, sent};
use crate::serving::Serving;
use serde_json::{Map, Value, json};
use std::path::Path;
use unreel::recording::file::Body;
use unreel::recording::{Entry, Recording};
use unreel::wire::{Collector, Decoder, Digest};

const FILE: &str = "recordings/upstream/llama-five-turns.jsonl";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_with_llama_cpp_is_played_without_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let size = path.metadata().unwrap().len();
    assert!(size < 100_000, "{size} bytes");
    let recording = Recording::load(&path).unwrap();
    let header = &recording.header;
    assert_eq!((header.provenance.as_str(), header.model.as_str()), ("recorded", "gemma3-270m"));
    assert_eq!(header.upstream.as_deref(), Some("127.0.0.1"));
    assert_eq!(recording.exchanges.len(), 5);

    let value = |digest: &Digest| recording.items.get(digest).and_then(Entry::raw).unwrap().value();
    let serving = Serving::start(&["--recording", FILE, "--match", "strict"]);
    let mut input: Vec<Value> = Vec::new();
    let mut known = 0;
    for (number, exchange) in recording.exchanges.iter().enumerate() {
        // As a client holds a conversation: with what it was answered, and the user's next words.
        input.push(value(exchange.input.last().unwrap()));
        let fields = exchange.fields.iter().map(|(key, digest)| (key.clone(), value(digest)));
        let mut body: Map<String, Value> = fields.collect();
        body.insert("input".into(), json!(input));
        let url = format!("{}/responses", serving.base);
        let asking = client().post(url).body(Value::Object(body).to_string()).send().await.unwrap();
        assert_eq!(asking.status(), 200, "{number}");
        let got = asking.text().await.unwrap();
        let Body::Sse(kept) = sent(&recording, number).body else { panic!("no stream") };
        assert_eq!(got, kept, "{number}");

        let (mut decoder, mut collector) = (Decoder::new(), Collector::new());
        decoder.feed(got.as_bytes()).iter().for_each(|event| collector.feed(event).unwrap());
        input.extend(collector.items().iter().map(|raw| raw.value()));
        let usage = collector.usage().unwrap();
        // All that the engine had read: the last token of an answer was drawn, and never read.
        assert_eq!(usage.cached(), known, "{number}");
        known = usage.input_tokens + usage.output_tokens - 1;
    }
}
