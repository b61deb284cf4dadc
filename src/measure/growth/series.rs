//! A session as figures by request: what growth reports are made from, whoever counted them, a run or
//! a simulation.

use crate::cache::Prices;
use crate::measure::results::{RequestMeasure, RunMeasure};
use crate::measure::simulate::{Request, Row};
use crate::wire::Usage;
use serde::Serialize;

/// One request, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Of the rendered prompt.
    pub sent: u64,
    /// Behind the longest prefix of any earlier request.
    pub new: u64,
    /// How its input was billed, where somebody counted.
    pub counted: Option<Counted>,
}

/// Tokens of one input, each counted once, by the server or the policy in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Read from the cache.
    pub cached: u64,
    /// Written to it.
    pub written: u64,
    /// Neither.
    pub plain: u64,
}

/// What cached and written tokens cost, in plain ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rates {
    /// A token read from the cache.
    pub read: f64,
    /// A token written to it.
    pub write: f64,
    /// The model whose prices they are; none for those that are assumed where no price is known.
    pub model: Option<String>,
}

impl Rates {
    /// What most providers ask: a tenth for reading, nothing more for writing.
    const ASSUMED: Self = Self { read: 0.1, write: 1.0, model: None };

    /// Those of a model, by the ratios of its prices.
    #[must_use]
    pub fn of(model: &str, prices: &Prices) -> Self {
        // Few enough tokens for no price to be that of a long request.
        let cost = |cached, written| prices.cost(model, &Usage::new(1_000, cached, written, 0, 0));
        match (cost(0, 0), cost(1_000, 0), cost(0, 1_000)) {
            (Some(plain), Some(read), Some(write)) if plain > 0 => Self {
                read: read as f64 / plain as f64,
                write: write as f64 / plain as f64,
                model: Some(model.to_owned()),
            },
            _ => Self::ASSUMED,
        }
    }
}

/// A session.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The run, the file, or the row of a grid.
    pub name: String,
    /// Its requests, in order; those for compactions are left out.
    pub steps: Vec<Step>,
    /// Prices in plain tokens.
    pub rates: Rates,
    /// Whether it was computed, with the answers held fixed, and not sent.
    pub simulated: bool,
}

impl Series {
    /// One session under one combination of a simulation that kept its requests.
    #[must_use]
    pub fn of_row(row: &Row, prices: &Prices) -> Self {
        let requests = row.requests.iter().filter(|request| !request.compacts);
        let mut name = row.input.clone();
        if row.thread > 0 {
            name.push_str(&format!("#{}", row.thread));
        }
        for part in [&row.layout, &row.compaction, &row.cache] {
            if part != "none" {
                name.push_str(&format!(" · {part}"));
            }
        }
        Self {
            name,
            steps: requests.map(simulated).collect(),
            rates: Rates::of(&row.model, prices),
            simulated: true,
        }
    }

    /// The sampling requests of the main thread of a run.
    #[must_use]
    pub fn of_run(name: &str, run: &RunMeasure, prices: &Prices) -> Self {
        let main = run.requests.iter().filter(|request| request.thread == 0 && request.sampling);
        Self {
            name: name.to_owned(),
            steps: main.map(step).collect(),
            rates: Rates::of(&run.model, prices),
            simulated: false,
        }
    }
}

fn simulated(request: &Request) -> Step {
    let counted = request.cached_tokens.map(|cached| {
        let written = request.written_tokens.unwrap_or_default();
        let plain = request.sent_tokens.saturating_sub(cached).saturating_sub(written);
        Counted { cached, written, plain }
    });
    Step { sent: request.sent_tokens, new: request.new_tokens, counted }
}

fn step(request: &RequestMeasure) -> Step {
    let counted = request.input_tokens.zip(request.cached_tokens).map(|(input, cached)| {
        let written = request.written_tokens.unwrap_or_default();
        // A count in a file can be any number.
        let plain = input.saturating_sub(cached).saturating_sub(written);
        Counted { cached, written, plain }
    });
    Step { sent: request.sent_tokens, new: request.new_tokens, counted }
}
