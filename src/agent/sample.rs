//! Sends a request until it is answered, and judges the answers that are not.

use super::builtin::Builtin;
use super::client::{End, Refusal, Reply};
use super::config::{BudgetKind, Stop};
use super::host::Host;
use super::retry::{self, Advice, REQUEST_RETRIES};
use crate::recording::journal::Event;
use crate::wire::{Endpoint, Raw};
use std::time::Duration;

/// A real wait, before our own server too: somebody may just be starting it again.
const RECONNECT: Duration = Duration::from_millis(50);

impl<H: Host> Builtin<H> {
    /// One request with its retries. Gives the number of the exchange that was answered.
    pub(super) async fn exchange(
        &mut self,
        endpoint: Endpoint,
        input: &[Raw],
    ) -> Result<(u32, Reply), Stop> {
        let mut attempt = 1;
        loop {
            // Written for each attempt: after a failure more may have to be said.
            let letter = self.line.write(&self.frame(), endpoint, input);
            let bytes = letter.bytes();
            let seq = self.ledger.book(bytes)?;
            let deadline = self.ledger.deadline();
            let sent = self.line.send(&self.config.base_url, letter);
            let answer = tokio::time::timeout_at(deadline, sent)
                .await
                .map_err(|_| Stop::Budget(BudgetKind::Seconds))?;
            let refusal = match answer {
                Ok(reply) => {
                    // A stream that broke is asked for again, with the same number.
                    self.answered += u32::from(matches!(reply.end, End::Completed { .. }));
                    return Ok((seq, reply));
                }
                Err(refusal) => refusal,
            };
            if refusal == Refusal::Connect {
                self.ledger.unbook(bytes);
            }
            match self.judge(&refusal, attempt) {
                Advice::Again { wait_ms, reason } if attempt <= REQUEST_RETRIES => {
                    self.sink.event(Event::Retry { seq, attempt, reason, wait_ms });
                    self.wait(wait_ms).await;
                }
                Advice::Again { reason, .. } => {
                    let error = format!("{reason}; gave up after {REQUEST_RETRIES} retries");
                    return Err(Stop::Failed(error));
                }
                Advice::Fatal { reason, too_long } => {
                    self.window_full |= too_long;
                    return Err(Stop::Failed(reason));
                }
            }
            if refusal == Refusal::Connect {
                tokio::time::sleep(RECONNECT * attempt).await;
            }
            attempt += 1;
        }
    }

    fn judge(&self, refusal: &Refusal, attempt: u32) -> Advice {
        let again = |reason: &str| Advice::Again {
            wait_ms: retry::backoff(attempt),
            reason: reason.to_owned(),
        };
        match refusal {
            Refusal::Connect => again("the server refused the connection"),
            Refusal::Transport => again("the connection broke before the answer"),
            Refusal::Status { status, retry_after_ms, body } => {
                retry::status(*status, *retry_after_ms, body, attempt)
            }
        }
    }

    /// Judges the end of a stream that is not `completed`; on advice to send again the retry is
    /// journaled. `attempt` counts the streams of this sampling, from 1.
    pub(super) async fn broken(
        &mut self,
        seq: u32,
        end: End,
        attempt: u32,
        retries: u32,
    ) -> Result<(), Stop> {
        let advice = match end {
            End::Completed { .. } => return Ok(()),
            End::Cut { reason } => Advice::Again { wait_ms: retry::backoff(attempt), reason },
            End::Failed { code, message } => retry::failed(&code, &message, attempt),
            // The same request would end the same way.
            End::Incomplete { reason } => Advice::Fatal {
                reason: format!("the response is incomplete: {reason}"),
                too_long: false,
            },
        };
        match advice {
            Advice::Again { wait_ms, reason } if attempt <= retries => {
                self.sink.event(Event::Retry { seq, attempt, reason, wait_ms });
                self.wait(wait_ms).await;
                Ok(())
            }
            Advice::Again { reason, .. } => {
                Err(Stop::Failed(format!("{reason}; gave up after {retries} retries")))
            }
            Advice::Fatal { reason, too_long } => {
                self.window_full |= too_long;
                Err(Stop::Failed(reason))
            }
        }
    }

    /// Waits, where that is not only written down; not beyond the budget, which then is used up.
    async fn wait(&mut self, wait_ms: u64) {
        if self.config.waits {
            let deadline = self.ledger.deadline();
            let wait = tokio::time::sleep(Duration::from_millis(wait_ms));
            // Beyond the deadline the next request is not sent any more.
            let _ = tokio::time::timeout_at(deadline, wait).await;
        }
    }

    /// A request whose answer is taken whole or not at all: partial answers are thrown away.
    pub(super) async fn whole(
        &mut self,
        endpoint: Endpoint,
        input: &[Raw],
        retries: u32,
    ) -> Result<(u32, Vec<Raw>), Stop> {
        let mut attempt = 1;
        loop {
            let (seq, reply) = self.exchange(endpoint, input).await?;
            if matches!(reply.end, End::Completed { .. }) {
                return Ok((seq, reply.items));
            }
            self.broken(seq, reply.end, attempt, retries).await?;
            attempt += 1;
        }
    }
}
