//! The accounts of one plan under every cache: rendered once, walked once for each.

use super::grid::Grid;
use super::plan::Plan;
use super::session::Session;
use super::totals::{Billed, Totals};
use crate::cache::{PrefixTree, Segment, read};

/// Totals by cache, then by thread.
pub(super) fn account(sessions: &[Session], plans: &[Plan], grid: &Grid) -> Vec<Vec<Totals>> {
    let mut all = vec![vec![Totals::new(); sessions.len()]; grid.caches.len()];
    for (at, (session, plan)) in sessions.iter().zip(plans).enumerate() {
        let model = grid.model.as_deref().unwrap_or(&session.model);
        let (mut sent, mut cached) = (PrefixTree::new(), PrefixTree::new());
        let mut segments: Vec<Segment> = Vec::new();
        for prompt in &plan.prompts {
            segments.truncate(prompt.keep);
            segments.extend(prompt.rest.iter().map(|id| plan.parts.get(*id).segment.clone()));
            let bound = sent.longest(&segments);
            sent.insert(&segments);
            let found = cached.longest(&segments).tokens;
            if prompt.about.processed {
                cached.insert(&segments);
            }
            for (policy, totals) in grid.caches.iter().zip(&mut all) {
                let read = read(*policy, found);
                let billed = Billed {
                    new_bytes: prompt.sent.bytes - bound.bytes,
                    new_tokens: prompt.sent.tokens - bound.tokens,
                    read,
                    written: 0,
                    plain: prompt.sent.tokens - read,
                };
                totals[at].add(prompt, billed, model, &grid.prices, &grid.latency);
            }
        }
    }
    all
}
