//! `unreel explain`: planted mistakes are named, with their place and their fix; a clean session has
//! none. Each plant is one change to the requests of one shipped recording of twelve requests.

#[path = "support/plant.rs"]
mod plant;
#[path = "support/world.rs"]
mod world;

use plant::{Session, explained};
use serde_json::{Value, json};
use std::path::Path;
use unreel::measure::explain::{Finding, Fix, Found, What};
use unreel::measure::structure_only;
use unreel::recording::Recording;
use world::{Ran, World};

/// The clean session: layers in every place, sealed reasoning, parallel calls, three turns.
const CLEAN: &str = "sealed-reasoning";

/// A mistake, and what has to be said of it.
struct Plant {
    name: &'static str,
    plant: fn(&mut Session),
    /// The requests that break.
    seqs: &'static [u32],
    cause: &'static str,
    what: What,
    fix: Fix,
    layer: &'static str,
    pointer: &'static str,
}

/// Every request from this one to the last.
const ALL: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

fn clock(at: usize) -> String {
    format!("2026-11-24T13:{:02}:07Z", 10 + at)
}

#[rustfmt::skip]
const PLANTS: &[Plant] = &[
    Plant { name: "tools in another order, once", seqs: &[5, 6], cause: "tools_changed",
        what: What::ToolsReordered, fix: Fix::SortTools, layer: "tools", pointer: "/tools/0/name",
        plant: |s| s.bodies[5]["tools"].as_array_mut().unwrap().swap(0, 1) },
    Plant { name: "tools in another order every time", seqs: ALL, cause: "tools_changed",
        what: What::ToolsReordered, fix: Fix::SortTools, layer: "tools", pointer: "/tools/0/name",
        plant: |s| s.from(0, |at, body| {
            let tools = body["tools"].as_array_mut().unwrap();
            let turns = at % tools.len();
            tools.rotate_left(turns);
        }) },
    Plant { name: "a tool added in front", seqs: &[6], cause: "tools_changed",
        what: What::ToolAdded, fix: Fix::AnnounceTools, layer: "tools", pointer: "/tools/0/name",
        plant: |s| s.tools(6, |tools| tools.insert(0, json!({"type": "function", "name": "ask", "parameters": {}}))) },
    Plant { name: "a tool added at the end", seqs: &[6], cause: "tools_changed",
        what: What::ToolAdded, fix: Fix::AnnounceTools, layer: "tools", pointer: "/tools/5",
        plant: |s| s.tools(6, |tools| tools.push(json!({"type": "web_search"}))) },
    Plant { name: "a tool removed", seqs: &[4], cause: "tools_changed",
        what: What::ToolRemoved, fix: Fix::AllowedTools, layer: "tools", pointer: "/tools/2/type",
        plant: |s| s.tools(4, |tools| { tools.remove(2); }) },
    Plant { name: "another set of tools", seqs: &[4], cause: "tools_changed",
        what: What::ToolsReplaced, fix: Fix::AllowedTools, layer: "tools", pointer: "/tools/4/name",
        plant: |s| s.tools(4, |tools| tools[4] = json!({"type": "function", "name": "plan_only", "parameters": {}})) },
    Plant { name: "the description of a tool", seqs: &[3], cause: "tools_changed",
        what: What::ToolDescription, fix: Fix::FreezeTools, layer: "tools", pointer: "/tools/0/description",
        plant: |s| s.tools(3, |tools| tools[0]["description"] = "Runs it.".into()) },
    Plant { name: "the schema of a tool", seqs: &[3], cause: "tools_changed",
        what: What::ToolSchema, fix: Fix::FreezeTools, layer: "tools", pointer: "/tools/0/strict",
        plant: |s| s.tools(3, |tools| tools[0]["strict"] = json!("no")) },
    Plant { name: "the time in the description of a tool", seqs: ALL, cause: "tools_changed",
        what: What::VaryingValue, fix: Fix::MoveBehindHistory, layer: "tools", pointer: "/tools/1/description",
        plant: |s| s.from(0, |at, body| body["tools"][1]["description"] = format!("Now {}.", clock(at)).into()) },
    Plant { name: "the time in the instructions", seqs: ALL, cause: "input_changed",
        what: What::VaryingValue, fix: Fix::MoveBehindHistory, layer: "instructions", pointer: "/instructions",
        plant: |s| s.from(0, |at, body| {
            let text = body["instructions"].as_str().unwrap();
            body["instructions"] = format!("It is {}.\n{text}", clock(at)).into();
        }) },
    Plant { name: "other instructions in mid-session", seqs: &[7], cause: "input_changed",
        what: What::InstructionsChanged, fix: Fix::Append, layer: "instructions", pointer: "/instructions",
        plant: |s| s.from(7, |_, body| {
            let text = body["instructions"].as_str().unwrap();
            body["instructions"] = format!("{text}\nAnswer in French.").into();
        }) },
    Plant { name: "an id in the first message", seqs: ALL, cause: "input_changed",
        what: What::VaryingValue, fix: Fix::MoveBehindHistory, layer: "user", pointer: "/input/3/content/0/text",
        plant: |s| s.text(0, 3, |at, text| format!("[request 0f8fad5b-d9cb-469f-a165-7086772895{at:02x}] {text}")) },
    Plant { name: "a counter in the first message", seqs: ALL, cause: "input_changed",
        what: What::VaryingValue, fix: Fix::MoveBehindHistory, layer: "user", pointer: "/input/3/content/0/text",
        plant: |s| s.text(0, 3, |at, text| format!("Step {at} of at most 50. {text}")) },
    Plant { name: "the time in the environment block", seqs: ALL, cause: "input_changed",
        what: What::VaryingValue, fix: Fix::MoveBehindHistory, layer: "environment", pointer: "/input/2/content/0/text",
        plant: |s| s.text(0, 2, |at, text| text.replace("</cwd>", &format!("</cwd>\n  <now>{}</now>", clock(at)))) },
    Plant { name: "another folder by rewriting", seqs: &[6], cause: "input_changed",
        what: What::EnvironmentRewritten, fix: Fix::Append, layer: "environment", pointer: "/input/2/content/0/text",
        plant: |s| s.text(6, 2, |_, text| text.replace("/workspace", "/workspace/ferry")) },
    Plant { name: "the environment block rewritten and moved to the end", seqs: &[6, 7, 8, 9, 10, 11], cause: "input_changed",
        what: What::EnvironmentRewritten, fix: Fix::Append, layer: "environment", pointer: "/input/2",
        plant: |s| s.items(6, |at, items| {
            let mut block = items.remove(2);
            block["content"][0]["text"] = format!("<environment_context>\n  <turn>{at}</turn>").into();
            items.push(block);
        }) },
    Plant { name: "AGENTS.md rewritten", seqs: &[6], cause: "input_changed",
        what: What::AgentsMdChanged, fix: Fix::Append, layer: "agents_md", pointer: "/input/1/content/0/text",
        plant: |s| s.text(6, 1, |_, text| text.replace("Standard", "Only the standard")) },
    Plant { name: "AGENTS.md removed", seqs: &[6], cause: "input_changed",
        what: What::AgentsMdChanged, fix: Fix::Append, layer: "agents_md", pointer: "/input/1",
        plant: |s| s.items(6, |_, items| { items.remove(1); }) },
    Plant { name: "permissions rewritten", seqs: &[6], cause: "input_changed",
        what: What::PermissionsChanged, fix: Fix::Append, layer: "permissions", pointer: "/input/0/content/0/text",
        plant: |s| s.text(6, 0, |_, text| text.replace("workspace-write", "read-only")) },
    Plant { name: "a developer message put in", seqs: &[6], cause: "input_changed",
        what: What::DeveloperChanged, fix: Fix::Append, layer: "developer", pointer: "/input/1",
        plant: |s| s.items(6, |_, items| items.insert(1, json!({"type": "message", "role": "developer", "content": "Be kind."}))) },
    Plant { name: "a message edited", seqs: &[6], cause: "input_changed",
        what: What::MessageEdited, fix: Fix::Append, layer: "user", pointer: "/input/3/content/0/text",
        plant: |s| s.text(6, 3, |_, text| text.replace("Two things", "A couple of things")) },
    Plant { name: "an old output cleared", seqs: &[4], cause: "input_changed",
        what: What::ToolOutputCleared, fix: Fix::Batch, layer: "tool_output", pointer: "/input/7/output",
        plant: |s| s.output(4, 7, |_| "[Old tool result content cleared]".into()) },
    Plant { name: "an old output truncated", seqs: &[4], cause: "input_changed",
        what: What::ToolOutputTruncated, fix: Fix::TruncateEarly, layer: "tool_output", pointer: "/input/7/output",
        plant: |s| s.output(4, 7, |text| format!("{}\n[..]", &text[..400])) },
    Plant { name: "an old output changed", seqs: &[4], cause: "input_changed",
        what: What::ToolOutputChanged, fix: Fix::KeepBytes, layer: "tool_output", pointer: "/input/7/output",
        plant: |s| s.output(4, 7, |text| text.replace("Wall time: 0.0000", "Wall time: 0.0412")) },
    Plant { name: "a window that slides", seqs: &[9, 10, 11], cause: "input_changed",
        what: What::HistoryDropped, fix: Fix::Batch, layer: "model", pointer: "/input/4",
        plant: |s| s.items(9, |at, items| { items.drain(4..4 + 4 * (at - 8)); }) },
    Plant { name: "a message removed", seqs: &[6], cause: "input_changed",
        what: What::ItemRemoved, fix: Fix::KeepBytes, layer: "model", pointer: "/input/5",
        plant: |s| s.items(6, |_, items| { items.remove(5); }) },
    Plant { name: "reasoning taken out with the next turn", seqs: &[6], cause: "input_changed",
        what: What::ReasoningDropped, fix: Fix::KeepBytes, layer: "model", pointer: "/input/4",
        plant: |s| s.items(6, |_, items| { items.remove(4); }) },
    Plant { name: "a message put in", seqs: &[6], cause: "input_changed",
        what: What::ItemInserted, fix: Fix::Append, layer: "user", pointer: "/input/5",
        plant: |s| s.items(6, |_, items| items.insert(5, json!({"type": "message", "role": "user", "content": "By the way: hurry."}))) },
    Plant { name: "outputs in the order in which they came", seqs: &[6], cause: "input_changed",
        what: What::ItemsReordered, fix: Fix::KeepBytes, layer: "tool_output", pointer: "/input/11",
        plant: |s| s.items(6, |_, items| items.swap(11, 12)) },
    Plant { name: "an answer sent back otherwise", seqs: &[6], cause: "input_changed",
        what: What::AnswerRewritten, fix: Fix::KeepBytes, layer: "model", pointer: "/input/5/content/0/text",
        plant: |s| s.text(6, 5, |_, text| text.to_uppercase()) },
    Plant { name: "arguments parsed and written again", seqs: &[6], cause: "input_changed",
        what: What::Reserialised, fix: Fix::KeepBytes, layer: "model", pointer: "/input/6/arguments",
        plant: |s| s.from(6, |_, body| {
            let arguments = &mut body["input"][6]["arguments"];
            *arguments = arguments.as_str().unwrap().replace("\":\"", "\": \"").into();
        }) },
    Plant { name: "an image in another detail", seqs: &[6], cause: "input_changed",
        what: What::ImageChanged, fix: Fix::KeepBytes, layer: "user", pointer: "/input/3/content/1/detail",
        plant: |s| s.from(0, |at, body| {
            let detail = if at < 6 { "high" } else { "low" };
            let image = json!({"type": "input_image", "image_url": "data:image/png;base64,iVBO", "detail": detail});
            body["input"][3]["content"].as_array_mut().unwrap().push(image);
        }) },
    Plant { name: "an image taken out", seqs: &[6], cause: "input_changed",
        what: What::ImageChanged, fix: Fix::KeepBytes, layer: "user", pointer: "/input/3/content/1",
        plant: |s| s.from(0, |at, body| if at < 6 {
            let image = json!({"type": "input_image", "image_url": "data:image/png;base64,iVBO"});
            body["input"][3]["content"].as_array_mut().unwrap().push(image);
        }) },
    Plant { name: "a reminder behind every request", seqs: ALL, cause: "input_changed",
        what: What::TailReplaced, fix: Fix::MoveBehindHistory, layer: "user", pointer: "",
        plant: |s| s.items(0, |at, items| items.push(json!({"type": "message", "role": "user",
            "content": format!("<reminder>{} requests left</reminder>", 50 - at)}))) },
    Plant { name: "the last step taken back", seqs: &[4], cause: "input_changed",
        what: What::RolledBack, fix: Fix::Nothing, layer: "model", pointer: "/input/14",
        plant: |s| s.items(4, |at, items| if at == 4 { items.truncate(14); }) },
];

#[test]
fn the_clean_session_is_clean() {
    let clean = Session::shipped(CLEAN);
    assert_eq!(clean.explained().findings, []);
    assert_eq!(clean.bodies.len(), 12);
}

#[test]
fn every_plant_is_named_at_its_place() {
    let mut wrong = Vec::new();
    for plant in PLANTS {
        let mut session = Session::shipped(CLEAN);
        (plant.plant)(&mut session);
        let found = session.explained().findings;
        let seqs: Vec<u32> = found.iter().map(|one| one.seq).collect();
        let first = found.first();
        let told = first.map(|one| {
            let pointer = if plant.pointer.is_empty() { "" } else { one.pointer.as_str() };
            (one.cause, one.what, one.fix, one.layer.as_str(), pointer.to_owned())
        });
        let expected = (plant.cause, plant.what, plant.fix, plant.layer, plant.pointer.to_owned());
        let alike = |one: &Finding| {
            // Who goes back makes no mistake.
            one.found == Found::Break && one.expected == (one.what == What::RolledBack)
        };
        let alike = found.iter().all(alike);
        if told.as_ref() != Some(&expected) || seqs != plant.seqs || !alike {
            wrong.push(format!("{}: {told:?} at {seqs:?}, expected {expected:?}", plant.name));
        }
        // A cost, a fix in words, a price.
        for one in &found {
            assert!(one.tokens_lost > 0 && one.bytes_lost > 0, "{}: {one:?}", plant.name);
            assert!(one.tokens_again <= one.tokens_lost, "{}", plant.name);
            assert!(!one.advice.is_empty(), "{}", plant.name);
            assert_eq!(one.nano_usd, Some(one.tokens_again * 2_300), "{}", plant.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values_that_vary_are_told_by_their_kind() {
    let kind = |name: &str| {
        let mut session = Session::shipped(CLEAN);
        let plant = PLANTS.iter().find(|plant| plant.name == name).unwrap();
        (plant.plant)(&mut session);
        let found = session.explained().findings.remove(0);
        (found.recognised.unwrap(), found.advice)
    };
    let (kind_of, advice) = kind("the time in the instructions");
    assert_eq!(kind_of, "timestamp");
    assert!(advice.starts_with("take the timestamp out of the instructions"), "{advice}");
    assert_eq!(kind("an id in the first message").0, "uuid");
    assert_eq!(kind("a counter in the first message").0, "counter");
}

#[test]
fn the_spot_is_shown_around_the_first_difference() {
    let mut session = Session::shipped(CLEAN);
    session.text(6, 2, |_, text| text.replace("/workspace", "/workspace/ferry"));
    let found = session.explained().findings.remove(0);
    assert_eq!(found.old.as_deref().map(|text| text.contains("<cwd>/workspace</cwd>")), Some(true));
    assert_eq!(found.new.as_deref().map(|text| text.contains("<cwd>/workspace/ferry")), Some(true));
    let byte = found.byte.unwrap() as usize;
    let text = session.bodies[6]["input"][2]["content"][0]["text"].as_str().unwrap();
    assert!(text[byte..].starts_with("/ferry"), "{byte} in {text}");
}

#[test]
fn settings_that_caches_are_keyed_by_are_told_although_the_prompt_goes_on() {
    let settings: [(&str, &str, Value); 7] = [
        ("/model", "model_changed", json!("other")),
        ("/prompt_cache_key", "prompt_cache_key_changed", json!("k2")),
        ("/parallel_tool_calls", "tools_changed", json!(false)),
        ("/text/format", "text_format_changed", json!({"type": "json_object"})),
        ("/reasoning/effort", "reasoning_effort_changed", json!("high")),
        ("/text/verbosity", "verbosity_changed", json!("low")),
        ("/service_tier", "service_tier_changed", json!("flex")),
    ];
    for (pointer, cause, value) in settings {
        let mut session = Session::shipped(CLEAN);
        let keys: Vec<&str> = pointer.split('/').skip(1).collect();
        session.from(5, |_, body| match keys.as_slice() {
            [field] => body[*field] = value.clone(),
            [field, key] => body[*field][*key] = value.clone(),
            _ => unreachable!(),
        });
        let found = session.explained().findings;
        let [one] = found.as_slice() else { panic!("{pointer}: {found:?}") };
        assert_eq!((one.seq, one.found, one.cause), (5, Found::Setting, cause));
        assert_eq!(
            (one.what, one.fix, one.pointer.as_str()),
            (What::SettingChanged, Fix::KeepSetting, pointer)
        );
        // All of the request before it is to be read again.
        let before = session.recording().exchanges()[4].usage.as_ref().unwrap().input_tokens;
        assert_eq!((one.tokens_lost, one.tokens_again), (before, before), "{pointer}");
    }
    // A summary of the reasoning is no part of the key.
    let mut session = Session::shipped(CLEAN);
    session.from(5, |_, body| body["reasoning"]["summary"] = "detailed".into());
    assert_eq!(session.explained().findings, []);
}

#[test]
fn a_provider_that_read_the_prefix_all_the_same_is_believed() {
    let mut session = Session::shipped(CLEAN);
    session.from(5, |_, body| body["service_tier"] = "flex".into());
    session.counted_by_a_provider();
    assert_eq!(session.explained().findings, []);
    session.counted[5].as_mut().unwrap().1 = 0;
    assert_eq!(session.explained().findings[0].cause, "service_tier_changed");
}

#[test]
fn a_miss_without_a_break_is_told_by_the_servers_count() {
    let mut session = Session::shipped(CLEAN);
    session.counted_by_a_provider();
    assert_eq!(session.explained().findings, [], "everything was read");
    session.counted[7].as_mut().unwrap().1 = 512;
    session.counted[9].as_mut().unwrap().1 = 0;
    // Twelve minutes before the last but one.
    session.at_ms =
        (0..12).map(|at| Some(at * 4_000 + if at >= 9 { 720_000 } else { 0 })).collect();
    let found = session.explained().findings;
    let told: Vec<_> =
        found.iter().map(|one| (one.seq, one.cause, one.what, one.fix, one.gap_ms)).collect();
    assert_eq!(
        told,
        [
            (7, "unexplained", What::Unexplained, Fix::Route, Some(4_000)),
            (9, "expired", What::Expired, Fix::KeepWarm, Some(724_000)),
        ]
    );
    assert_eq!(found[0].tokens_lost, session.counted[6].unwrap().0 - 512);
    assert!(found[1].advice.starts_with("12 minutes since"), "{}", found[1].advice);
    // A request that breaks is a break, whatever the server counted.
    session.tools(7, |tools| tools.swap(0, 1));
    assert_eq!(session.explained().findings[0].found, Found::Break);
}

#[test]
fn a_compaction_call_that_is_built_unlike_a_turn() {
    let mut session = Session::shipped("compaction-keeps");
    let clean = session.explained().findings;
    session.from(0, |_, body| {
        let last = body["input"].as_array().unwrap().last().unwrap()["type"].clone();
        if last == "compaction_trigger" {
            body.as_object_mut().unwrap().shift_remove("tools");
        }
    });
    let found = session.explained().findings;
    let more: Vec<&Finding> = found.iter().filter(|one| !clean.contains(one)).collect();
    assert!(!more.is_empty());
    for one in more {
        assert_eq!((one.cause, one.what), ("tools_changed", What::SideRequest));
        assert_eq!((one.fix, one.expected), (Fix::ReuseTurn, false));
    }
}

fn repeated(
    seqs: std::ops::RangeInclusive<u32>,
    cause: &'static str,
    what: What,
) -> Vec<(u32, &'static str, What)> {
    seqs.map(|seq| (seq, cause, what)).collect()
}

/// What is to be found in each shipped recording: causes, and whether they are expected.
#[test]
fn shipped_recordings_have_what_they_should_have() {
    let mut looked = 0;
    for folder in ["", "codex", "opencode", "conformance", "upstream"] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings").join(folder);
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|end| end != "jsonl") {
                continue;
            }
            looked += 1;
            let name = path.file_stem().unwrap().to_str().unwrap();
            let found = explained(&Recording::load(&path).unwrap(), None).findings;
            let told: Vec<_> = found.iter().map(|one| (one.seq, one.cause, one.what)).collect();
            let compacted = "context_compacted";
            let expected = match name {
                // The scenario asks for another model in its third turn.
                "change-folder" => vec![(12, "model_changed", What::SettingChanged)],
                "compaction-keeps" => {
                    vec![(9, compacted, What::Compacted), (19, compacted, What::Compacted)]
                }
                "compaction-loses" => {
                    vec![(9, compacted, What::Compacted), (20, compacted, What::Compacted)]
                }
                // What the scenarios of known mistakes are there for; their `@fixed` twins are clean.
                "clock-first" => repeated(1..=9, "input_changed", What::VaryingValue),
                "clock-first@last" => repeated(1..=9, "input_changed", What::TailReplaced),
                "effort-changed" => {
                    vec![(6, "reasoning_effort_changed", What::SettingChanged)]
                }
                "folder-rewritten" => {
                    let what = What::EnvironmentRewritten;
                    [5, 9, 12].map(|seq| (seq, "input_changed", what)).to_vec()
                }
                "tools-changed" => vec![
                    (9, "tools_changed", What::ToolRemoved),
                    (12, "tools_changed", What::ToolAdded),
                ],
                "tools-shuffled" => repeated(1..=8, "tools_changed", What::ToolsReordered),
                // Its compact endpoint is asked without tools.
                "conf-compaction" => vec![(2, "tools_changed", What::SideRequest)],
                _ => vec![],
            };
            assert_eq!(told, expected, "{name}");
            assert!(found.iter().all(|one| one.expected == (one.cause == compacted)), "{name}");
        }
    }
    assert!(looked > 30, "{looked} recordings");
}

/// What the command says of a planted session.
fn said(plant: &str, more: &[&str]) -> Ran {
    let mut session = Session::shipped(CLEAN);
    let plant = PLANTS.iter().find(|one| one.name == plant).unwrap();
    (plant.plant)(&mut session);
    let world = World::new();
    world.write("s.jsonl", session.recording().to_jsonl());
    let args: Vec<&str> = ["explain", "s.jsonl"].iter().chain(more).copied().collect();
    let ran = world.unreel(&args);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    for line in ran.out.lines().filter(|_| more.is_empty()) {
        assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
    }
    ran
}

/// Figures depend on the wording of prompts.
fn without_figures(text: &str) -> String {
    let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let figures = regex::Regex::new(
        r"\$?\b\d[\d,.]*( (tokens|kB|B|MB|read again)\b)|\$\d[\d.]*|\b\d{1,3}(,\d{3})+\b",
    )
    .unwrap();
    let text = figures.replace_all(&text, "#$1").into_owned();
    regex::Regex::new(r"(?m) {2,}(\S)").unwrap().replace_all(&text, "  $1").into_owned()
}

#[test]
fn the_same_mistake_is_told_once_with_all_its_requests() {
    let text = without_figures(&said("the time in the environment block", &[]).out);
    insta::assert_snapshot!(text, @r"
    recording s.jsonl · scripted · builtin VERSION · unreel-1
    12 requests, # tokens sent: 11 prefix breaks

    input_changed: a value that varies, in the prefix · 11 requests: #1-#11
      at  #1 after #0 · environment · /input/2/content/0/text, byte 68 · a timestamp
      -  <now>2026-11-24T13:10:07Z</now>⏎  <shell>sh</shell>⏎  <current_date>20…
      +  <now>2026-11-24T13:11:07Z</now>⏎  <shell>sh</shell>⏎  <current_date>20…
      lost  # tokens, # kB · all read again
      server read # of # tokens from its cache
      fix  take the timestamp out of the environment block: say it in a message behind the history, or
      let the model ask a tool

    by cause  found  lost tokens  read again  bytes  money
    input_changed  11  #  #  # kB

    lost: tokens of the request before it that a request does not begin with. read again: of those, what
      it sends and no earlier request began with, the bound of an ideal cache. Tokens: o200k, own
      rendering.
    money: estimate, what was read again at the price of fresh less that of cached input, list prices of
      2026-11-22; no price known for unreel-1 (--price-as MODEL)
    one of them: unreel explain s.jsonl --exchange 11
    ");
}

#[test]
fn several_kinds_are_told_by_what_they_cost() {
    let mut session = Session::shipped("compaction-keeps");
    session.tools(3, |tools| tools.retain(|tool| tool["name"] != "update_plan"));
    session.from(6, |_, body| body["reasoning"]["effort"] = "high".into());
    let world = World::new();
    world.write("s.jsonl", session.recording().to_jsonl());
    let ran = world.unreel(&["explain", "s.jsonl", "--price-as", "gpt-6-sol"]);
    insta::assert_snapshot!(without_figures(&ran.out), @r"
    recording s.jsonl · scripted · builtin VERSION · unreel-1
    24 requests, # tokens sent: 1 prefix break, 1 changed setting, 2 breaks expected after
      compactions

    reasoning_effort_changed: setting changed · 1 request: #6
      at  #6 after #5 · /reasoning/effort
      -  (not set)
      +  high
      lost  # tokens, # kB · all read again · #
      server read # of # tokens from its cache; it is not keyed by this, providers' are
      fix  keep the reasoning effort constant for a conversation, or branch; from GPT-6 on a
      `configuration_update` item changes it without a miss

    tools_changed: tool removed · 1 request: #3
      at  #3 after #2 · tools · /tools/3/name
      -  update_plan
      lost  # tokens, # kB · all read again · #
      server read # of # tokens from its cache
      fix  leave the tool in the list and forbid it with `allowed_tools` (or `tool_choice`): the list
      stays, and the prefix with it

    context_compacted: history compacted · expected · 2 requests: #9, #19
      at  #9 after #7 · user · /input/3 · 17 items
      -  Hello. We will work on labelrun for a while, a piece each time, so here …
      lost  # tokens, # kB · # read again · #
      server read # of # tokens from its cache
      fix  expected after a compaction; a higher threshold, or a shorter tail that is kept, makes it
      rarer

    by cause  found  lost tokens  read again  bytes  money
    reasoning_effort_changed  1  #  #  # kB  #
    tools_changed  1  #  #  # kB  #
    context_compacted (expected)  2  #  573  # kB  #

    lost: tokens of the request before it that a request does not begin with. read again: of those, what
      it sends and no earlier request began with, the bound of an ideal cache. Tokens: o200k, own
      rendering.
    money: estimate, what was read again at the price of fresh less that of cached input, list prices of
      2026-11-22
    one of them: unreel explain s.jsonl --exchange 19
    ");
}

#[test]
fn a_markdown_for_an_issue() {
    let text = said("an old output cleared", &["--format", "markdown"]).out;
    insta::assert_snapshot!(without_figures(&text), @r"
    **12 requests, # tokens sent: 1 prefix break**

    recording s.jsonl · scripted · builtin VERSION · unreel-1

    #### input_changed: tool output cleared · 1 request: #4

    - at #4 after #3 · tool output · /input/7/output, byte 0
      ```diff
      -Chunk ID: 93790b⏎Wall time: 0.0000 seconds⏎Process exited with code 1⏎Or…
      +[Old tool result content cleared]
      ```
    - lost # tokens, # kB · # read again
    - the server read # of # tokens from its cache
    - **fix:** clear seldom and many at once: each clearing reads everything behind the first cleared output again

    | by cause | found | lost tokens | read again | bytes | money |
    | --- | --- | --- | --- | --- | --- |
    | input_changed | 1 | # | # | # kB |  |

    lost: tokens of the request before it that a request does not begin with. read again: of those, what it sends and no earlier request began with, the bound of an ideal cache. Tokens: o200k, own rendering.  
    money: estimate, what was read again at the price of fresh less that of cached input, list prices of 2026-11-22; no price known for unreel-1 (--price-as MODEL)
    ");
}

/// Names from a log mean themselves: they break no list, no table and no code span.
#[test]
fn names_are_escaped_in_markdown() {
    let mut session = Session::shipped(CLEAN);
    let bad = "run|`rm`_<b>\n## x";
    session.from(0, |_, body| body["tools"][0]["name"] = bad.into());
    session.tools(3, |tools| tools[0]["a|`b`"] = json!(1));
    session.from(3, |_, body| body["model"] = "*m*|`x`".into());
    let world = World::new();
    world.write("s|`1`.jsonl", session.recording().to_jsonl());
    let ran = world.unreel(&["explain", "s|`1`.jsonl", "--format", "markdown"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for shown in [
        r"recording s\|\`1\`.jsonl ·",
        r"/tools/0/a\|\`b\` · run\|\`rm\`\_\<b\>⏎## x",
        r"- also /model: unreel-1 → \*m\*\|\`x\` (model_changed)",
        r"no price known for \*m\*\|\`x\` ",
    ] {
        assert!(ran.out.contains(shown), "{shown}\n{}", ran.out);
    }
    assert!(!ran.out.contains("\n## x"), "{}", ran.out);
    // Text for people to read is as it was.
    let text = world.unreel(&["explain", "s|`1`.jsonl"]).out;
    assert!(text.contains("/tools/0/a|`b` · run|`rm`_<b>⏎## x"), "{text}");
    assert!(
        text.contains("\n  also   /model: unreel-1 → *m*|`x` (model_changed)\n  fix    stay"),
        "{text}"
    );
}

#[test]
fn who_goes_back_makes_no_mistake() {
    let text = said("the last step taken back", &[]).out;
    assert!(text.contains("tokens sent: 1 break where the conversation went back\n"), "{text}");
    assert!(text.contains("taken back · expected · 1 request: #4\n"), "{text}");
    assert!(text.contains("\n  note   nothing to mend") && !text.contains("\n  fix "), "{text}");
    assert!(text.contains("· 0 read again"), "{text}");
}

#[test]
fn a_date_that_did_not_change_is_not_the_cause() {
    let mut session = Session::shipped(CLEAN);
    session.text(0, 2, |at, text| {
        let rest = if at < 6 { ", in French" } else { ": in German" };
        format!("{text}\nDue Tue Nov 24{rest}")
    });
    let found = session.explained().findings;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].what, found[0].recognised), (What::EnvironmentRewritten, None));
}

#[test]
fn without_times_no_miss_is_called_expired_and_the_text_says_so() {
    let mut session = Session::shipped(CLEAN);
    session.counted_by_a_provider();
    session.counted[9].as_mut().unwrap().1 = 0;
    let told = |session: &Session| {
        let world = World::new();
        world.write("s.jsonl", session.recording().to_jsonl());
        world.unreel(&["explain", "s.jsonl"]).out.replace("\n  ", " ")
    };
    let sentence = "whether entries ran out cannot be judged, and no miss is called expired";
    let text = told(&session);
    assert!(text.contains("unexplained: ") && text.contains(sentence), "{text}");
    session.at_ms = (0..12).map(|at| Some(at * 400_000)).collect();
    let text = told(&session);
    assert!(text.contains("expired: ") && !text.contains(sentence), "{text}");
}

/// A cache whose entries run out in the virtual time of a run.
#[test]
fn a_run_in_which_every_entry_ran_out() {
    let world = World::new();
    let (scenarios, recordings) = ["scenarios", "recordings"]
        .map(|name| format!("{}/{name}", env!("CARGO_MANIFEST_DIR")))
        .into();
    let cache = "anthropic-5m:pause=400";
    let from = ["--root", &scenarios, "--recordings", &recordings];
    let ran = world.unreel(&[&["run", CLEAN, "--cache", cache, "--out", "r"][..], &from].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = world.unreel(&["explain", "r", CLEAN]).out;
    assert!(text.contains("expired: cache entry probably expired · "), "{text}");
    assert!(text.contains("6 min later · in virtual time"), "{text}");
}

#[test]
fn one_exchange_and_a_clean_one() {
    let plant = "tools in another order every time";
    let one = said(plant, &["--exchange", "3", "--format", "json"]).out;
    let one: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(one["findings"].as_array().unwrap().len(), 1);
    assert_eq!((&one["findings"][0]["seq"], &one["causes"][0]["count"]), (&json!(3), &json!(1)));
    let clean = said(plant, &["--exchange", "0"]).out;
    assert!(clean.contains("nothing found at #0") && !clean.contains("no break"), "{clean}");
}

#[test]
fn bad_input_is_a_usage_error_with_help() {
    let world = World::new();
    world.write("s.jsonl", Session::shipped(CLEAN).recording().to_jsonl());
    for (args, what) in [
        (&["explain", "s.jsonl", "--exchange", "12"][..], "there is no exchange 12"),
        (&["explain", "s.jsonl", "tiny"], "a recording has no runs"),
        (&["explain", "nowhere"], "cannot be read"),
        (&["explain", "s.jsonl", "--price-as", "gpt-0"], "has no price for it"),
        (&["explain", "scenarios"], "holds no journal"),
        (&["explain", "s.jsonl", "--prices", "s.jsonl"], "s.jsonl"),
    ] {
        let ran = world.unreel(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.contains(what) && ran.err.contains("help: "), "{args:?}: {}", ran.err);
    }
}

#[test]
fn folders_of_results_journals_runs_and_foreign_logs_are_read() {
    let world = World::new();
    world.write("scenarios/variants/brief.yaml", "summary: brief\ninstructions: Be brief.\n");
    let ran = world.unreel(&["run", "--script", "--variant", "base,brief", "tiny", "--out", "r"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let all = world.unreel(&["explain", "r"]);
    insta::assert_snapshot!(all.out, @r"
    run           req  found  expected  read again  money  most of it
    tiny@base#1     3
    tiny@brief#1    3
    2 of 2 runs without a mistake
    found: breaks, changed settings and misses that neither a compaction nor a step back explains. read
      again: tokens, the bound of an ideal cache; expected ones included.
    one of them: unreel explain r 'tiny@base#1'
    ");
    for args in [
        &["explain", "r", "tiny@brief"][..],
        &["explain", "r/journal.jsonl", "tiny"],
        &["explain", "r/runs/tiny@brief#1"],
        &["explain", "r/runs/tiny@brief#1/events.jsonl"],
    ] {
        let ran = world.unreel(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        assert!(ran.out.contains("3 requests") && ran.out.contains("no break"), "{}", ran.out);
    }
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/logs/claude-code.jsonl");
    let ran = world.unreel(&["explain", log.to_str().unwrap()]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("not in the log: "), "{}", ran.out);
}

#[test]
fn without_its_texts_a_session_loses_the_same_at_the_same_places() {
    for plant in PLANTS {
        let mut session = Session::shipped(CLEAN);
        (plant.plant)(&mut session);
        let recording = session.recording();
        let figures = |recording: &Recording| {
            let found = explained(recording, None).findings.into_iter();
            let figures = found
                .map(|one| (one.seq, one.cause, one.tokens_lost, one.bytes_lost, one.tokens_again));
            figures.collect::<Vec<_>>()
        };
        assert_eq!(figures(&structure_only(&recording)), figures(&recording), "{}", plant.name);
    }
}

#[test]
fn the_command_below_a_table_of_runs_is_a_true_one() {
    let world = World::new();
    let (scenarios, recordings) = ["scenarios", "recordings"]
        .map(|name| format!("{}/{name}", env!("CARGO_MANIFEST_DIR")))
        .into();
    let ran = world.unreel(&[
        "run",
        "--root",
        &scenarios,
        "--recordings",
        &recordings,
        "tools-shuffled",
        "--out",
        "r",
    ]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let line = ran.out.lines().find_map(|line| line.strip_prefix("what broke the prefix: unreel "));
    let words: Vec<&str> = line.unwrap().split(' ').collect();
    assert_eq!(words, ["explain", "r", "tools-shuffled"]);
    let explained = world.unreel(&words);
    assert_eq!(explained.code, 0);
    assert!(explained.out.contains("sort the tools by name"), "{}", explained.out);
    // Nothing to explain, no hint.
    let clean = world.unreel(&["run", "--script", "tiny", "--out", "c"]);
    assert!(!clean.out.contains("unreel explain"), "{}", clean.out);
}
