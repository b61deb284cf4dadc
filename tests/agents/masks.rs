//! What of Codex's requests is taken for volatile: how much it is, that a replay holds with it, and
//! that nothing else slips through.

use super::program::{Caller, scratch};
use super::runs::{NEWEST, assert_as_builtin, codex, everything, logs};
use regex::Regex;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use unreel::external::{AgentFile, shipped};
use unreel::recording::journal::RunLog;
use unreel::recording::matching::Severity;
use unreel::recording::volatile::{Masks, Memory, VolatileRule, With};
use unreel::recording::{Exchange, Recording};
use unreel::scenario::parse_yaml;
use unreel::server::replay::Replay;
use unreel::server::{Ask, Declined, Model};
use unreel::wire::{Raw, Request, TRANSPORT_FIELDS};

/// Rules for what a model does not read as text: ids, and what Codex tells about itself.
const AROUND: [&str; 7] = [
    "item ids",
    "turn ids of items",
    "times of items",
    "prompt_cache_key",
    "ids in client_metadata",
    "times in client_metadata",
    "order of client_metadata",
];

#[test]
fn what_is_masked_is_a_small_part_of_each_request() {
    let Some(out) = everything() else { return };
    let logs = logs(out);
    let logs: Vec<&RunLog> = logs.values().filter(|log| log.started.run.agent == "codex").collect();
    let rules: Vec<String> = rules().iter().map(|rule| rule.name.clone()).collect();
    let (mut seen, mut most) = (0, 0.0_f64);
    for (log, exchange) in
        logs.iter().flat_map(|log| log.exchanges.iter().map(move |one| (log, one)))
    {
        let (mut around, mut text) = (0, 0);
        for (rule, bytes) in &exchange.delivery.masked {
            assert!(rules.contains(rule) || rule.starts_with("scenario pattern "), "{rule}");
            match AROUND.contains(&rule.as_str()) {
                true => around += bytes,
                false => text += bytes,
            }
        }
        let name = format!("{} request {}", log.started.run.name(), exchange.seq);
        let percent = |bytes: u64| 100.0 * bytes as f64 / exchange.wire_bytes as f64;
        // Ids and times of items are checked against the request before, so what is left are new
        // items, and what Codex says of itself in `client_metadata`.
        assert!(percent(around + text) <= 2.0, "{name}: {:.2} %", percent(around + text));
        assert!(percent(text) < 0.7, "{name}: {:.2} %", percent(text));
        most = most.max(percent(around + text));
        assert!(around > 0, "{name}");
        seen += 1;
    }
    assert!(seen > 200, "{seen}");
    assert!(most > 0.2, "{most:.2} %: nothing was looked at");
}

fn rules() -> Vec<VolatileRule> {
    let text = shipped("codex").unwrap();
    parse_yaml::<AgentFile>(Path::new("codex.yaml"), text).unwrap().volatile.rules
}

/// A recording of Codex, and a run that replayed it.
struct Replayed {
    recordings: PathBuf,
    log: RunLog,
}

const RECORDED: &str = "fix-failing-test";

fn replayed() -> Option<&'static Replayed> {
    static REPLAYED: OnceLock<Option<Replayed>> = OnceLock::new();
    REPLAYED
        .get_or_init(|| {
            let codex = codex(NEWEST)?;
            let folder = scratch("agents-replayed");
            let (recordings, out) = (folder.join("recordings"), folder.join("out"));
            let place = recordings.to_str().unwrap();
            let agent = ["--agent", "codex", "--agent-path", &codex];
            let words = [&["record", RECORDED, "--out", place], &agent[..]].concat();
            let output = Caller::here().command(&words).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            Caller::here().runs(&[&[RECORDED, "--recordings", place], &agent[..]].concat(), &out);
            let log = logs(&out).remove(&format!("{RECORDED}+codex")).unwrap();
            Some(Replayed { recordings, log })
        })
        .as_ref()
}

fn recording(replayed: &Replayed) -> Recording {
    Recording::load(&replayed.recordings.join(format!("codex/{RECORDED}.jsonl"))).unwrap()
}

#[test]
fn a_recording_of_codex_is_replayed_to_codex() {
    let (Some(replayed), Some(everything)) = (replayed(), everything()) else { return };
    let log = &replayed.log;
    assert_as_builtin(RECORDED, &logs(everything)[RECORDED], log);
    assert_eq!(log.started.provenance, "recorded (scripted)");
    assert_eq!(log.finished.as_ref().unwrap().unplayed, 0);
    let recording = recording(replayed);
    assert_eq!(recording.exchanges.len(), log.exchanges.len());
    assert_eq!(recording.header.agent, format!("codex {NEWEST}"));
    assert_eq!(recording.header.rules.get("codex"), Some(&2));

    // Except for that, it is the run that the script gave.
    let mut scripted = logs(everything).remove(&format!("{RECORDED}+codex")).unwrap();
    scripted.started.provenance.clone_from(&log.started.provenance);
    assert!(scripted == *log);
}

/// A small generator (xorshift): the same mutations in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Whether a rule's place, with its wildcards, means this path.
fn is_at(place: &[&str], path: &[String]) -> bool {
    match (place.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), found) => {
            is_at(rest, path) || found.is_some_and(|(_, below)| is_at(place, below))
        }
        (Some((&"*", rest)), Some((_, below))) => is_at(rest, below),
        (Some((key, rest)), Some((part, below))) => key == part && is_at(rest, below),
        _ => false,
    }
}

/// Which bytes of a text are masked; `None` if all of it is.
fn masked(rules: &[VolatileRule], path: &[String], text: &str) -> Option<Vec<(usize, usize)>> {
    let mut spans = Vec::new();
    for rule in rules.iter().filter(|rule| rule.with != With::Sorted) {
        let place: Vec<&str> = rule.at.split('/').skip(1).collect();
        if !is_at(&place, path) {
            continue;
        }
        let Some(pattern) = &rule.pattern else { return None };
        // The text was masked when it was recorded: the rule's own pattern, or its placeholders.
        for pattern in [pattern.as_str(), r"([a-z]+#[0-9]+\.*)"] {
            let pattern = Regex::new(pattern).unwrap();
            let parts = pattern.captures_iter(text);
            let parts = parts.filter_map(|found| Some(found.get(1).or(found.get(0))?.range()));
            spans.extend(parts.map(|part| (part.start, part.end)));
        }
    }
    Some(spans)
}

/// All places of values without parts.
fn leaves(value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Array(list) => {
            list.iter().enumerate().map(|(at, one)| (at.to_string(), one)).collect()
        }
        Value::Object(map) => map.iter().map(|(key, one)| (key.clone(), one)).collect(),
        _ => return found.push(path.clone()),
    };
    for (key, value) in below {
        path.push(key);
        leaves(value, path, found);
        path.pop();
    }
}

fn at<'a>(value: &'a mut Value, path: &[String]) -> &'a mut Value {
    path.iter().fold(value, |value, key| match value {
        Value::Array(list) => &mut list[key.parse::<usize>().unwrap()],
        value => &mut value[key.as_str()],
    })
}

/// Changes a value in one place that is not masked; says how. `None` if all of it is masked.
fn mutate(
    draw: &mut Draw,
    value: &mut Value,
    rules: &[VolatileRule],
    path: &[String],
) -> Option<String> {
    let told = |old: String, new: String| Some(format!("{old} -> {new}"));
    match value {
        Value::String(text) => {
            let spans = masked(rules, path, text)?;
            let free = |at: &usize| !spans.iter().any(|(start, end)| start <= at && at <= end);
            let places: Vec<usize> =
                (0..=text.len()).filter(|at| text.is_char_boundary(*at)).filter(free).collect();
            let place = *places.get(draw.below(places.len().max(1)))?;
            let old: Option<char> = text[place..].chars().next();
            let new = *['x', '7', ' ', 'é'].iter().find(|new| Some(**new) != old).unwrap();
            match (old, draw.below(3)) {
                (Some(old), 0) => text.replace_range(place..place + old.len_utf8(), ""),
                (Some(old), 1) => {
                    text.replace_range(place..place + old.len_utf8(), &new.to_string());
                }
                _ => text.insert(place, new),
            }
            told(format!("byte {place}: {old:?}"), format!("{new:?}"))
        }
        Value::Number(number) => {
            // A number is masked whole.
            masked(rules, path, "")?;
            let (old, new) = (number.clone(), number.as_i64().unwrap_or_default() + 1);
            *value = new.into();
            told(old.to_string(), new.to_string())
        }
        Value::Bool(old) => {
            *old = !*old;
            told((!*old).to_string(), old.to_string())
        }
        other => {
            let old = std::mem::replace(other, Value::from("something"));
            told(old.to_string(), other.to_string())
        }
    }
}

/// The request with one leaf changed; nothing else is written anew.
fn mutated(
    draw: &mut Draw,
    request: &Request,
    rules: &[VolatileRule],
) -> Option<(Request, String)> {
    let fields = request.fields.iter().enumerate();
    let fields: Vec<usize> = fields
        .filter(|(_, (name, _))| !TRANSPORT_FIELDS.contains(&name.as_str()))
        .map(|(at, _)| at)
        .collect();
    let mut request = request.clone();
    // As often an item as a field: most leaves are descriptions of tools.
    let (raw, mut path) = if draw.below(2) == 0 {
        let at = fields[draw.below(fields.len())];
        let (name, raw) = &mut request.fields[at];
        (raw, vec![name.clone()])
    } else {
        let at = draw.below(request.input.len());
        (&mut request.input[at], vec!["input".to_owned(), at.to_string()])
    };
    let mut value = raw.value();
    assert_eq!(Raw::from_value(&value), *raw, "{path:?} is written as we write");
    let (top, mut found) = (path.len(), Vec::new());
    leaves(&value, &mut path, &mut found);
    let leaf = found.swap_remove(draw.below(found.len()));
    let how = mutate(draw, at(&mut value, &leaf[top..]), rules, &leaf)?;
    *raw = Raw::from_value(&value);
    Some((request, format!("/{}: {how}", leaf.join("/"))))
}

#[test]
fn every_change_outside_of_the_masks_is_refused() {
    let Some(replayed) = replayed() else { return };
    let rules = rules();
    let file: AgentFile = parse_yaml(Path::new("codex.yaml"), shipped("codex").unwrap()).unwrap();
    let masks = Masks::new(&file.volatile).unwrap();
    let replay = Replay::new(RECORDED, recording(replayed));
    let ask = |exchange: &Exchange, request: &Request| {
        let request = masks.apply(request).request;
        replay.answer(&Ask { endpoint: exchange.endpoint, request: &request })
    };
    let mut draw = Draw(0x5eed);
    let (mut tried, mut at_masked) = (Vec::new(), 0);
    for exchange in &replayed.log.exchanges {
        let answer = ask(exchange, &exchange.request).unwrap();
        assert_eq!(answer.items, exchange.output, "as it is, it is answered");
        for _ in 0..60 {
            let Some((request, how)) = mutated(&mut draw, &exchange.request, &rules) else {
                at_masked += 1;
                continue;
            };
            let how = format!("request {}{how}", exchange.seq);
            match ask(exchange, &request) {
                Err(Declined { error, .. }) => {
                    assert_eq!(error.code.as_deref(), Some("replay_mismatch"), "{how}: {error:?}");
                }
                // Other bytes of one meaning are answered, and told.
                Ok(answer) => {
                    let drift = answer.fit.drift.unwrap_or_else(|| panic!("not noticed: {how}"));
                    assert_eq!(drift.severity(), Severity::Cosmetic, "{how}: {drift:?}");
                }
            }
            tried.push(how);
        }
    }
    let list = scratch("agents-mutations").join("list.txt");
    std::fs::write(&list, tried.join("\n")).unwrap();
    assert!(tried.len() >= 300, "{} tried, {at_masked} at masked values", tried.len());
    assert!(tried.len() > 3 * at_masked, "{} tried, {at_masked} at masked values", tried.len());
}

/// The request with ids where it has placeholders of them.
fn with_ids(request: &Request) -> Request {
    let placeholder = Regex::new(r"uuid#([0-9]+)\.+").unwrap();
    let id = |found: &regex::Captures<'_>| {
        let number: u64 = found[1].parse().unwrap();
        format!("0{number:07x}-0000-7000-8000-{number:012x}")
    };
    let body = request.to_body();
    Request::parse(placeholder.replace_all(&body, id).as_bytes()).unwrap()
}

#[test]
fn an_id_that_an_item_does_not_keep_is_refused() {
    let Some(replayed) = replayed() else { return };
    let file: AgentFile = parse_yaml(Path::new("codex.yaml"), shipped("codex").unwrap()).unwrap();
    let masks = Masks::new(&file.volatile).unwrap();
    let replay = Replay::new(RECORDED, recording(replayed));
    let exchanges: Vec<&Exchange> = replayed.log.exchanges.iter().collect();
    let (last, before) = exchanges.split_last().unwrap();
    let with_ids_in_last = with_ids(&last.request);
    let mut tried = 0;
    for at in 0..before.last().unwrap().request.input.len() {
        let mut memory = Memory::default();
        for exchange in before {
            let sent = with_ids(&exchange.request);
            assert_eq!(memory.mask(&masks, &sent).request, exchange.request);
        }
        let mut request = with_ids_in_last.clone();
        let (old, new) = ("-0000-7000-8000-", "-0000-7000-8000-f");
        let item = request.input[at].as_str();
        let Some(id) = item.find(old) else { continue };
        // Another digit in the same place: the id keeps its length.
        let mutated = format!("{}{new}{}", &item[..id], &item[id + new.len()..]);
        request.input[at] = Raw::parse(&mutated).unwrap();
        let masked = memory.mask(&masks, &request).request;
        let refused = replay.answer(&Ask { endpoint: last.endpoint, request: &masked });
        let Declined { error, .. } =
            refused.expect_err(&format!("the id of item {at} is not noticed"));
        // What a recording leaves out is known by its digest, not from the inside.
        let role = request.input[at].item().role().map(str::to_owned);
        let inside = if role.as_deref() == Some("developer") { "" } else { "/id" };
        assert_eq!(error.param, Some(format!("/input/{at}{inside}")), "{error:?}");
        tried += 1;
    }
    assert!(tried > 5, "{tried}");
}
