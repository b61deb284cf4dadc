//! Runs the calls of one response: at once where they may, in call order where they must.
//!
//! A first-in-first-out read-write gate over calls that start together is the same as batches of
//! neighbouring parallel calls with the exclusive ones alone between them; batches need no lock
//! and leave nothing to a scheduler. Outcomes are collected as calls finish and then put in call
//! order; `completion_order` steers the finishing, so that a test can show that it does not matter.

use super::host::Host;
use super::tools::{Outcome, Room, Tool};
use crate::wire::Kind;
use futures_util::future::join_all;
use std::cell::RefCell;
use tokio::sync::watch;

/// A call of the model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) index: u32,
    pub(super) kind: Kind,
    pub(super) call_id: String,
    pub(super) name: String,
    /// Arguments or input as written.
    pub(super) text: String,
    /// The tool, or what the model reads instead.
    pub(super) tool: Result<Tool, String>,
}

impl Call {
    fn parallel(&self) -> bool {
        self.tool.as_ref().map_or(true, |tool| tool.parallel())
    }
}

/// Runs all calls. Gives the outcomes in call order, and the indices in the order of completion.
pub(super) async fn run_all<H: Host>(
    room: &Room<'_, H>,
    calls: &[Call],
    order: &[u32],
) -> (Vec<Outcome>, Vec<u32>) {
    let mut finished = Vec::with_capacity(calls.len());
    for batch in calls.chunk_by(|a, b| a.parallel() && b.parallel()) {
        finished.extend(run_batch(room, batch, order).await);
    }
    let seen = finished.iter().map(|(index, _)| *index).collect();
    finished.sort_by_key(|(index, _)| *index);
    (finished.into_iter().map(|(_, outcome)| outcome).collect(), seen)
}

async fn run_batch<H: Host>(
    room: &Room<'_, H>,
    batch: &[Call],
    order: &[u32],
) -> Vec<(u32, Outcome)> {
    let mut steered: Vec<u32> = Vec::new();
    for index in order {
        if !steered.contains(index) && batch.iter().any(|call| call.index == *index) {
            steered.push(*index);
        }
    }
    let finished = RefCell::new(Vec::with_capacity(batch.len()));
    let (count, _) = watch::channel(0usize);
    let runs = batch.iter().map(|call| {
        let rank = steered.iter().position(|index| *index == call.index).unwrap_or(steered.len());
        let (finished, count, mut turn) = (&finished, &count, count.subscribe());
        async move {
            let outcome = match &call.tool {
                Ok(tool) => tool.run(room, &call.text).await,
                Err(text) => Outcome::text(text.as_str()),
            };
            // The sender lives as long as the batch, so this cannot fail.
            let _ = turn.wait_for(|done| *done >= rank).await;
            finished.borrow_mut().push((call.index, outcome));
            count.send_modify(|done| *done += 1);
        }
    });
    join_all(runs).await;
    finished.into_inner()
}
