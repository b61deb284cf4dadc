//! What has to stand beside every simulated figure.

use super::units::tokens;
use crate::cache::Tokenizer;
use crate::measure::simulate::{Grid, Input, SEED, Session};
use crate::recording::file::Lack;
use crate::report::format::{percent, plural};
use crate::scenario::CachePolicy;
use serde::Serialize;
use std::collections::BTreeSet;

/// The conditions of a simulation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SimulationFacts {
    /// Always 1: the version of this shape.
    pub version: u32,
    /// Recorded answers were given to whatever would have been asked.
    pub answers: &'static str,
    /// Names of the inputs.
    pub inputs: Vec<String>,
    /// Their threads, each a session of requests with a cache of its own.
    pub threads: usize,
    /// Requests in them, as recorded.
    pub requests: usize,
    /// What logs lack, and of how many inputs.
    pub lacks: Vec<(Lack, usize)>,
    /// Input tokens that answers reported, and the cached ones among them.
    pub reported: Option<(u64, u64)>,
    /// Layouts and caches that draw, with their seeds; `bootstrap` is that of intervals.
    pub seeds: Vec<(String, u64)>,
    /// What a token is.
    pub tokenizer: &'static str,
    /// The day of the prices.
    pub prices: String,
    /// Models without a price.
    pub unpriced: Vec<String>,
    /// Parameters of the latency model.
    pub latency: String,
}

impl SimulationFacts {
    /// Those of a grid over inputs.
    #[must_use]
    pub fn of(inputs: &[Input], grid: &Grid, tokenizer: Tokenizer) -> Self {
        let sessions = || inputs.iter().flat_map(|input| &input.sessions);
        let all: BTreeSet<Lack> = sessions().flat_map(|one| one.lacks.iter().copied()).collect();
        let of = |lack: Lack| {
            let has = |input: &&Input| input.sessions.iter().any(|one| one.lacks.contains(&lack));
            (lack, inputs.iter().filter(has).count())
        };
        let models: BTreeSet<String> = match &grid.model {
            Some(model) => BTreeSet::from([model.clone()]),
            None => sessions().flat_map(Session::models_asked).collect(),
        };
        let unpriced = models.into_iter().filter(|model| !grid.prices.knows(model));
        Self {
            version: 1,
            answers: "held fixed",
            inputs: inputs.iter().map(|input| input.name.clone()).collect(),
            threads: sessions().count(),
            requests: sessions().map(Session::len).sum(),
            lacks: all.into_iter().map(of).collect(),
            reported: sessions()
                .filter_map(Session::reported)
                .reduce(|(a, b), (c, d)| (a.saturating_add(c), b.saturating_add(d))),
            seeds: seeds(grid),
            tokenizer: tokenizer.as_str(),
            prices: grid.prices.date.clone(),
            unpriced: unpriced.collect(),
            latency: grid.latency.to_string(),
        }
    }

    /// The caveats, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            "answers held fixed: recorded answers do not react to another prompt.".to_owned(),
            format!(
                "new = behind the longest prefix sent before (bound); tokens: {}, own rendering; \
                 kept = history shown, of what appending shows.",
                self.tokenizer
            ),
        ];
        if !self.lacks.is_empty() {
            let word = |(lack, count): &(Lack, usize)| {
                let word = serde_json::to_value(lack).unwrap_or_default();
                let word = word.as_str().unwrap_or_default().to_owned();
                match self.inputs.len() {
                    1 => word,
                    all => format!("{word} ({count} of {all})"),
                }
            };
            let words: Vec<String> = self.lacks.iter().map(word).collect();
            lines.push(format!("logs lack: {}", words.join(", ")));
        }
        if let Some((input, cached)) = self.reported {
            let (share, input) = (percent(cached, input), tokens(input));
            lines.push(format!(
                "as the answers reported: {input} tokens in, {share} of them cached"
            ));
        }
        let mut money = format!("money: estimate, prices of {}", self.prices);
        if !self.unpriced.is_empty() {
            let names: Vec<String> = self.unpriced.iter().map(|name| format!("`{name}`")).collect();
            money.push_str(&format!(
                "; no price for {}: --model NAME or --prices FILE",
                names.join(", ")
            ));
        }
        lines.push(money);
        if self.seeds.len() > 1 || self.inputs.len() > 1 {
            let seed = |(name, seed): &(String, u64)| format!("{name} {seed}");
            let seeds: Vec<String> = self.seeds.iter().map(seed).collect();
            lines.push(format!("seeds: {}", seeds.join(", ")));
        }
        lines.push(format!("waits: model, assumed parameters {}", self.latency));
        lines
    }

    /// What was simulated, in one line.
    pub(super) fn head(&self) -> String {
        let mut parts = vec![plural(self.inputs.len(), "input")];
        parts.push(match self.threads {
            1 => "1 thread".to_owned(),
            threads => format!("all {threads} threads"),
        });
        parts.push(plural(self.requests, "recorded request"));
        parts.join(" · ")
    }
}

/// What is drawn in a grid, and by what.
fn seeds(grid: &Grid) -> Vec<(String, u64)> {
    let drawn = grid.layouts.iter().filter_map(|one| Some((one.name.clone(), one.seed()?)));
    let caches = grid.caches.iter().filter(|cache| cache.policy() == CachePolicy::GeminiImplicit);
    let caches = caches.map(|cache| (cache.to_string(), cache.number("seed")));
    drawn.chain(caches).chain([("bootstrap".to_owned(), SEED)]).collect()
}

#[cfg(test)]
mod tests {
    use super::SimulationFacts;
    use crate::cache::{Prices, Tokenizer};
    use crate::measure::simulate::{Compaction, Grid, Input, Latency, Layout, Session, simulate};
    use crate::measure::testing::{exchange, log, user};
    use crate::wire::Raw;

    /// Regression: the model of the log's head was looked up, whatever its requests asked for.
    #[test]
    fn a_price_is_missed_of_what_requests_ask_for() {
        let of = |head: &str, models: [&str; 2]| {
            let exchanges = models.into_iter().zip(0..).map(|(model, seq)| {
                let mut exchange = exchange(seq, &[user("go")]);
                exchange.request.fields.push(("model".into(), Raw::from_value(&model.into())));
                exchange
            });
            let mut log = log(exchanges.collect());
            log.started.model = head.into();
            let grid = Grid {
                layouts: vec![Layout::append()],
                compactions: vec![Compaction::none()],
                caches: vec!["ideal".parse().unwrap()],
                prices: Prices::shipped().unwrap(),
                model: None,
                latency: Latency::default(),
                requests: false,
            };
            let sessions = Session::of_log("one", &log, Tokenizer::O200k, None);
            let inputs = [Input { name: "one".into(), sessions }];
            let row = simulate(&inputs, &grid).rows.remove(0);
            let facts = SimulationFacts::of(&inputs, &grid, Tokenizer::O200k);
            (facts.unpriced, row.totals.cost.is_some(), row.model)
        };
        let known = ["gpt-5", "gpt-5"];
        assert_eq!(of("unheard-of", known), (vec![], true, "gpt-5".into()));
        let mixed = ["gpt-5", "unheard-of"];
        assert_eq!(of("gpt-5", mixed), (vec!["unheard-of".into()], false, "gpt-5".into()));
    }
}
