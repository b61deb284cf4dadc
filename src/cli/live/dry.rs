//! `unreel run --live --dry-run`: what would be sent, without sending it.

use super::Wrong;
use crate::cache::Prices;
use crate::cli::args::RunArgs;
use crate::cli::scratch::Scratch;
use crate::cli::{Exit, console, interrupt};
use crate::recording::journal::RunKey;
use crate::report::{Planned, planned};
use crate::run::{Matrix, Progress, RunReport, RunSpec, plan};
use std::sync::atomic::Ordering;

/// What becomes of these runs is nobody's concern: they end where their first answer would come.
struct Quiet;

impl Progress for Quiet {
    fn started(&self, _: &RunKey) {}
    fn finished(&self, _: &RunReport) {}
}

/// Tells it.
pub(super) fn run(
    args: &RunArgs,
    specs: &[RunSpec],
    matrix: &Matrix,
    url: &str,
    prices: &Prices,
) -> Result<Exit, Wrong> {
    let scratch = Scratch::new("dry")?;
    let cancel = interrupt::flag();
    let plans = plan(specs, matrix, scratch.out(), prices, &Quiet, &cancel)?;
    if cancel.load(Ordering::Relaxed) {
        return Ok(Exit::Interrupted);
    }
    let key = match &args.live.key_env {
        None => {
            "none of ours; what the agent sends itself is handed on (--key-env NAME)".to_owned()
        }
        Some(name) => {
            let there = std::env::var_os(name).is_some_and(|value| !value.is_empty());
            let there = if there { "it is set" } else { "it is NOT set" };
            format!("from the environment variable {name}; {there}")
        }
    };
    let told = Planned { url, key: &key, trials: args.trials, prices: &prices.date, plans: &plans };
    console::out(&planned(&told));
    let is_whole = plans.iter().all(|plan| plan.first.is_some());
    Ok(if is_whole { Exit::Good } else { Exit::Failed })
}
