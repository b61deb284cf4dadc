//! What ends a run of a live model although its agent could go on: all runs together have used up what
//! they may.

use super::{State, Tap};
use crate::recording::{Exchange, Transport};
use crate::server::Gate;

impl Tap {
    /// Returns when a request was not let through: the run cannot go on. Gives the reason.
    pub(in crate::run) async fn stopped(&self) -> String {
        loop {
            let notified = self.over.notified();
            if let Some(why) = self.lock().stopped.clone() {
                return why;
            }
            notified.await;
        }
    }

    fn stop(&self, why: &str) {
        self.lock().stopped.get_or_insert_with(|| why.to_owned());
        self.over.notify_waiters();
    }

    /// Books what an answer used; one that came on a WebSocket was not counted before.
    pub(super) fn use_up(&self, state: &mut State, exchange: &Exchange) {
        let Some(allowance) = &self.allowance else { return };
        if exchange.delivery.transport == Transport::Websocket {
            // One too many: it could not be held up, but it is the last.
            if let Some(why) = allowance.used_up() {
                state.stopped.get_or_insert(why);
                self.over.notify_waiters();
            }
            allowance.count();
        }
        allowance.charge(exchange);
    }
}

/// A request that is not let through ends the run: the agent could only ask again.
impl Gate for Tap {
    fn admit(&self) -> Result<(), String> {
        let Some(allowance) = &self.allowance else { return Ok(()) };
        allowance.admit().inspect_err(|why| self.stop(why))
    }

    fn open(&self) -> Result<(), String> {
        match self.allowance.as_ref().and_then(|allowance| allowance.used_up()) {
            None => Ok(()),
            Some(why) => {
                self.stop(&why);
                Err(why)
            }
        }
    }
}
