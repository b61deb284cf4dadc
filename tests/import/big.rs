//! A rollout larger than memory should be: it is written as it is read.

use crate::fuzz::peak;
use std::io::{BufRead, BufWriter, Write};
use unreel::recording::file::Stream;
use unreel::recording::import::{Format, import};

/// Bytes of the log.
const SIZE: u64 = 500_000_000;

/// Writes a rollout of that size: turns of ten calls with long outputs, compacted every fifty, as a
/// context window would have it. Gives the number of answers.
fn rollout(out: &mut impl Write) -> u32 {
    let (mut written, mut answers) = (0u64, 0u32);
    let mut line = |out: &mut dyn Write, text: String| {
        written += text.len() as u64 + 1;
        writeln!(out, "{text}").unwrap();
        written
    };
    let item = |payload: &str| {
        format!(
            r#"{{"timestamp":"2026-05-01T10:00:00.000Z","type":"response_item","payload":{payload}}}"#
        )
    };
    line(out, r#"{"type":"session_meta","payload":{"id":"x","cli_version":"0.125.0"}}"#.into());
    let mut size = 0;
    while size < SIZE {
        if answers % 50 == 0 {
            let kept = r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"go on"}]}"#;
            line(
                out,
                format!(
                    r#"{{"type":"compacted","payload":{{"message":"","replacement_history":[{kept}]}}}}"#
                ),
            );
        }
        line(
            out,
            item(&format!(
                r#"{{"type":"function_call","name":"exec_command","arguments":"{{}}","call_id":"c{answers}"}}"#
            )),
        );
        let total = u64::from(answers + 1) * 100;
        let usage = format!(
            r#"{{"input_tokens":{total},"cached_input_tokens":0,"output_tokens":{total}}}"#
        );
        line(
            out,
            format!(
                r#"{{"type":"event_msg","payload":{{"type":"token_count","info":{{"total_token_usage":{usage},"last_token_usage":{{"input_tokens":100,"cached_input_tokens":0,"output_tokens":100}}}}}}}}"#
            ),
        );
        let output = format!("{answers:08} ").repeat(1_100);
        size = line(
            out,
            item(&format!(
                r#"{{"type":"function_call_output","call_id":"c{answers}","output":"{output}"}}"#
            )),
        );
        answers += 1;
    }
    answers
}

#[test]
#[ignore = "writes a gigabyte"]
fn a_rollout_of_half_a_gigabyte_is_imported_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("rollout.jsonl");
    let mut out = BufWriter::new(std::fs::File::create(&log).unwrap());
    let answers = rollout(&mut out);
    out.flush().unwrap();
    drop(out);
    let before = peak();
    let target = folder.path().join("recording.jsonl");
    let mut stream = Stream::create(&target).unwrap();
    let (header, session) = import(Format::Codex, &log, &mut stream).unwrap();
    stream.finish(&header).unwrap();
    let (log, recording) = (log.metadata().unwrap().len(), target.metadata().unwrap().len());
    let _ = writeln!(
        std::io::stderr(),
        "{answers} answers, {log} bytes, recording {recording} bytes; peak {before:?} kB before, {:?} kB after",
        peak()
    );
    assert_eq!(session.models.values().sum::<u32>(), answers);
    let text = std::fs::File::open(&target).unwrap();
    let last = std::io::BufReader::new(text).lines().last().unwrap().unwrap();
    assert_eq!(last, format!("{{\"end\":{answers}}}"));
    assert!(peak().is_none_or(|peak| peak < 150_000), "memory stays bounded");
}
