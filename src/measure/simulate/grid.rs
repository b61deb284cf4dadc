//! The grid: inputs x layouts x compactions x caches. A cell of the first three is one job, in
//! which all caches account the same plan; rows come in the order of the grid, whatever the number
//! of jobs.

use super::account::account;
use super::apply::plan;
use super::base::Base;
use super::facts;
use super::latency::Latency;
use super::layout::{Compaction, Layout, What};
use super::refusal::Refusal;
use super::session::Session;
use super::totals::{Request, Totals};
use crate::cache::Prices;
use crate::scenario::CacheSpec;
use rayon::prelude::*;
use serde::Serialize;

/// One recording or run.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its threads, the main one first.
    pub sessions: Vec<Session>,
}

/// What is to be compared.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Layouts.
    pub layouts: Vec<Layout>,
    /// Compactions.
    pub compactions: Vec<Compaction>,
    /// Caches.
    pub caches: Vec<CacheSpec>,
    /// What tokens cost.
    pub prices: Prices,
    /// The model that all requests name, instead of their own: for prices, and for caches that go by
    /// it.
    pub model: Option<String>,
    /// How long clients wait.
    pub latency: Latency,
    /// Whether single requests are told, too.
    pub requests: bool,
}

/// One session under one combination.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Name of the input.
    pub input: String,
    /// Thread of it.
    pub thread: u32,
    /// What it shares with sessions that are not independent of it.
    pub cluster: String,
    /// Model in its requests.
    pub model: String,
    /// The layout.
    pub layout: String,
    /// The compaction.
    pub compaction: String,
    /// The cache.
    pub cache: String,
    /// What it comes to.
    #[serde(flatten)]
    pub totals: Totals,
    /// Each request, if that was asked for.
    #[serde(skip)]
    pub requests: Vec<Request>,
}

/// All rows, and what could not be laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// By input, layout, compaction, cache, thread.
    pub rows: Vec<Row>,
    /// Layouts and compactions that do not fit an input.
    pub refused: Vec<Refusal>,
}

/// Goes through the grid, in rayon's current pool.
#[must_use]
pub fn simulate(inputs: &[Input], grid: &Grid) -> Simulated {
    let bases: Vec<Vec<Base>> =
        inputs.par_iter().map(|input| input.sessions.iter().map(Base::of).collect()).collect();
    let none = Compaction::none();
    let mut cells = Vec::new();
    for (input, bases) in inputs.iter().zip(&bases) {
        for layout in &grid.layouts {
            if layout.what == What::Recorded {
                // What was sent was sent.
                cells.push((input, bases, layout, &none));
                continue;
            }
            for compaction in &grid.compactions {
                cells.push((input, bases, layout, compaction));
            }
        }
    }
    let done: Vec<Result<Vec<Row>, Refusal>> = cells
        .into_par_iter()
        .map(|(input, bases, layout, compaction)| cell(input, bases, layout, compaction, grid))
        .collect();
    let mut simulated = Simulated { rows: Vec::new(), refused: Vec::new() };
    for cell in done {
        match cell {
            Ok(rows) => simulated.rows.extend(rows),
            Err(refusal) => simulated.refused.push(refusal),
        }
    }
    simulated
}

/// One input under one layout and compaction. What does not fit the main thread is refused; a side
/// conversation that it does not fit (a title without tools) goes on appending.
fn cell(
    input: &Input,
    bases: &[Base],
    layout: &Layout,
    compaction: &Compaction,
    grid: &Grid,
) -> Result<Vec<Row>, Refusal> {
    let mut plans = Vec::new();
    for (at, (session, base)) in input.sessions.iter().zip(bases).enumerate() {
        let mut made = match plan(session, base, layout, compaction) {
            Err(refusal) if at == 0 => return Err(refusal),
            Err(_) => plan(session, base, &Layout::append(), &Compaction::none())?,
            Ok(made) => made,
        };
        let explicit = matches!(layout.what, What::Breakpoints { explicit: true, .. });
        for fields in &mut made.fields {
            if let Some(model) = &grid.model {
                fields.model = Some(model.clone());
            }
            if explicit {
                fields.mode = Some("explicit".into());
            }
        }
        plans.push(made);
    }
    let kept: Vec<(u64, u64)> = input
        .sessions
        .iter()
        .zip(bases)
        .zip(&plans)
        .map(|((session, base), plan)| facts::kept(session, base, plan))
        .collect();
    let accounts = account(&input.sessions, &plans, layout, grid);
    let rows = accounts.into_iter().zip(&grid.caches).flat_map(|(threads, cache)| {
        let threads = threads.into_iter().zip(&kept).zip(&input.sessions);
        threads.map(|(((totals, requests), (facts_kept, facts)), session)| Row {
            input: input.name.clone(),
            thread: session.thread,
            cluster: session.cluster.clone(),
            model: grid.model.clone().unwrap_or_else(|| session.model.clone()),
            layout: layout.name.clone(),
            compaction: compaction.name.clone(),
            cache: cache.to_string(),
            totals: Totals { facts_kept: *facts_kept, facts: *facts, ..totals },
            requests,
        })
    });
    Ok(rows.collect())
}
