//! When to compact, and what is done with the result.

use super::layout::layout;
use super::{Phase, clear, endpoint, remote, summary, window};
use crate::agent::builtin::Builtin;
use crate::agent::config::Stop;
use crate::agent::history::{Entry, estimate};
use crate::agent::host::Host;
use crate::agent::retry::COMPACTION_RETRIES;
use crate::recording::journal::{CompactionEvent, Event};
use crate::scenario::CompactionStrategy;
use crate::wire::{Endpoint, Raw};

/// A history to be, with the exchange that made it.
struct Made {
    call_seq: Option<u32>,
    entries: Result<Vec<Entry>, String>,
}

impl<H: Host> Builtin<H> {
    /// Whether the context is to be compacted now.
    pub(in crate::agent) fn over(&self) -> bool {
        self.config.compaction.strategy != CompactionStrategy::None
            && (self.window_full || self.context_tokens() >= self.config.compaction.threshold)
    }

    /// What the threshold is compared with.
    ///
    /// Where the server compacts, its own count leads, as in Codex: the window is the server's. Where
    /// the client compacts alone, nothing but the history counts. A stream that was cut reports no
    /// usage, so a client that went by it would clear at another moment than one whose answers came
    /// whole, and its requests would be other ones from then on, although both hold the same items.
    fn context_tokens(&self) -> u64 {
        let static_bytes = self.frame().static_bytes();
        match self.config.compaction.strategy.is_local() {
            true => estimate(self.history.entries(), static_bytes),
            false => self.history.estimate(static_bytes),
        }
    }

    /// Replaces the history, or fails the turn and leaves the history as it is: when the request
    /// for it fails, when the result is no smaller, and when there was no answer since the last
    /// compaction. So it never loops.
    pub(in crate::agent) async fn compact(&mut self, phase: Phase) -> Result<(), Stop> {
        let before = self.context_tokens();
        let threshold = self.config.compaction.threshold;
        if self.config.compaction.strategy.is_local() && !self.gains(phase) {
            // It costs no request to see that there is nothing to drop; the turn goes on.
            return Ok(());
        }
        if self.stalled {
            return Err(Stop::Failed(format!(
                "the context holds {before} tokens, the compaction threshold is {threshold}, and \
                 no answer came since the last compaction: another one would not help"
            )));
        }
        self.compactions += 1;
        let mut event = CompactionEvent {
            number: self.compactions,
            strategy: self.config.compaction.strategy.as_str().to_owned(),
            phase: phase.as_str().to_owned(),
            before_seq: self.sampled,
            call_seq: None,
            estimate_before: before,
            estimate_after: before,
            error: None,
        };
        let made = match self.make(phase).await {
            Ok(made) => made,
            Err(stop) => {
                event.error = Some(match &stop {
                    Stop::Failed(error) => error.clone(),
                    Stop::Budget(which) => {
                        format!("the budget of {} is used up", which.as_str())
                    }
                });
                self.sink.event(Event::Compaction(event));
                return Err(stop.within("compaction"));
            }
        };
        event.call_seq = made.call_seq;
        self.stalled = true;
        // Both sides by bytes: what the server counted of the old history cannot be compared.
        let weight = estimate(self.history.entries(), self.frame().static_bytes());
        let entries = made.entries.and_then(|entries| {
            let after = estimate(&entries, self.frame().static_bytes());
            event.estimate_after = after;
            // Still over the threshold is no failure: the next answer may be followed by another
            // compaction. Only one that gains nothing is.
            match after < weight {
                true => Ok(entries),
                false => Err(format!(
                    "the compacted context would hold {after} tokens instead of {weight}: no \
                     progress"
                )),
            }
        });
        event.error = entries.as_ref().err().cloned();
        self.sink.event(Event::Compaction(event));
        match entries {
            Ok(entries) => {
                self.history.replace(entries);
                if made.call_seq.is_some() && phase == Phase::PreTurn {
                    // The layers went with the rest; the turn that begins tells them again.
                    self.told.forget();
                }
                self.window_full = false;
                Ok(())
            }
            Err(error) => Err(Stop::Failed(error).within("compaction")),
        }
    }

    /// Whether a strategy of the client alone would make the history smaller.
    fn gains(&self, phase: Phase) -> bool {
        let (entries, keep) = (self.history.entries(), self.config.compaction.keep_items);
        let shorter = match self.config.compaction.strategy {
            CompactionStrategy::ClearToolResults => clear::cleared(entries, keep),
            _ => window::windowed(entries, phase, keep),
        };
        estimate(&shorter, 0) < estimate(entries, 0)
    }

    async fn make(&mut self, phase: Phase) -> Result<Made, Stop> {
        let keep = self.config.compaction.keep_items;
        let entries = self.history.entries();
        let local = |entries| Ok(Made { call_seq: None, entries: Ok(entries) });
        let (call_seq, tail) = match self.config.compaction.strategy {
            CompactionStrategy::None => return local(entries.to_vec()),
            CompactionStrategy::ClearToolResults => return local(clear::cleared(entries, keep)),
            CompactionStrategy::SlidingWindow => {
                return local(window::windowed(entries, phase, keep));
            }
            CompactionStrategy::Remote => {
                let (seq, items) = self.ask(&remote::trigger()).await?;
                (seq, remote::sealed(&items).map(|item| vec![item]))
            }
            CompactionStrategy::Summary => {
                let (seq, items) = self.ask(&summary::request()).await?;
                (seq, summary::summary(&items).map(|item| vec![item]))
            }
            CompactionStrategy::Endpoint => {
                let input: Vec<Raw> = self.history.items().cloned().collect();
                let (seq, output) =
                    self.whole(Endpoint::Compact, &input, COMPACTION_RETRIES).await?;
                (seq, endpoint::tail(&self.history, &output))
            }
        };
        let budget = self.config.compaction.keep_user_tokens;
        let layers = self.told.again();
        let entries = tail.map(|tail| layout(self.history.entries(), phase, budget, &layers, tail));
        Ok(Made { call_seq: Some(call_seq), entries })
    }

    /// A normal request with one more item at its end.
    async fn ask(&mut self, last: &Raw) -> Result<(u32, Vec<Raw>), Stop> {
        let input: Vec<Raw> = self.history.items().chain([last]).cloned().collect();
        self.whole(Endpoint::Responses, &input, COMPACTION_RETRIES).await
    }
}
