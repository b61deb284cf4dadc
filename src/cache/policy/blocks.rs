//! The prefix caches of serving engines: pages of tokens, from the first token on.

use super::pool::Pool;
use super::spaces::{self, Spaces};
use super::{Account, Ask, Policy};
use crate::cache::eviction::Eviction;
use crate::cache::presence::Presence;
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::reason::MissReason;
use crate::scenario::{CachePolicy, CacheSpec};
use std::collections::BTreeSet;

/// Whole pages of the longest prefix, in a pool that may be limited (`capacity`, in tokens, with
/// `eviction`), one for each thread unless these share. Nothing runs out and writing costs nothing.
///
/// - `radix`: a page is a token, outputs are kept. The bound of a token cache.
/// - `sglang`: RadixAttention, which is `radix` with `--page-size`; docs.sglang.io, 2026.
/// - `vllm`: blocks of 16, full ones only, outputs are kept; of a prompt at most all tokens but the
///   last are read, since one has to be computed. vLLM's `docs/design/prefix_caching.md`, 2026.
/// - `lmcache`: chunks of 256, full ones only (`save_unfull_chunk=false`), no outputs
///   (`save_decode_cache=false`). LMCache's configuration reference, 2026.
/// - `mooncake`: blocks of 512, of which the last may be partial and is a block of its own: it is
///   found by a prompt that ends at the same token. Mooncake FAST'25 and its traces.
#[derive(Debug)]
pub(super) struct Blocks {
    shared: bool,
    page: u64,
    /// Whether the last token of a prompt is always computed.
    computes_last: bool,
    output: bool,
    tails: bool,
    pool: Option<(u64, Eviction)>,
    spaces: Spaces<Space>,
}

#[derive(Debug, Default)]
struct Space {
    /// All that was ever there.
    known: Presence,
    /// Where prompts ended.
    ends: BTreeSet<NodeId>,
    pool: Option<Pool>,
}

impl Blocks {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        use CachePolicy::{Mooncake, Radix, Sglang, Vllm};
        let policy = spec.policy();
        let is = |others: &[CachePolicy]| others.contains(&policy);
        let word = spec.word("eviction");
        let eviction = Eviction::ALL.into_iter().find(|one| one.as_str() == word);
        Self {
            shared: spec.is("shared"),
            page: if is(&[Radix]) { 1 } else { spec.number("page").max(1) },
            computes_last: is(&[Vllm]),
            output: is(&[Radix, Sglang, Vllm]),
            tails: is(&[Mooncake]),
            pool: spec.limit("capacity").zip(eviction),
            spaces: Spaces::default(),
        }
    }
}

impl Policy for Blocks {
    fn keys(&self) -> &'static [MissReason] {
        spaces::MODEL
    }

    fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let input = prompts.total(ask.prompt).tokens;
        let space = self.spaces.of(spaces::model(ask, self.shared));
        let most = if self.computes_last { input.saturating_sub(1) } else { input };
        let known = space.known.longest(prompts, ask.prompt).tokens.min(most);
        let whole = self.tails && space.ends.contains(&ask.prompt);
        let ever = if whole { input } else { known - known % self.page };
        let last = if self.output { ask.output } else { ask.prompt };
        space.known.add(prompts, last);
        if self.tails {
            space.ends.insert(ask.prompt);
        }
        let Some((tokens, eviction)) = self.pool else { return Account::reading(input, ever) };

        let pool = space.pool.get_or_insert_with(|| Pool::new(self.page, tokens, eviction));
        let blocks = pool.blocks(prompts, ask.prompt, self.tails);
        // A tail that is resident ends the prompt.
        let resident = (pool.run(&blocks) * self.page).min(most);
        let read = match resident {
            all if all == input => all,
            some => some - some % self.page,
        };
        let blocks = match last == ask.prompt {
            true => blocks,
            false => pool.blocks(prompts, last, self.tails),
        };
        pool.touch(&blocks);
        let reason = (read < ever).then_some(MissReason::Evicted);
        Account { reason, ..Account::reading(input, read) }
    }
}
