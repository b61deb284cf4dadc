//! Runs with a live model: what they would send, and what they leave behind.

use super::format::{WIDTH, bytes, count, plural, quoted, wrap};
use super::grid::columns;
use crate::cache::dollars;
use crate::recording::journal::RunKey;
use crate::run::{First, Plan};

/// What a dry run found.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'a> {
    /// The endpoint's base URL.
    pub url: &'a str,
    /// Where the key would come from.
    pub key: &'a str,
    /// Trials of each scenario and variant.
    pub trials: u32,
    /// The day of the price list.
    pub prices: &'a str,
    /// The first request of each run.
    pub plans: &'a [Plan],
}

/// What runs used of an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Used<'a> {
    /// Requests.
    pub requests: u64,
    /// Money, as an estimate, in billionths of a dollar.
    pub money: u64,
    /// A model that was asked and has no price.
    pub unpriced: Option<&'a str>,
    /// The day of the price list.
    pub prices: &'a str,
}

/// What a dry run says.
#[must_use]
pub fn planned(told: &Planned<'_>) -> String {
    let Planned { url, key, trials, prices, plans } = *told;
    let runs = plans.len() * trials as usize;
    let mut lines = vec![
        "dry run: nothing was sent, no connection was opened".to_owned(),
        format!("endpoint  {url}"),
        format!("key       {key}"),
        format!("runs      {runs}: {} of each below", plural(trials as usize, "trial")),
        String::new(),
    ];
    let head = ["first request of", "model", "body", "tokens", "input", "tools"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    cells.extend(plans.iter().map(row));
    lines.extend(columns(&cells, &[0, 1, 5]));
    lines.push(String::new());
    lines.extend(wrap(&sum(told), WIDTH, "  "));
    let caveat = format!(
        "tokens: o200k, own rendering. input: an estimate by prices of {prices}, nothing cached. A run \
         sends many requests, each with the whole history so far, and pays for answers, too: \
         --max-requests and --max-spend limit what all runs together may use."
    );
    lines.extend(wrap(&caveat, WIDTH, "  "));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn row(plan: &Plan) -> Vec<String> {
    let name = plan.run.name();
    let Some(First { model, bytes: body, tokens, money, tools }) = &plan.first else {
        let why = plan.reason.as_deref().unwrap_or("it sent nothing");
        return vec![name, String::new(), String::new(), String::new(), String::new(), why.into()];
    };
    let money = money.map_or("no price".to_owned(), dollars);
    vec![name, model.clone(), bytes(*body), count(*tokens), money, tools.join(", ")]
}

fn sum(told: &Planned<'_>) -> String {
    let firsts = || told.plans.iter().filter_map(|plan| plan.first.as_ref());
    let trials = u64::from(told.trials);
    let tokens = firsts().map(|first| first.tokens).sum::<u64>() * trials;
    let money = firsts().map(|first| first.money).sum::<Option<u64>>();
    let money = money.map(|money| format!(", {}", dollars(money * trials))).unwrap_or_default();
    format!("all first requests together: {} tokens{money}", count(tokens))
}

/// The last lines after live runs: what they used, where they are recorded, what to do with that.
/// `place` is the folder of the results, `kept` the runs that are recorded, those that passed first.
#[must_use]
pub fn trials_closing(place: &str, kept: &[&RunKey], used: &Used<'_>) -> String {
    let money = match used.unpriced {
        Some(model) => format!("{model} has no price (--prices FILE)"),
        None => format!("about {}, by prices of {}", dollars(used.money), used.prices),
    };
    let requests = plural(used.requests as usize, "request");
    let mut lines = vec![format!("used: {requests}, {money}")];
    if let [first, ..] = kept {
        let recorded = plural(kept.len(), "trial");
        lines.push(format!("{recorded} recorded: {place}/recordings/SCENARIO@VARIANT#TRIAL.jsonl"));
        let mut variants: Vec<&str> = kept.iter().map(|key| key.variant.as_str()).collect();
        variants.sort_unstable();
        variants.dedup();
        match variants.len() {
            1 => {}
            2 => lines.push(format!("compare: unreel diff {}", quoted(place))),
            _ => lines
                .push(format!("compare two variants: unreel diff {} --variant A,B", quoted(place))),
        }
        let file = quoted(&format!("{place}/recordings/{first}.jsonl"));
        lines.push(format!("look at one: unreel show {file}"));
        let run = quoted(&first.to_string());
        lines.push(format!("play one from now on: unreel promote {} {run}", quoted(place)));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
