//! What each importer makes of a log of its kind.

use crate::story::{import, log, story};
use unreel::recording::import::{Format, detect};

#[test]
fn show() {
    for (format, name) in ALL {
        let imported = import(format, name);
        eprintln!(
            "== {name}\n{}{:?}\n{:?}",
            story(&imported),
            imported.recording.header,
            imported.session
        );
    }
}

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
