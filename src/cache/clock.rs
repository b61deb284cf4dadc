//! Virtual time: when a request begins, and when its answer does.
//!
//! Nothing in a run has a time of its own: the loop waits for nothing, and a real clock would make
//! two runs differ. So each thread has a clock that starts at 0 and goes on by what its exchanges
//! take: a second until the first token, 20 ms a token, and the pause of the policy's settings until
//! the next request. It knows nothing of other threads, so their interleaving changes nothing; only
//! where threads share a cache does no request begin before one that came earlier. It is computed from
//! the exchanges alone, so a server that takes over has the time of the first one. A log that tells
//! when its requests were sent (`at_ms`) is believed, but for requests that cannot have been sent
//! before the answer to the last one had begun.

use super::policy::Times;
use std::collections::BTreeMap;

/// From a request to the first token of its answer.
pub const FIRST_TOKEN_MS: u64 = 1_000;

/// A token of the answer.
pub const TOKEN_MS: u64 = 20;

/// The clocks of all threads.
#[derive(Clone, Debug)]
pub struct Clock {
    pause: u64,
    shared: bool,
    /// When the last request of any thread began.
    latest: u64,
    threads: BTreeMap<u32, Thread>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Thread {
    /// When its last answer began.
    streams: u64,
    /// When its next request begins.
    next: u64,
}

impl Clock {
    /// All at 0; so many seconds pass between an answer and the next request. `shared`: whether
    /// threads share a cache.
    #[must_use]
    pub fn new(pause: u64, shared: bool) -> Self {
        let pause = pause.saturating_mul(1_000);
        Self { pause, shared, latest: 0, threads: BTreeMap::new() }
    }

    /// The times of the next exchange of a thread, which has so many tokens of output.
    pub fn exchange(&mut self, thread: u32, sent_at: Option<u64>, output: u64) -> Times {
        let thread = self.threads.entry(thread).or_default();
        let mut begins = sent_at.map_or(thread.next, |at| at.max(thread.streams));
        if self.shared {
            begins = begins.max(self.latest);
        }
        self.latest = self.latest.max(begins);
        let streams = begins.saturating_add(FIRST_TOKEN_MS);
        let ends = streams.saturating_add(output.saturating_mul(TOKEN_MS));
        *thread = Thread { streams, next: ends.saturating_add(self.pause) };
        Times { begins, streams, ends }
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use crate::cache::policy::Times;

    #[test]
    fn a_thread_goes_on_by_what_its_answers_take() {
        let mut clock = Clock::new(2, false);
        let first = Times { begins: 0, streams: 1_000, ends: 3_000 };
        assert_eq!(clock.exchange(0, None, 100), first);
        assert_eq!(clock.exchange(1, None, 100), first, "another thread");
        assert_eq!(clock.exchange(0, None, 0).begins, 5_000);
        assert_eq!(clock.exchange(0, Some(60_000), 0).begins, 60_000);
        assert_eq!(clock.exchange(0, None, 0).begins, 63_000);
        // Sent before the answer to the last one can have begun.
        assert_eq!(clock.exchange(0, Some(63_500), 0).begins, 64_000);
    }

    #[test]
    fn threads_that_share_a_cache_share_the_time() {
        let mut clock = Clock::new(2, true);
        assert_eq!(clock.exchange(0, None, 100).begins, 0);
        assert_eq!(clock.exchange(0, None, 0).begins, 5_000);
        assert_eq!(clock.exchange(1, None, 0).begins, 5_000, "not before one that came earlier");
    }
}
