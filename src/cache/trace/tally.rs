//! What a cache had of a trace, in whole numbers; rates are divided once, at the end.

use crate::cache::eviction::Found;

/// Parts of a request are added up in these: a request counts 1, however many blocks it has.
const WHOLE: u64 = 1_000_000_000;

/// Sums over the requests that are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Accesses that found their block resident, each on its own.
    pub hits: u64,
    /// Blocks of leading resident runs.
    pub run: u64,
    /// Tokens of these: all of the input if all of its blocks were resident.
    pub tokens: u64,
    /// Tokens of these without those of a last block that is not full.
    pub full_tokens: u64,
    /// Parts of requests that these are, in billionths.
    pub share: u64,
}

impl Tally {
    /// Adds a request of so many blocks and tokens, with so many tokens to a block.
    pub(super) fn add(&mut self, found: Found, blocks: u64, tokens: u64, block: u64) {
        self.hits += found.hits;
        if found.run == 0 {
            return;
        }
        self.run += found.run;
        let within = |blocks: u64| blocks.saturating_mul(block);
        let read = if found.run == blocks { tokens } else { within(found.run) };
        let full = within(found.run.min(tokens / block));
        self.tokens = self.tokens.saturating_add(read);
        self.full_tokens = self.full_tokens.saturating_add(full);
        self.share += (found.run * WHOLE).checked_div(blocks).unwrap_or(0);
    }
}

/// What the tallies are parts of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests.
    pub requests: u64,
    /// Requests that have a block.
    pub with_blocks: u64,
    /// Accesses to blocks.
    pub accesses: u64,
    /// Tokens of input.
    pub tokens: u64,
}

impl Totals {
    pub(super) fn add(&mut self, blocks: u64, tokens: u64) {
        self.requests += 1;
        self.with_blocks += u64::from(blocks > 0);
        self.accesses += blocks;
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// Accesses that hit, of all.
    #[must_use]
    pub fn block_rate(&self, tally: &Tally) -> Option<f64> {
        rate(tally.hits, self.accesses)
    }

    /// Blocks of leading resident runs, of all accesses.
    #[must_use]
    pub fn prefix_rate(&self, tally: &Tally) -> Option<f64> {
        rate(tally.run, self.accesses)
    }

    /// Tokens of these, of all tokens.
    #[must_use]
    pub fn token_rate(&self, tally: &Tally) -> Option<f64> {
        rate(tally.tokens, self.tokens)
    }

    /// The same without last blocks that are not full.
    #[must_use]
    pub fn full_token_rate(&self, tally: &Tally) -> Option<f64> {
        rate(tally.full_tokens, self.tokens)
    }

    /// The mean over requests of the part that was a leading resident run.
    #[must_use]
    pub fn request_rate(&self, tally: &Tally) -> Option<f64> {
        rate(tally.share, self.with_blocks.saturating_mul(WHOLE))
    }
}

fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::{Tally, Totals};
    use crate::cache::eviction::Found;

    #[test]
    fn each_rate_counts_as_it_says() {
        let (mut tally, mut totals) = (Tally::default(), Totals::default());
        // Two full blocks and a part: all resident; the first two; the last one only.
        for (run, hits) in [(3, 3), (2, 2), (0, 1)] {
            tally.add(Found { run, hits }, 3, 1_100, 512);
            totals.add(3, 1_100);
        }
        tally.add(Found::default(), 0, 0, 512);
        totals.add(0, 0);
        assert_eq!((tally.hits, tally.run), (6, 5));
        assert_eq!((tally.tokens, tally.full_tokens), (1_100 + 1_024, 2 * 1_024));
        assert_eq!(totals.block_rate(&tally), Some(6.0 / 9.0));
        let mean = totals.request_rate(&tally).unwrap();
        assert!((mean - (1.0 + 2.0 / 3.0) / 3.0).abs() < 1e-8, "{mean}");
        assert_eq!(Totals::default().token_rate(&tally), None);
    }
}
