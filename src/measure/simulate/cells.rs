//! The way through the grid. A cell is an input under a layout and a compaction, and one job, in which
//! all caches account the same plan; rows come in the order of the grid, whatever the number of jobs.

use super::account::account;
use super::apply::plan;
use super::base::Base;
use super::facts;
use super::grid::{Grid, Input, Row, Simulated};
use super::layout::{Compaction, Layout, What};
use super::refusal::Refusal;
use super::totals::Totals;
use rayon::prelude::*;

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
            // The same under each compaction.
            Err(refusal) if simulated.refused.last() == Some(&refusal) => {}
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
            model: grid.model.clone().unwrap_or_else(|| session.model_asked()),
            layout: layout.name.clone(),
            compaction: compaction.name.clone(),
            cache: cache.to_string(),
            totals: Totals { facts_kept: *facts_kept, facts: *facts, ..totals },
            requests,
        })
    });
    Ok(rows.collect())
}
