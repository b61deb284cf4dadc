//! What each importer makes of a log of its kind.

use crate::story::{import, log, story};
use unreel::recording::file::Lack;
use unreel::recording::import::{Format, Imported, detect};
use unreel::wire::Raw;

/// The logs, by format.
pub(crate) const ALL: [(Format, &str); 10] = [
    (Format::Codex, "codex-0.125.jsonl"),
    (Format::Codex, "codex-0.169.jsonl"),
    (Format::Codex, "codex-oldest.jsonl"),
    (Format::ClaudeCode, "claude-code.jsonl"),
    (Format::Pi, "pi.jsonl"),
    (Format::SweAgent, "swe-agent.traj"),
    (Format::MiniSweAgent, "mini-swe-agent.traj.json"),
    (Format::Inspect, "inspect.json"),
    (Format::Har, "traffic.har"),
    (Format::ChatCompletions, "requests.jsonl"),
];

#[test]
fn formats_are_guessed() {
    for (format, name) in ALL {
        assert_eq!(detect(&log(name)).unwrap(), Some(format), "{name}");
    }
}

/// Imports a log of ours and compares what came of it.
fn check(format: Format, name: &str, expected: &[&str]) -> Imported {
    let imported = import(format, name);
    let found = story(&imported);
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{name}");
    imported
}

fn notes(imported: &Imported) -> Vec<String> {
    imported.session.notes.iter().map(ToString::to_string).collect()
}

/// A top-level field of an exchange.
fn field<'a>(imported: &'a Imported, exchange: usize, name: &str) -> Option<&'a str> {
    let recording = &imported.recording;
    let field = recording.exchanges[exchange].fields.iter().find(|(key, _)| key == name)?;
    recording.items[&field.1].raw().map(Raw::as_str)
}

#[test]
fn codex_counts_before_outputs() {
    let imported = check(
        Format::Codex,
        "codex-0.125.jsonl",
        &[
            "0 t0 +0 developer:<permissions user:<environment user:list_files \
             => thought call:call_1 call:call_2 [1000/0/0 30/10]",
            "1 t0<0 +2900 ..3 thought call:call_1 call:call_2 out:call_1=a.txt out:call_2=done \
             => assistant:One_file. [1100/896/0 6/0]",
        ],
    );
    assert_eq!(imported.recording.header.agent, "codex 0.125.0");
    assert_eq!(
        imported.recording.header.lacks,
        [Lack::Tools, Lack::Bodies, Lack::Events, Lack::Ids]
    );
    assert_eq!(field(&imported, 1, "instructions"), Some(r#""Be \"brief\".""#));
    assert_eq!(field(&imported, 0, "model"), Some("\"gpt-5.4\""));
    let session = &imported.session;
    assert_eq!(session.commit.as_deref(), Some("0123456789abcdef0123456789abcdef01234567"));
    assert_eq!(session.repository.as_deref(), Some("git@example.com:me/shop.git"));
    assert_eq!(
        (session.said.as_slice(), notes(&imported).len()),
        (&["list files".to_owned()][..], 0)
    );
    // The items are those of the log, byte for byte.
    let log = std::fs::read_to_string(log("codex-0.125.jsonl")).unwrap();
    for exchange in &imported.recording.exchanges {
        for item in exchange.input.iter().chain(&exchange.output) {
            let raw = imported.recording.items[item].raw().unwrap();
            assert!(log.contains(&format!("\"payload\":{}}}", raw.as_str())), "{raw:?}");
        }
    }
}

#[test]
fn codex_counts_after_outputs_rollbacks_aborts_and_compaction() {
    let imported = check(
        Format::Codex,
        "codex-0.169.jsonl",
        &[
            "0 t0 +0 user:<environment user:first => call:c1 [5000/0/4000 10/0]",
            "1 t0<0 +1098 ..2 call:c1 out:c1=ok => assistant:done_first [5100/4992/0 4/0]",
            "2 t0<1 +60000 ..4 assistant:done_first developer:a_change_of_ user:second,_take \
             => assistant:half_of_an Cut",
            "3 t0<1 +119998 ..5 user:third => call:c2 [5200/4992/0 4/0]",
            "4 t0<3 +121998 ..6 call:c2 out:c2=aborted user:never_mind_t => blob [5300/5248/0 90/0]",
            "5 t0<4 +123198 user:first blob => assistant:after_the_co [1200/0/0 6/0]",
        ],
    );
    assert_eq!(imported.session.compactions, [5]);
    assert_eq!(imported.session.said, ["first", "third", "never mind the call"]);
    assert_eq!(imported.recording.exchanges[3].response_id, "resp_4");
    // The base prompt is stored otherwise than it is sent.
    assert!(imported.recording.header.lacks.contains(&Lack::Instructions));
    assert_eq!(notes(&imported), ["1 of 6 answers without usage"]);
}

#[test]
fn codex_without_envelopes_and_with_a_compaction_that_tells_little() {
    let imported = check(
        Format::Codex,
        "codex-oldest.jsonl",
        &[
            "0 t0 user:hello => thought call:c1",
            "1 t0<0 ..1 thought call:c1 out:c1=x => assistant:bye",
            "2 t0<1 ..1 user:What_was_sai user:again => assistant:again",
        ],
    );
    assert_eq!(field(&imported, 0, "instructions"), Some("\"Old base.\""));
    assert!(notes(&imported)[0].starts_with("line 8: the log does not tell the history"));
}

#[test]
fn claude_code_with_parallel_calls_a_sub_agent_a_way_back_and_a_compaction() {
    let imported = check(
        Format::ClaudeCode,
        "claude-code.jsonl",
        &[
            "0 t0 +0 user:Caveat:_loca user:read_both => thought call:toolu_1 call:toolu_2 \
             [5003/0/5000 60/0]",
            "1 t1 +4100 user:look => assistant:looked [900/0/0 5/0]",
            "2 t0<0 +6000 ..2 thought call:toolu_1 call:toolu_2 out:toolu_1=A out:toolu_2=looked \
             => assistant:Both_read. [5204/5000/200 7/0]",
            "3 t0<2 +59000 ..7 assistant:Both_read. user:wrong_turn => assistant:Wrong. \
             [5224/5200/20 2/0] Incomplete(\"max_output_tokens\")",
            "4 t0<2 +119000 ..8 user:right_turn => assistant:Right. [5224/5200/20 2/0]",
            "5 t0<4 +180000 user:This_session user:go_on => assistant:Going_on. [904/0/900 3/0]",
        ],
    );
    assert_eq!(imported.session.said, ["read both", "right turn", "go on"]);
    assert_eq!(imported.session.compactions, [5]);
    let skipped = ["line 18: skipped: not an object", "line 19: skipped: /message: no `content`"];
    assert_eq!(notes(&imported), skipped);
    // Arguments are the bytes of the log.
    let texts = imported.recording.items.values().filter_map(|entry| entry.raw());
    let arguments: Vec<String> =
        texts.filter_map(|raw| raw.item().str("arguments").map(str::to_owned)).collect();
    assert!(arguments.contains(&"{\"file_path\": \"/a\"}".to_owned()), "{arguments:?}");
}

#[test]
fn pi_with_a_compaction_that_keeps_the_last_entries() {
    let imported = check(
        Format::Pi,
        "pi.jsonl",
        &[
            "0 t0 +0 user:read_a => thought call:t1 [2010/0/2000 5/0]",
            "1 t0<0 +3000 ..1 thought call:t1 out:t1=A \"quoted\" => assistant:It_says_A. \
             [2031/2000/30 4/0]",
            "2 t0<1 +61000 ..4 assistant:It_says_A. user:Ran_`make`_o user:and_now? =>  \
             [0/0/0 0/0] Cut",
            "3 t0<2 +61000 user:The_conversa user:and_now? => assistant:Now_rest. [300/0/0 3/0]",
        ],
    );
    assert_eq!(field(&imported, 2, "model"), Some("\"claude-haiku-4-5\""));
}

#[test]
fn trajectories_with_demonstrations_and_with_counts() {
    let imported = check(
        Format::SweAgent,
        "swe-agent.traj",
        &[
            "0 t0 system:You_fix_bugs user:A_demonstrat assistant:shown,_not_s user:Fix_it. \
             => assistant:Look_first. call:call_1",
            "1 t0<0 ..4 assistant:Look_first. call:call_1 out:call_1=a.py => assistant:Fixed.",
        ],
    );
    assert_eq!(imported.recording.header.model, "gpt-4o");
    assert!(imported.recording.header.lacks.contains(&Lack::Usage));
    let imported = check(
        Format::MiniSweAgent,
        "mini-swe-agent.traj.json",
        &[
            "0 t0 +0 system:One_command. user:Fix_it. => assistant:ls_first [50/16/0 5/0]",
            "1 t0<0 +1500 ..2 assistant:ls_first user:a.py => assistant:done [70/0/0 2/0]",
        ],
    );
    assert_eq!(imported.recording.header.lacks, [Lack::Tools, Lack::Bodies, Lack::Events]);
}

#[test]
fn inspect_with_events_and_without() {
    let imported = check(
        Format::Inspect,
        "inspect.json",
        &[
            "0 t0 +0 system:S user:a_long_\"text => thought assistant:on_it call:c1 [66/32/0 2/1]",
            "1 t0<0 +1000 ..2 assistant:on_it call:c1 out:c1=a => assistant:yes [90/0/0 1/0] \
             Incomplete(\"max_output_tokens\")",
            "2 t1 user:hi => assistant:ho",
        ],
    );
    assert_eq!(
        field(&imported, 0, "tools"),
        Some(
            r#"[{"type":"function","name":"bash","description":"run","parameters":{"type": "object"}}]"#
        )
    );
    assert_eq!(
        notes(&imported),
        [
            "sample \"s1\" epoch 1: it broke",
            "line 20: skipped: sample 2: no message of a model, and no model events",
            "1 of 3 answers without usage",
        ]
    );
}

#[test]
fn an_inspect_archive_is_the_same_as_its_document() {
    let text = std::fs::read_to_string(log("inspect.json")).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.eval");
    let mut archive = rawzip::ZipArchiveWriter::new(std::fs::File::create(&path).unwrap());
    let mut add = |name: &str, value: &serde_json::Value| {
        let new = archive.new_file(name).compression_method(rawzip::CompressionMethod::DEFLATE);
        let (mut entry, config) = new.start().unwrap();
        let packed = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
        let mut writer = config.wrap(packed);
        std::io::Write::write_all(&mut writer, value.to_string().as_bytes()).unwrap();
        let (packed, descriptor) = writer.finish().unwrap();
        packed.finish().unwrap();
        entry.finish(descriptor).unwrap();
    };
    add("header.json", &serde_json::json!({"eval": whole["eval"]}));
    for sample in whole["samples"].as_array().unwrap() {
        add(&format!("samples/{}_epoch_1.json", sample["id"].as_str().unwrap()), sample);
    }
    archive.finish().unwrap();
    let packed = unreel::recording::import::load(Format::Inspect, &path).unwrap();
    assert_eq!(detect(&path).unwrap(), Some(Format::Inspect));
    assert_eq!(story(&packed), story(&import(Format::Inspect, "inspect.json")));
    // What does not unpack is named, and the other samples are read.
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(16).position(|at| at.starts_with(b"samples/s2")).unwrap();
    bytes[at + 40] ^= 0xff;
    std::fs::write(&path, bytes).unwrap();
    let broken = unreel::recording::import::load(Format::Inspect, &path).unwrap();
    assert_eq!(broken.recording.exchanges.len(), 2, "{:?}", broken.session.notes);
    let note = notes(&broken).into_iter().find(|note| note.contains("samples/s2_epoch_1.json"));
    assert!(note.is_some(), "{:?}", broken.session.notes);
}

#[test]
fn traffic_of_both_apis_finds_its_threads() {
    let imported = check(
        Format::Har,
        "traffic.har",
        &[
            "0 t0 +0 user:hi => call:c1 [20/8/0 3/0]",
            "1 t0<0 +2000 ..1 call:c1 out:c1=out => assistant:done [30/0/0 1/0]",
            "2 t1 +3000 user:title? => assistant:Title",
        ],
    );
    assert_eq!(field(&imported, 0, "tools"), Some(r#"[{"type":"function","name":"f"}]"#));
    assert_eq!(field(&imported, 1, "previous_response_id"), None);
    assert_eq!(
        notes(&imported),
        [
            "line 5: skipped: entry 2: answered with HTTP 429",
            "1 of its entries is no call of a model",
            "1 of 3 answers without usage",
        ]
    );
    let imported = check(
        Format::ChatCompletions,
        "requests.jsonl",
        &[
            "0 t0 +0 system:S user:go => call:t1 [30/0/0 4/0]",
            "1 t1 +1000 user:another_conv => assistant:yes [5/0/0 1/0] \
             Incomplete(\"max_output_tokens\")",
            "2 t0<0 +2000 ..2 call:t1 out:t1=out => assistant:fin [50/32/0 1/0]",
        ],
    );
    assert_eq!(field(&imported, 0, "temperature"), Some("0.0"));
    assert_eq!(
        field(&imported, 0, "tools"),
        Some(r#"[{"type":"function","name":"f","parameters":{"n":1.0}}]"#)
    );
    assert_eq!(notes(&imported), ["line 4: skipped: response: no messages"]);
}
