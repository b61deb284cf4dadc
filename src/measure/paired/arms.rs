//! Trials of two arms, graded and paired by scenario; where an arm holds several variants or agents of
//! a scenario, by these too, since a mean over different things tells of none of them.
//!
//! A trial that says nothing of the agent (the harness failed, a program was missing, the answers
//! were those of another world) is left out of the rates and counted beside them. Trials of a replay
//! or a script that repeat an earlier one show that the run is deterministic, and nothing more: they
//! count once.

use super::{Difference, Pair, Rate, difference, fisher, newcombe};
use crate::cache::Prices;
use crate::measure::{RunMeasure, measure};
use crate::recording::journal::{RunKey, RunLog};
use crate::wire::Usage;
use indexmap::IndexMap;
use serde::Serialize;
use std::collections::BTreeSet;

/// Two arms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arms {
    /// Always 1: the version of this shape.
    pub version: u32,
    /// What the trials of the first arm have in common.
    pub a: Label,
    /// Those of the second.
    pub b: Label,
    /// A row for each scenario that has graded trials in both, in the order of A; for each of its
    /// variants and agents, where an arm holds several.
    pub rows: Vec<Row>,
    /// Names of rows without graded trials in both arms.
    pub unpaired: Vec<String>,
    /// The difference over all rows; `None` without a row.
    pub all: Option<Difference>,
    /// The day of the price list that money is estimated by.
    pub prices: String,
}

/// What the trials of an arm have in common; several values are joined by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Names of variants.
    pub variant: String,
    /// Agents, with versions.
    pub agent: String,
    /// Model names in requests.
    pub model: String,
    /// Cache policies in force.
    pub cache: String,
    /// Where answers came from.
    pub provenance: String,
}

/// One scenario in both arms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub scenario: String,
    /// The variant, where an arm holds several of the scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The agent, where an arm holds several of the scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Its trials in A.
    pub a: Side,
    /// Its trials in B.
    pub b: Side,
    /// Success rate of B less that of A.
    pub delta: f64,
    /// The interval of that (Newcombe).
    pub interval: (f64, f64),
    /// The chance to see B so bad, or worse, if nothing had changed (Fisher, one-sided).
    pub p: f64,
}

impl Row {
    /// The scenario, with the variant and the agent where they are told apart.
    #[must_use]
    pub fn name(&self) -> String {
        named(&self.scenario, self.variant.as_deref(), self.agent.as_deref())
    }

    /// Whether a trial takes the same in both arms and passes as often, however many there are.
    #[must_use]
    pub fn costs_the_same(&self) -> bool {
        let (a, b) = (self.a.sums(), self.b.sums());
        let (of_a, of_b) = (u128::from(self.a.rate.trials), u128::from(self.b.rate.trials));
        a.iter().zip(&b).all(|sums| match sums {
            (Some(a), Some(b)) => u128::from(*a) * of_b == u128::from(*b) * of_a,
            (a, b) => a == b,
        })
    }
}

fn named(scenario: &str, variant: Option<&str>, agent: Option<&str>) -> String {
    let variant = variant.map(|name| format!("@{name}")).unwrap_or_default();
    let agent = agent.map(|name| format!("+{name}")).unwrap_or_default();
    format!("{scenario}{variant}{agent}")
}

/// What trials must have in common to be taken together: scenario, variant, agent.
type Kind = (String, Option<String>, Option<String>);

/// Which variants and agents are told apart: those of a scenario of which an arm holds several.
struct Apart<'a> {
    variants: BTreeSet<&'a str>,
    agents: BTreeSet<&'a str>,
}

impl<'a> Apart<'a> {
    fn of(a: &[&'a RunLog], b: &[&'a RunLog]) -> Self {
        let several = |of: fn(&RunKey) -> &str| {
            let mut found = BTreeSet::new();
            for logs in [a, b] {
                let mut first: IndexMap<&str, &str> = IndexMap::new();
                for key in logs.iter().map(|log| &log.started.run) {
                    if *first.entry(&key.scenario).or_insert(of(key)) != of(key) {
                        found.insert(key.scenario.as_str());
                    }
                }
            }
            found
        };
        Self { variants: several(|key| &key.variant), agents: several(|key| &key.agent) }
    }

    fn kind(&self, key: &RunKey) -> Kind {
        let scenario = key.scenario.as_str();
        (
            scenario.to_owned(),
            self.variants.contains(scenario).then(|| key.variant.clone()),
            self.agents.contains(scenario).then(|| key.agent.clone()),
        )
    }
}

/// The trials of one scenario in one arm. Sums are over graded trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Trials that passed, of those graded.
    #[serde(flatten)]
    pub rate: Rate,
    /// Trials that say nothing of the agent.
    pub ungraded: u32,
    /// Trials that did no more than repeat an earlier one, because nobody draws anything.
    pub repeats: u32,
    /// Requests.
    pub requests: u64,
    /// Rendered bytes sent.
    pub sent_bytes: u64,
    /// Of them, behind the longest prefix sent before.
    pub new_bytes: u64,
    /// Rendered tokens sent.
    pub sent_tokens: u64,
    /// Of them, behind the longest prefix sent before.
    pub new_tokens: u64,
    /// Input tokens as reported with the answers.
    pub input_tokens: u64,
    /// Of them, read from a cache.
    pub cached_tokens: u64,
    /// Output tokens as reported.
    pub output_tokens: u64,
    /// Estimated money in billionths of a dollar; `None` where the model has no price.
    pub cost: Option<u64>,
}

impl Side {
    /// All that is summed over its graded trials.
    fn sums(&self) -> [Option<u64>; 10] {
        [
            Some(self.rate.successes.into()),
            Some(self.requests),
            Some(self.sent_bytes),
            Some(self.new_bytes),
            Some(self.sent_tokens),
            Some(self.new_tokens),
            Some(self.input_tokens),
            Some(self.cached_tokens),
            Some(self.output_tokens),
            self.cost,
        ]
    }

    fn add(&mut self, log: &RunLog, run: &RunMeasure, prices: &Prices) {
        let Some(passed) = run.graded() else {
            self.ungraded += 1;
            return;
        };
        let first = self.rate.trials == 0;
        self.rate.trials += 1;
        self.rate.successes += u32::from(passed);
        self.requests += u64::from(run.payload.requests);
        self.sent_bytes += run.payload.sent_bytes;
        self.new_bytes += run.payload.new_bytes;
        self.sent_tokens += run.payload.sent_tokens;
        self.new_tokens += run.payload.new_tokens;
        let usages = || log.exchanges.iter().filter_map(|exchange| exchange.usage);
        // A count in a file can be any number.
        let add = |sum: u64, of: fn(&Usage) -> u64| {
            usages().map(|usage| of(&usage)).fold(sum, u64::saturating_add)
        };
        self.input_tokens = add(self.input_tokens, |usage| usage.input_tokens);
        self.cached_tokens = add(self.cached_tokens, Usage::cached);
        self.output_tokens = add(self.output_tokens, |usage| usage.output_tokens);
        let costs = usages().map(|usage| prices.cost(&log.started.model, &usage));
        let cost = costs.into_iter().try_fold(0, |sum: u64, cost| Some(sum.saturating_add(cost?)));
        self.cost = match (first, self.cost) {
            (true, _) => cost,
            (false, sum) => sum.zip(cost).map(|(sum, cost)| sum.saturating_add(cost)),
        };
    }
}

/// Compares two arms.
#[must_use]
pub fn compare_arms(a: &[&RunLog], b: &[&RunLog], prices: &Prices) -> Arms {
    let apart = Apart::of(a, b);
    let (sides_a, sides_b) = (sides(a, &apart, prices), sides(b, &apart, prices));
    let graded = |side: &&Side| side.rate.trials > 0;
    let mut rows = Vec::new();
    let mut unpaired = Vec::new();
    let name =
        |(scenario, variant, agent): &Kind| named(scenario, variant.as_deref(), agent.as_deref());
    for (kind, side) in &sides_a {
        match (graded(&side), sides_b.get(kind).filter(graded)) {
            (true, Some(other)) => rows.push(Row {
                scenario: kind.0.clone(),
                variant: kind.1.clone(),
                agent: kind.2.clone(),
                a: *side,
                b: *other,
                delta: other.rate.value() - side.rate.value(),
                interval: newcombe(side.rate, other.rate),
                p: fisher(side.rate, other.rate),
            }),
            _ => unpaired.push(name(kind)),
        }
    }
    unpaired.extend(sides_b.keys().filter(|kind| !sides_a.contains_key(*kind)).map(name));
    let pairs: Vec<Pair> = rows
        .iter()
        .map(|row| Pair {
            scenario: row.name(),
            cluster: row.scenario.clone(),
            a: row.a.rate,
            b: row.b.rate,
        })
        .collect();
    Arms {
        version: 1,
        a: label(a),
        b: label(b),
        rows,
        unpaired,
        all: difference(&pairs),
        prices: prices.date.clone(),
    }
}

fn sides(logs: &[&RunLog], apart: &Apart<'_>, prices: &Prices) -> IndexMap<Kind, Side> {
    let mut sides: IndexMap<Kind, Side> = IndexMap::new();
    let mut seen: IndexMap<Kind, Vec<RunMeasure>> = IndexMap::new();
    for log in logs {
        let kind = apart.kind(&log.started.run);
        let side = sides.entry(kind.clone()).or_default();
        let run = measure(log);
        if !log.started.is_live() {
            let mut bare = run.clone();
            bare.run.trial = 0;
            let seen = seen.entry(kind).or_default();
            if seen.contains(&bare) {
                side.repeats += 1;
                continue;
            }
            seen.push(bare);
        }
        side.add(log, &run, prices);
    }
    sides
}

fn label(logs: &[&RunLog]) -> Label {
    let of = |what: &dyn Fn(&RunLog) -> String| {
        let mut seen: Vec<String> = Vec::new();
        for one in logs.iter().map(|log| what(log)) {
            if !seen.contains(&one) {
                seen.push(one);
            }
        }
        seen.join(", ")
    };
    Label {
        variant: of(&|log| log.started.run.variant.clone()),
        agent: of(&|log| log.started.agent.clone()),
        model: of(&|log| log.started.model.clone()),
        cache: of(&|log| log.started.cache.clone()),
        provenance: of(&|log| log.started.provenance.clone()),
    }
}
