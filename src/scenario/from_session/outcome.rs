//! How a call ended, as programs write it into their outputs.

use crate::wire::Raw;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// What an output tells of its call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Exit code of a command, if it is told.
    pub(super) exit: Option<i32>,
    /// Whether the output says that the call failed.
    pub(super) failed: bool,
    /// The session that a command still running was given.
    pub(super) running: Option<u64>,
    /// Whether there is an output.
    pub(super) answered: bool,
}

/// `Process exited with code 1`, `Exit code: 1`, `Exit code 1`.
static EXIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:Error: )?(?:Process exited with code|Exit code:?|exit code:?) (-?\d+)\s*$")
        .ok()
});
static RUNNING: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^Process running with session ID (\d+)\s*$").ok());

/// Lines above the output proper, at most.
const HEAD: usize = 8;

impl Outcome {
    /// Reads an output.
    pub(super) fn of(output: Option<&Raw>) -> Self {
        let Some(raw) = output else { return Self::default() };
        let item = raw.item();
        let text = item.text();
        let mut outcome = Self { answered: true, ..Self::default() };
        if let Ok(value) = serde_json::from_str::<Value>(&text)
            && let Some(exit) = value.pointer("/metadata/exit_code").and_then(Value::as_i64)
        {
            outcome.exit = i32::try_from(exit).ok();
        } else {
            let number = |pattern: &LazyLock<Option<Regex>>, line: &str| {
                let found = pattern.as_ref()?.captures(line)?;
                found.get(1)?.as_str().parse::<i64>().ok()
            };
            for line in text.lines().take(HEAD).take_while(|line| !line.starts_with("Output:")) {
                if let Some(exit) = number(&EXIT, line) {
                    outcome.exit = i32::try_from(exit).ok();
                    break;
                }
                outcome.running = number(&RUNNING, line).and_then(|id| u64::try_from(id).ok());
                if outcome.running.is_some() {
                    break;
                }
            }
        }
        if outcome.exit.is_none()
            && let Some(last) = text.trim_end().lines().last()
            && let Some(exit) = last.strip_prefix("Command exited with code ")
        {
            outcome.exit = exit.parse().ok();
        }
        let says_so =
            ["apply_patch verification failed", "patch rejected", "failed to ", "aborted"];
        outcome.failed = outcome.exit.is_some_and(|exit| exit != 0)
            || item.str("status") == Some("incomplete")
            || outcome.exit.is_none() && says_so.iter().any(|start| text.starts_with(start));
        outcome
    }

    /// For programs that tell exit codes of failures only.
    pub(super) fn assume_success(&mut self) {
        if self.answered && !self.failed && self.exit.is_none() {
            self.exit = Some(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(output: &str, status: Option<&str>) -> Outcome {
        let mut item = json!({"type": "function_call_output", "call_id": "c", "output": output});
        if let Some(status) = status {
            item["status"] = status.into();
        }
        Outcome::of(Some(&Raw::from_value(&item)))
    }

    #[test]
    fn exit_codes_are_read_from_the_head_alone() {
        let unified = "Chunk ID: a\nWall time: 0.1 seconds\nProcess exited with code 2\nOutput:\nx";
        assert_eq!(outcome(unified, None).exit, Some(2));
        assert_eq!(
            outcome("Exit code: 0\nWall time: 0 seconds\nOutput:\nDone", None).exit,
            Some(0)
        );
        let behind = outcome("(no output)\n\nCommand exited with code 4", Some("incomplete"));
        assert_eq!(behind.exit, Some(4));
        assert_eq!(outcome("Exit code 127\nsh: not found", Some("incomplete")).exit, Some(127));
        let json = r#"{"output":"Exit code: 1","metadata":{"exit_code":0,"duration_seconds":1.0}}"#;
        assert_eq!(outcome(json, None).exit, Some(0));
        let inside = outcome("Wall time: 1 s\nOutput:\nExit code: 3", None);
        assert_eq!((inside.exit, inside.failed), (None, false));
    }

    #[test]
    fn failures_without_a_code_and_running_commands_are_seen() {
        let running =
            outcome("Chunk ID: a\nProcess running with session ID 48230\nOutput:\n", None);
        assert_eq!((running.running, running.exit), (Some(48230), None));
        assert!(outcome("apply_patch verification failed: no such lines", None).failed);
        assert!(outcome("no", Some("incomplete")).failed);
        let mut good = outcome("fine", None);
        good.assume_success();
        assert_eq!(good.exit, Some(0));
        let mut none = Outcome::of(None);
        none.assume_success();
        assert_eq!(none.exit, None, "what has no output may never have ended");
    }
}
