//! What an agent did between its requests, read from the requests: the built-in loop tells of its
//! calls, outputs, retries and compactions itself, a program does not, and neither does a recording.

use super::{is_sampling, tool_text};
use crate::recording::journal::{CallEvent, CompactionEvent, Event, OutputEvent, Sink};
use crate::recording::{Exchange, Outcome, Printed, structure};
use crate::wire::{Endpoint, Item, Kind};

/// How tool outputs of agents say an exit code.
const EXIT_HEADS: [&str; 2] = ["Process exited with code ", "Exit code: "];

/// A call whose output has not been seen.
#[derive(Clone, Debug)]
struct Pending {
    seq: u32,
    index: u32,
    call_id: String,
}

/// Follows one thread, exchange by exchange.
#[derive(Debug, Default)]
pub struct Derive {
    pending: Vec<Pending>,
    /// The last sampling exchange: number, bytes of its request.
    sampled: Option<(u32, u64)>,
    /// An exchange that made a compaction: number, strategy, phase.
    compaction: Option<(u32, &'static str, &'static str)>,
    compactions: u32,
    /// The last exchange, if it failed: number, why.
    failed: Option<(u32, String)>,
    attempts: u32,
    /// Whether this turn has had a request.
    in_turn: bool,
}

impl Derive {
    /// A user message was handed over.
    pub fn turn(&mut self) {
        self.in_turn = false;
    }

    /// What happened before this request.
    pub fn before(&mut self, exchange: &Exchange, sink: &dyn Sink) {
        if let Some((seq, reason)) = self.failed.take() {
            self.attempts += 1;
            let attempt = self.attempts;
            // How long a program waited is a matter of its clock.
            sink.event(Event::Retry { seq, attempt, reason, wait_ms: 0 });
        } else {
            self.attempts = 0;
        }
        self.outputs(exchange, sink);
        if is_sampling(exchange) {
            if let Some((call, strategy, phase)) = self.compaction.take()
                && let Some((before_seq, bytes)) = self.sampled
            {
                self.compactions += 1;
                sink.event(Event::Compaction(CompactionEvent {
                    number: self.compactions,
                    strategy: strategy.to_owned(),
                    phase: phase.to_owned(),
                    before_seq,
                    call_seq: Some(call),
                    // What the program estimates is its own affair: a quarter of the bytes.
                    estimate_before: bytes.div_ceil(4),
                    estimate_after: exchange.wire_bytes.div_ceil(4),
                    error: None,
                }));
            }
            self.sampled = Some((exchange.seq, exchange.wire_bytes));
        } else {
            let phase = if self.in_turn { "mid_turn" } else { "pre_turn" };
            let strategy = match exchange.request.input.last().map(|raw| raw.item().kind()) {
                _ if exchange.endpoint == Endpoint::Compact => "endpoint",
                Some(Kind::CompactionTrigger) => "remote",
                _ => "summary",
            };
            self.compaction = Some((exchange.seq, strategy, phase));
        }
        self.in_turn = true;
    }

    /// What the answer asks for.
    pub fn after(&mut self, exchange: &Exchange, sink: &dyn Sink) {
        self.failed = match exchange.outcome {
            Outcome::Completed => None,
            Outcome::Cut => Some((exchange.seq, "the stream was cut".to_owned())),
            Outcome::Incomplete => Some((exchange.seq, "the answer is incomplete".to_owned())),
            Outcome::Failed => Some((exchange.seq, "the answer failed".to_owned())),
            Outcome::Error => Some((exchange.seq, format!("HTTP {}", exchange.status))),
        };
        let items: Vec<Item> = exchange.output.iter().map(|raw| raw.item()).collect();
        for (index, item) in items.iter().filter(|item| item.kind().is_call()).enumerate() {
            let (seq, index) = (exchange.seq, index as u32);
            let call_id = item.call_id().or(item.id()).unwrap_or_default().to_owned();
            let arguments = match item.arguments() {
                Some(arguments) => arguments.to_owned(),
                None => item.value().get("action").map(ToString::to_string).unwrap_or_default(),
            };
            sink.event(Event::Call(CallEvent {
                seq,
                index,
                call_id: call_id.clone(),
                tool: item.str("name").or(item.str("type")).unwrap_or_default().to_owned(),
                arguments: sink.object(arguments.as_bytes()),
            }));
            self.pending.push(Pending { seq, index, call_id });
        }
    }

    /// Outputs that this request shows for the first time, in call order. They stand at its end, so
    /// a history is not read again for each request.
    fn outputs(&mut self, exchange: &Exchange, sink: &dyn Sink) {
        let mut found: Vec<Option<(String, Option<Printed>)>> = vec![None; self.pending.len()];
        let mut left = found.len();
        for raw in exchange.request.input.iter().rev() {
            if left == 0 {
                break;
            }
            let item = raw.item();
            if !item.kind().is_output() {
                continue;
            }
            for (pending, text) in self.pending.iter().zip(&mut found) {
                let id = Some(pending.call_id.as_str());
                if text.is_none() && (item.call_id() == id || item.id() == id) {
                    let noted = structure(raw).and_then(|noted| noted.printed);
                    *text = Some((item.text(), noted));
                    left -= 1;
                }
            }
        }
        let mut texts = found.into_iter();
        self.pending.retain(|pending| {
            let Some((text, noted)) = texts.next().flatten() else { return true };
            let printed = noted.unwrap_or_else(|| printed(&text));
            sink.event(Event::Output(OutputEvent {
                seq: pending.seq,
                index: pending.index,
                call_id: pending.call_id.clone(),
                output: sink.object(text.as_bytes()),
                raw_bytes: printed.bytes,
                exit: printed.exit,
                changed: Vec::new(),
                unsettled: None,
            }));
            false
        });
    }
}

/// What a tool printed, by the text of its output.
pub(super) fn printed(text: &str) -> Printed {
    let inner = tool_text(text);
    let lines = inner.lines().filter(|line| !line.trim().is_empty()).count();
    Printed {
        bytes: inner.len() as u64,
        lines: u32::try_from(lines).unwrap_or(u32::MAX),
        exit: exit_code(text),
    }
}

/// The exit code that an output tells in its envelope.
pub(super) fn exit_code(output: &str) -> Option<i32> {
    let mut heads = output.lines().take(4);
    let code = heads.find_map(|line| EXIT_HEADS.iter().find_map(|head| line.strip_prefix(head)));
    code?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::exit_code;

    #[test]
    fn exit_codes_are_read_from_the_envelope_only() {
        assert_eq!(exit_code("Chunk ID: 0\nWall time: 0\nProcess exited with code 3\nx"), Some(3));
        assert_eq!(exit_code("Exit code: 0\nOutput:\n"), Some(0));
        assert_eq!(exit_code("a\nb\nc\nd\nExit code: 1"), None);
    }
}
