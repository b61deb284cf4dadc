//! `unreel simulate`: what recorded conversations would have cost under other caches, layouts and
//! compactions.

mod inputs;

use super::format::Format;
use super::prices::prices;
use super::source::NoSource;
use super::{Exit, console};
use crate::cache::Tokenizer;
use crate::measure::simulate::{
    Compaction, Generate, Grid, Input, LAYOUTS, Latency, Layout, Refusal, Simulated,
    simulate as go, split_specs,
};
use crate::report::{
    ReportError, Simulation, SimulationFacts, plural, simulation_json, simulation_text,
    write_simulation,
};
use crate::scenario::{CachePolicy, CacheSpec};
use crate::wire::Raw;
use clap::{Args, ValueEnum};
use inputs::{Inputs, Reading};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

#[derive(Debug, Args)]
#[command(after_long_help = names())]
pub(super) struct SimulateArgs {
    /// Recordings, journals, folders of either, runs/RUN, or logs of other programs
    #[arg(value_name = "INPUT", required_unless_present = "generate")]
    inputs: Vec<PathBuf>,
    /// Caches to account under: NAME[:key=value,..],..
    #[arg(long, value_name = "P,..", default_value = "ideal,openai-128")]
    cache: Vec<String>,
    /// What the client does with the same conversation: NAME[:key=value,..],..
    #[arg(long, value_name = "L,..", default_value = "append")]
    layout: Vec<String>,
    /// When its history gives way to a summary: none, threshold:C,to=Z
    #[arg(long, value_name = "C,..", default_value = "none")]
    compaction: Vec<String>,
    /// What is a token
    #[arg(long, value_enum, default_value = "o200k")]
    tokenizer: TokenizerChoice,
    /// Tool definitions for logs that lack them: a JSON list, or an object with `tools`
    #[arg(long, value_name = "FILE")]
    tools: Option<PathBuf>,
    /// The model that all requests name instead of their own, for prices and for caches that go by it
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// A price list of your own, in the shape of the one that comes along
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Parameters of the latency model, as in rtt=80,up=5000000,prefill=8000,read=400000
    #[arg(long, value_name = "key=value,..", default_value_t)]
    latency: Latency,
    /// A session of declared sizes in tokens instead of inputs: p=12000,a=150,o=850,n=200
    #[arg(long, value_name = "SIZES", conflicts_with = "inputs")]
    generate: Option<Generate>,
    /// Folder for tables (Parquet, CSV), summary.md, summary.json and curves (growth.html)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Combinations at once [default: number of processors]
    #[arg(
        long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024),
        allow_negative_numbers = true
    )]
    jobs: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TokenizerChoice {
    /// The vocabulary of current OpenAI models
    O200k,
    /// A token for every four bytes
    Bytes4,
}

/// Refusals shown; with many inputs there may be hundreds.
const REFUSALS: usize = 6;

/// Names of layouts, caches and compactions, below the options.
fn names() -> String {
    let mut text = "layouts (answers held fixed; against `append`):\n".to_owned();
    for known in LAYOUTS {
        text.push_str(&format!("  {:<24} {}\n", known.name, known.help));
        for one in known.parameters {
            let usual = if one.usual.is_empty() { "K" } else { one.usual };
            let setting = format!("{}={usual}", one.key);
            text.push_str(&format!("    {setting:<22} {}\n", one.help));
        }
    }
    text.push_str("caches:\n");
    for policy in CachePolicy::ALL {
        text.push_str(&format!("  {:<24} {}\n", policy.as_str(), policy.summary()));
    }
    text.push_str("compactions:\n  none\n");
    text.push_str("  threshold:C,to=Z         above C tokens, a summary of Z takes the place of the history\n");
    text.push_str("exit codes: 0 simulated · 2 wrong command line or file, or a layout was refused · 3 cannot be written\n");
    text
}

/// Simulates.
pub(super) fn simulate(args: &SimulateArgs) -> Exit {
    match simulated(args) {
        Ok((text, refused)) => {
            console::out(&text);
            refused.iter().take(REFUSALS).for_each(|refusal| console::error(refusal));
            if let Some(more) = refused.len().checked_sub(REFUSALS + 1) {
                console::note(&format!("{} more of the same kind", more + 1));
            }
            if refused.is_empty() { Exit::Good } else { Exit::Usage }
        }
        Err(Failed::Asked(error)) => {
            console::error(&error);
            Exit::Usage
        }
        Err(Failed::Written(error)) => {
            console::error(&error);
            Exit::Harness
        }
    }
}

/// Why there are no figures.
enum Failed {
    Asked(NoSource),
    Written(ReportError),
}

impl From<NoSource> for Failed {
    fn from(error: NoSource) -> Self {
        Self::Asked(error)
    }
}

/// What is shown, and what was refused; nothing is shown, or written, where all was.
fn simulated(args: &SimulateArgs) -> Result<(String, Vec<Refusal>), Failed> {
    let prices = prices(args.prices.as_deref())?;
    let grid = Grid {
        layouts: parsed::<Layout>(&args.layout)?,
        compactions: parsed::<Compaction>(&args.compaction)?,
        caches: parsed::<CacheSpec>(&args.cache)?,
        prices,
        model: args.model.clone(),
        latency: args.latency,
        requests: args.out.is_some(),
    };
    distinct("layout", grid.layouts.iter().map(|one| one.name.clone()))?;
    distinct("compaction", grid.compactions.iter().map(|one| one.name.clone()))?;
    distinct("cache", grid.caches.iter().map(ToString::to_string))?;
    if let Some(model) = args.model.as_ref().filter(|model| !grid.prices.knows(model)) {
        let what = format!("the price list of {} has no model `{model}`", grid.prices.date);
        let help = "name a listed one, or give a list with --prices FILE";
        return Err(NoSource::new(what, help).into());
    }
    let tokenizer = match args.tokenizer {
        TokenizerChoice::O200k => Tokenizer::O200k,
        TokenizerChoice::Bytes4 => Tokenizer::Bytes4,
    };
    let inputs = inputs(args, tokenizer)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.jobs.map_or(0, usize::from));
    let pool = pool.build().map_err(|error| NoSource::new(error.to_string(), "fewer --jobs"))?;
    let Simulated { rows, refused } = pool.install(|| go(&inputs, &grid));
    if rows.is_empty() && !refused.is_empty() {
        return Ok((String::new(), refused));
    }
    let facts = SimulationFacts::of(&inputs, &grid, tokenizer);
    let simulation = pool.install(|| Simulation::of(&facts, &rows));
    let mut text = match args.format {
        Format::Json => console::json(&simulation_json(&simulation)),
        Format::Text => simulation_text(&simulation),
    };
    if let Some(out) = &args.out {
        write_simulation(out, &simulation, &grid.prices).map_err(Failed::Written)?;
        if args.format == Format::Text {
            text.push_str(&format!("full: {}\n", out.join("summary.md").display()));
        }
    }
    Ok((text, refused))
}

fn parsed<T: FromStr>(said: &[String]) -> Result<Vec<T>, NoSource>
where
    T::Err: std::fmt::Display,
{
    let specs = said.iter().flat_map(|text| split_specs(text));
    let parsed =
        specs.map(|spec| spec.parse::<T>().map_err(|error| NoSource::of(&error.to_string(), "")));
    parsed.collect()
}

/// Rows are told apart by these names: what is named twice would be summed.
fn distinct(what: &str, names: impl Iterator<Item = String>) -> Result<(), NoSource> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name.clone()) {
            return Err(NoSource::new(format!("{what} `{name}` is named twice"), "once is enough"));
        }
    }
    Ok(())
}

fn inputs(args: &SimulateArgs, tokenizer: Tokenizer) -> Result<Vec<Input>, NoSource> {
    if let Some(generate) = args.generate {
        let model = args.model.as_deref().unwrap_or("generated");
        let session = generate.session(model, tokenizer);
        return Ok(vec![Input { name: session.input.clone(), sessions: vec![session] }]);
    }
    let tools = args.tools.as_deref().map(tools).transpose()?;
    let reading = Reading { tokenizer, tools };
    let mut inputs = Inputs::default();
    for path in &args.inputs {
        inputs.add(path, &reading)?;
    }
    if inputs.passed_over > 0 {
        let told = plural(inputs.passed_over, "file");
        console::note(&format!("{told} in folders passed over: no recordings or logs"));
    }
    match inputs.all.is_empty() {
        true => Err(NoSource::new("no session in what was named", "name recordings or runs")),
        false => Ok(inputs.all),
    }
}

/// Tool definitions: a list, or an object that has one, as the body of a request.
fn tools(path: &Path) -> Result<Raw, NoSource> {
    let help = "a JSON list of tool definitions, or an object whose `tools` is one";
    let bad = |what: String| NoSource::new(format!("{}: {what}", path.display()), help);
    let text = std::fs::read_to_string(path).map_err(|cause| {
        let what = format!("{}: cannot be read: {cause}", path.display());
        NoSource::new(what, "see that the file is there and may be read")
    })?;
    let raw = Raw::parse(text.trim()).map_err(|error| bad(error.to_string()))?;
    let inside = raw.fields().into_iter().flatten().find(|(key, _)| key == "tools");
    let list = inside.map_or(raw, |(_, list)| list);
    match list.elements() {
        Some(all) if !all.is_empty() => match all.iter().position(|one| one.fields().is_none()) {
            None => Ok(list),
            Some(at) => Err(bad(format!("item {at} of the list is no JSON object"))),
        },
        _ => Err(bad("there is no list of tools".into())),
    }
}
