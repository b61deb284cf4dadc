//! `unreel pack --structure-only`: a recording without its texts is measured to the same digit, and
//! none of the texts is in it.

#[path = "support/world.rs"]
mod world;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use unreel::cache::{Call, Ledger};
use unreel::measure::story::{About, story};
use unreel::measure::{RunMeasure, conversation, measure, structure_only};
use unreel::recording::{Entry, Recording};
use unreel::scenario::CacheSpec;
use unreel::wire::Raw;
use world::World;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// All recordings that are shipped: with compactions, breaks, parallel calls, failures, elided
/// layers, those of other agents.
fn shipped() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["", "codex", "opencode", "conformance"] {
        let dir = Path::new(ROOT).join("recordings").join(folder);
        let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|end| end == "jsonl")));
    }
    files.sort();
    files
}

/// The shipped recordings, and some that are made of logs of other programs.
fn recordings() -> Vec<(PathBuf, Recording)> {
    let world = World::new();
    let mut files = shipped();
    for name in ["claude-code", "codex-0.169", "pi", "requests"] {
        let (log, out) =
            (format!("{ROOT}/tests/import/logs/{name}.jsonl"), format!("{name}.jsonl"));
        let ran = world.unreel(&["import", "auto", &log, "--out", &out]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        files.push(world.path(&out));
    }
    files.into_iter().map(|path| (path.clone(), load(&path))).collect()
}

fn load(path: &Path) -> Recording {
    Recording::load(path).unwrap()
}

/// Written and read again, as whoever gets the file has it.
fn packed(recording: &Recording) -> (String, Recording) {
    let text = structure_only(recording).to_jsonl();
    let read = Recording::parse(Path::new("packed.jsonl"), &text).unwrap();
    (text, read)
}

/// The whole measure but for names: scenario and variant, the steps of a script.
fn figures(recording: &Recording) -> RunMeasure {
    let mut measured = measure(&conversation(recording));
    measured.run.scenario.clear();
    measured.run.variant.clear();
    for request in &mut measured.requests {
        request.answered_by.clear();
    }
    measured
}

/// The story without what was said.
fn told(recording: &Recording) -> Value {
    let about = About::default();
    let mut value = serde_json::to_value(story(&conversation(recording), about)).unwrap();
    silence(&mut value);
    value
}

fn silence(value: &mut Value) {
    const TEXTS: [&str; 6] = ["text", "brief", "arguments", "head", "answered_by", "problem"];
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if TEXTS.contains(&key.as_str()) => text.clear(),
                    // What the user said: as many messages.
                    Value::Array(said) if key == "user" => said.fill(Value::Null),
                    _ => silence(field),
                }
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(silence),
        _ => {}
    }
}

/// What a server of each policy would account for.
fn cached(recording: &Recording) -> Vec<unreel::wire::Usage> {
    let mut all = Vec::new();
    for policy in ["ideal", "openai-128"] {
        let mut ledger = Ledger::new(&policy.parse::<CacheSpec>().unwrap());
        let exchanges = recording.exchanges();
        all.extend(exchanges.iter().filter_map(Call::of).map(|call| ledger.account(&call).usage));
    }
    all
}

/// Usage, and what is told of the cache, request by request.
fn accounted(recording: &Recording, cache: &str) -> Vec<String> {
    let mut ledger = Ledger::new(&cache.parse::<CacheSpec>().unwrap());
    let exchanges = recording.exchanges();
    let account = |call: Call<'_>| {
        let all = ledger.account(&call);
        format!("{:?} {:?}", all.usage, all.diagnostics)
    };
    exchanges.iter().filter_map(Call::of).map(account).collect()
}

#[test]
fn every_measure_is_the_same_to_the_digit() {
    let (mut breaks, mut compactions, mut again, mut calls) = (0, 0, 0, 0);
    for (path, original) in recordings() {
        let (_, bare) = packed(&original);
        let (expected, found) = (figures(&original), figures(&bare));
        assert_eq!(found, expected, "{}", path.display());
        assert_eq!(cached(&bare), cached(&original), "{}", path.display());
        assert_eq!(told(&bare), told(&original), "{}", path.display());
        breaks += found.breaks.len();
        compactions += found.compactions.len();
        again += found.compactions.iter().map(|one| one.reacquired_calls).sum::<u32>();
        calls += found.calls;
    }
    // Else nothing was compared.
    assert!(breaks > 3 && compactions > 3 && calls > 50, "{breaks} {compactions} {calls}");
    assert!(again > 0, "something is fetched again in some recording");
}

/// What a client tells a cache is no text: marks, lifetimes, modes, the response to compare with.
#[test]
fn what_is_told_to_caches_stays() {
    let plain = load(&Path::new(ROOT).join("recordings/tool-errors.jsonl"));
    let mut marked = plain.clone();
    let ids: Vec<String> = marked.exchanges.iter().map(|one| one.response_id.clone()).collect();
    let put = |items: &mut std::collections::BTreeMap<_, _>, text: &str| {
        let raw = Raw::parse(text).unwrap();
        let digest = raw.digest();
        items.insert(digest, Entry::Raw(raw));
        digest
    };
    let items = &mut marked.items;
    for (at, exchange) in marked.exchanges.iter_mut().enumerate() {
        // The end of each input, and the third item in every other request.
        let last = exchange.input.len() - 1;
        for (place, long) in [(2, true), (last, false)].into_iter().skip(at % 2) {
            let text = items[&exchange.input[place]].raw().unwrap().as_str();
            let ttl = if long { r#","ttl":"1h""# } else { "" };
            let mark = format!(r#"{{"cache_control":{{"type":"ephemeral"{ttl}}},"#);
            exchange.input[place] = put(items, &text.replacen('{', &mark, 1));
        }
        let mode = if at < 8 { "implicit" } else { "explicit" };
        let mut fields = vec![("prompt_cache_retention", r#""in_memory""#.to_owned())];
        let options = match at {
            0 => format!(r#"{{ "mode":"{mode}"}}"#),
            _ => format!(r#"{{ "mode":"{mode}", "comparison_response_id":"{}"}}"#, ids[at - 1]),
        };
        fields.push(("prompt_cache_options", options));
        if at % 3 == 0 {
            fields.push(("cache_control", r#"{"type":"ephemeral","ttl":"1h"}"#.to_owned()));
        }
        exchange
            .fields
            .extend(fields.into_iter().map(|(key, text)| (key.into(), put(items, &text))));
    }
    let (text, bare) = packed(&marked);
    assert!(!ids.iter().any(|id| text.contains(id.as_str())), "an id is told");
    for cache in ["anthropic-5m:minimum=0", "openai-breakpoints:minimum=0", "openai-128:pause=700"]
    {
        let expected = accounted(&marked, cache);
        assert_eq!(accounted(&bare, cache), expected, "{cache}");
        assert_ne!(accounted(&plain, cache), expected, "{cache} does not mind");
    }
    assert_eq!(figures(&bare), figures(&marked));
}

/// A request of a variant after the other: breaks inside of instructions, tools and items.
#[test]
fn breaks_inside_of_texts_keep_place_cause_and_cost() {
    let original = load(&Path::new(ROOT).join("recordings/role-conflict.jsonl"));
    let mut edited = original.clone();
    let mut changed = 0;
    for (at, exchange) in edited.exchanges.iter_mut().enumerate().skip(1) {
        let mut swap = |digest: &mut unreel::wire::Digest, from: &str, to: &str| {
            let Some(raw) = original.items[digest].raw() else { return };
            let text = raw.as_str().replacen(from, to, 1);
            if text == raw.as_str() {
                return;
            }
            let new = unreel::wire::Raw::parse(&text).unwrap();
            *digest = new.digest();
            edited.items.insert(new.digest(), Entry::Raw(new));
            changed += 1;
        };
        match at % 3 {
            0 => exchange.input.iter_mut().take(2).for_each(|one| swap(one, "the", "das")),
            1 => exchange.fields.iter_mut().for_each(|(_, one)| swap(one, "command", "kommando")),
            _ => exchange.input.iter_mut().skip(3).take(1).for_each(|one| swap(one, "a", "ä")),
        }
    }
    assert!(changed > 2, "{changed}");
    let (_, bare) = packed(&edited);
    let expected = figures(&edited);
    assert!(expected.breaks.len() > 2, "{:?}", expected.breaks);
    assert!(expected.breaks.iter().any(|one| one.pointer.starts_with("/tools/")));
    let mut found = figures(&bare);
    for (one, other) in found.breaks.iter_mut().zip(&expected.breaks) {
        // Names in a pointer are not told.
        let keys = one.pointer.split('/').zip(other.pointer.split('/'));
        assert!(keys.clone().all(|(a, b)| a == b || a == "*"), "{} {}", one.pointer, other.pointer);
        one.pointer.clone_from(&other.pointer);
    }
    assert_eq!(found, expected);
    assert_eq!(cached(&bare), cached(&edited));
}

/// Words of the file itself and of the API, which a text may hold too.
const OWN: [&str; 1] = ["instructions"];

/// Every text, and every line and word of it, that is 12 bytes long or longer; names of tools aside.
fn texts(value: &Value, tools: &mut BTreeSet<String>, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let parts = text.lines().chain(text.split_whitespace()).chain([text.as_str()]);
            found.extend(parts.filter(|part| part.len() >= 12).map(str::to_owned));
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                texts(&inner, tools, found);
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| texts(part, tools, found)),
        Value::Object(fields) => {
            let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
            for (key, field) in fields {
                match field {
                    // Kinds of items are the API's words.
                    Value::String(_) if key == "type" => {}
                    Value::String(name) if key == "name" && !kind.is_empty() => {
                        tools.insert(name.clone());
                    }
                    _ => texts(field, tools, found),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn no_text_is_in_the_file() {
    let (mut looked_for, mut told) = (0, Vec::new());
    for (path, original) in recordings() {
        let (text, _) = packed(&original);
        let (mut tools, mut said) = (BTreeSet::new(), BTreeSet::new());
        let models: BTreeSet<_> = original
            .exchanges
            .iter()
            .flat_map(|one| &one.fields)
            .filter(|(key, _)| key == "model")
            .map(|(_, digest)| *digest)
            .collect();
        for (digest, entry) in original.items.iter().filter(|(digest, _)| !models.contains(digest))
        {
            // Numbers, `true`, `null` and empty lists of fields are kept.
            let kept = |raw: &Raw| !raw.as_str().contains('"');
            let kept = entry.raw().is_some_and(kept);
            assert!(kept || !text.contains(&digest.to_string()), "{}: {digest}", path.display());
            if let Entry::Raw(raw) = entry {
                texts(&raw.value(), &mut tools, &mut said);
            }
        }
        for exchange in original.exchanges.iter().filter(|one| one.response_id.len() >= 12) {
            said.insert(exchange.response_id.clone());
        }
        for part in &said {
            if OWN.contains(&part.as_str()) || tools.contains(part) {
                continue;
            }
            looked_for += 1;
            if text.contains(part.as_str()) {
                told.push(format!("{}: {part:?}", path.display()));
            }
        }
    }
    assert_eq!(told, Vec::<String>::new());
    assert!(looked_for > 500, "{looked_for}");
}

#[test]
fn digests_are_keyed_by_the_whole_and_the_file_is_the_same_each_time() {
    let original = load(&Path::new(ROOT).join("recordings/fix-failing-test.jsonl"));
    let (text, bare) = packed(&original);
    assert_eq!(packed(&original).0, text);
    assert_eq!(packed(&bare).0, text, "what has no texts stays as it is");
    // Another end: no digest of a value is the same, although most values are.
    let mut other = original.clone();
    other.exchanges.pop();
    let (other, _) = packed(&other);
    let values = |text: &str| -> BTreeSet<String> {
        text.split("\"value\":\"").skip(1).map(|rest| rest[..32].to_owned()).collect()
    };
    assert!(values(&text).len() > 10);
    assert!(values(&text).is_disjoint(&values(&other)));
}

#[test]
fn a_packed_file_is_shown_and_not_played() {
    let world = World::new();
    let recording = format!("{ROOT}/recordings/compaction-keeps.jsonl");
    let packed = world.unreel(&["pack", &recording, "--structure-only", "-o", "bare.jsonl"]);
    assert_eq!((packed.code, packed.err.as_str()), (0, ""));
    assert!(packed.out.starts_with("bare.jsonl: "), "{}", packed.out);
    let shown = world.unreel(&["show", "bare.jsonl"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let whole = world.unreel(&["show", &recording]);
    let head = |text: &str, word: &str| -> Vec<String> {
        text.lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
    };
    assert_eq!(head(&shown.out, "tokens"), head(&whole.out, "tokens"));
    let one = world.unreel(&["show", "bare.jsonl", "--exchange", "1"]);
    assert_eq!(one.code, 0, "{}", one.err);
    let served = world.unreel(&["serve", "--recording", "bare.jsonl"]);
    assert_eq!(served.code, 2, "{}", served.out);
    assert!(served.err.contains("no texts"), "{}", served.err);
}
