//! What `exec_command` and `write_stdin` share: sessions, waiting, and the envelope of outputs.

use super::{Body, Chunk, Outcome, Room};
use crate::agent::history::quarter;
use crate::agent::host::Host;
use crate::agent::truncate::{lossy, truncate_middle};
use crate::sandbox::{ProcessId, Progress, Until};
use crate::wire::Digest;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// Largest output the model reads, tokens.
const OUTPUT_TOKENS: u64 = 10_000;
/// Why a call that met the end of the budget has no output.
const OUT_OF_TIME: &str = "stopped: the run's budget of seconds is used up";

/// Processes that are still running, by session id: 1000, 1001, .. in call order.
#[derive(Debug, Default)]
pub(in crate::agent) struct Sessions {
    running: BTreeMap<u32, ProcessId>,
    opened: u32,
}

impl Sessions {
    pub(super) fn process(&self, session: u32) -> Option<ProcessId> {
        self.running.get(&session).copied()
    }

    fn open(&mut self, process: ProcessId) -> u32 {
        let session = 1000 + self.opened;
        self.opened += 1;
        self.running.insert(session, process);
        session
    }
}

/// When a call returns, besides the end of its process.
#[derive(Debug)]
pub(super) struct Patience {
    pub(super) wait_for: Option<String>,
    pub(super) yield_time_ms: Option<u64>,
    pub(super) max_output_tokens: Option<u64>,
}

/// Waits for a process; at the end of the budget it is killed.
pub(super) async fn wait<H: Host>(
    room: &Room<'_, H>,
    tool: &str,
    process: ProcessId,
    session: Option<u32>,
    patience: Patience,
) -> Outcome {
    let left = room.deadline.saturating_duration_since(Instant::now());
    let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let millis = patience.yield_time_ms.map_or(left, |millis| millis.min(left));
    let until =
        Until { text: patience.wait_for.filter(|text| !text.is_empty()), millis: Some(millis) };
    let progress = match room.host.wait(process, &until).await {
        Ok(progress) => progress,
        Err(error) => return Outcome::sandbox(tool, &error),
    };
    if progress.timed_out && millis == left {
        return match room.host.kill(process).await {
            Ok(()) => Outcome { out_of_time: true, ..Outcome::text(OUT_OF_TIME) },
            Err(error) => Outcome::sandbox(tool, &error),
        };
    }
    let unsettled = match (progress.timed_out, progress.lingering) {
        (true, _) => Some(format!("{tool} returned after {millis} ms, not on an event")),
        (_, true) => Some(format!("{tool} left processes behind that hold its output open")),
        _ => None,
    };
    let text = room.volatile.iter().fold(decode(&progress), |text, (pattern, replace)| {
        pattern.replace_all(&text, replace.as_str()).into_owned()
    });
    let limit_tokens = patience.max_output_tokens.unwrap_or(OUTPUT_TOKENS).min(OUTPUT_TOKENS);
    Outcome {
        raw_bytes: text.len() as u64 + progress.omitted,
        exit: progress.exited.map(|exited| exited.code),
        unsettled,
        ..Outcome::new(Body::Process(Chunk {
            process,
            session,
            text,
            exited: progress.exited,
            limit_tokens,
        }))
    }
}

/// The bytes as text, with a mark where the sandbox left some out.
fn decode(progress: &Progress) -> String {
    if progress.omitted == 0 {
        return lossy(&progress.output);
    }
    let (head, tail) = progress.output.split_at(progress.omitted_at.min(progress.output.len()));
    format!("{}\n[{} bytes omitted]\n{}", lossy(head), progress.omitted, lossy(tail))
}

/// Puts a chunk in its envelope. Called in call order, so that session ids do not depend on which
/// process was faster. The chunk id is a hash of the call id, whichever answer the call came in (a cut
/// stream brings it in a later one); the wall time is that of the virtual clock.
pub(in crate::agent) fn envelope(
    chunk: &Chunk,
    raw_bytes: u64,
    call_id: &str,
    sessions: &mut Sessions,
) -> String {
    let id = Digest::of(call_id).short(6);
    let state = match (chunk.exited, chunk.session) {
        (Some(exited), session) => {
            session.map(|session| sessions.running.remove(&session));
            format!("Process exited with code {}", exited.code)
        }
        (None, Some(session)) => format!("Process running with session ID {session}"),
        (None, None) => {
            format!("Process running with session ID {}", sessions.open(chunk.process))
        }
    };
    let tokens = quarter(raw_bytes);
    let cut = truncate_middle(&chunk.text, chunk.limit_tokens);
    let text = match cut.truncated {
        true => {
            let lines = chunk.text.lines().count();
            format!(
                "Warning: truncated output (original token count: {tokens})\n\
                 Total output lines: {lines}\n\n{}",
                cut.text
            )
        }
        false => cut.text,
    };
    format!(
        "Chunk ID: {id}\nWall time: 0.0000 seconds\n{state}\nOriginal token count: {tokens}\n\
         Output:\n{text}"
    )
}

/// The end of the budget for a run that begins now.
pub(in crate::agent) fn deadline(seconds: u32) -> Instant {
    Instant::now() + Duration::from_secs(u64::from(seconds))
}

#[cfg(test)]
mod tests {
    use super::{Sessions, envelope};
    use crate::agent::tools::Chunk;
    use crate::sandbox::Exited;

    fn chunk(text: &str, exited: Option<i32>, limit_tokens: u64) -> Chunk {
        Chunk {
            process: 1,
            session: None,
            text: text.into(),
            exited: exited.map(|code| Exited { code }),
            limit_tokens,
        }
    }

    #[test]
    fn the_envelope_is_fixed() {
        let mut sessions = Sessions::default();
        let text = envelope(&chunk("hello\n", Some(3), 100), 6, "call_1", &mut sessions);
        let (first, rest) = text.split_once('\n').unwrap();
        assert!(first.len() == "Chunk ID: ".len() + 6 && first.starts_with("Chunk ID: "));
        assert_eq!(
            rest,
            "Wall time: 0.0000 seconds\nProcess exited with code 3\n\
             Original token count: 2\nOutput:\nhello\n"
        );
        let again = envelope(&chunk("hello\n", Some(3), 100), 6, "call_2", &mut sessions);
        assert_ne!(first, again.lines().next().unwrap(), "another call, another chunk");
    }

    #[test]
    fn sessions_count_from_1000() {
        let mut sessions = Sessions::default();
        for want in ["session ID 1000", "session ID 1001"] {
            let text = envelope(&chunk("", None, 100), 0, "c", &mut sessions);
            assert!(text.contains(want));
        }
        let ended = Chunk { session: Some(1000), ..chunk("", Some(0), 100) };
        envelope(&ended, 0, "c", &mut sessions);
        assert_eq!(sessions.process(1000), None);
        assert_eq!(sessions.process(1001), Some(1));
    }

    #[test]
    fn a_cut_output_says_so_first() {
        let long = "0123456789\n".repeat(100);
        let text = envelope(&chunk(&long, Some(0), 20), 1100, "c", &mut Sessions::default());
        let body = text.split_once("Output:\n").unwrap().1;
        assert!(body.starts_with(
            "Warning: truncated output (original token count: 275)\nTotal output lines: 100\n\n0123"
        ));
        assert!(body.len() < 300 && body.ends_with("89\n"));
    }
}
