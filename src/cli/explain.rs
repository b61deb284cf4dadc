//! `unreel explain`

use super::project::Project;
use super::show::json;
use super::source::{Found, NoSource, Source, find, no_such_run, one_run, runs};
use super::{Exit, console};
use crate::cache::Prices;
use crate::measure::explain::{Beside, Explanation, explain as explained};
use crate::report::{
    Paint, explanation_markdown, explanation_text, explanations_markdown, explanations_text, quoted,
};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(
    after_help = "exit codes: 0 explained, whatever was found · 2 wrong command line or file"
)]
pub(super) struct ExplainArgs {
    /// A recording, a log of another program, a journal, a folder of results, or one of its runs/RUN
    /// [default: the newest results]
    #[arg(value_name = "RUN|RECORDING")]
    path: Option<PathBuf>,
    /// Which run of a folder of results [default: all of them, in a table]
    #[arg(value_name = "SCENARIO[@VARIANT]")]
    run: Option<String>,
    /// Only what happened at this request
    #[arg(long, value_name = "N")]
    exchange: Option<u32>,
    /// Count money as if this model had been asked
    #[arg(long, value_name = "MODEL")]
    price_as: Option<String>,
    /// A price list of your own, in the shape of the one that comes along
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs; docs/formats.md has the shape
    Json,
    /// For an issue, or a comment below a pull request
    Markdown,
}

/// Explains.
pub(super) fn explain(args: &ExplainArgs) -> Exit {
    match text(args) {
        Ok(text) => {
            console::out(&text);
            Exit::Good
        }
        Err(error) => {
            console::error(&error);
            Exit::Usage
        }
    }
}

fn text(args: &ExplainArgs) -> Result<String, NoSource> {
    let project = Project::here()?;
    let path = args.path.clone().unwrap_or_else(|| project.report(None));
    let paint = Paint::new(console::is_colourful());
    let prices = prices(args)?;
    let said = args.run.as_deref();
    let source = match find(&path)? {
        Found::Recording(recording) => {
            if let Some(run) = said {
                let what = format!("{}: a recording has no runs, and no `{run}`", path.display());
                return Err(NoSource::new(what, "leave the name of the run out"));
            }
            Source::of_recording(&path, &recording)
        }
        Found::Run(out, name) => one_run(&out, Some(&name))?,
        Found::Report(out) if said.is_none() && args.exchange.is_none() => {
            let (keys, mut logs) = runs(&out, |_| true)?;
            match logs.len() {
                0 => return Err(no_such_run(&out, &keys, None)),
                1 => Source::of_run(logs.remove(0)),
                _ => {
                    let sources = logs.into_iter().map(Source::of_run);
                    let all = sources
                        .map(|source| of(source, args, &prices))
                        .collect::<Result<Vec<_>, _>>();
                    return Ok(shown_all(&all?, &path, args.format, paint));
                }
            }
        }
        Found::Report(out) => one_run(&out, said)?,
    };
    let mut one = of(source, args, &prices)?;
    if let Some(number) = args.exchange {
        if number >= one.requests {
            let what = format!("{}: there is no exchange {number}", one.about.name);
            let last = one.requests.saturating_sub(1);
            return Err(NoSource::new(what, format!("its exchanges are 0 to {last}")));
        }
        one = one.only(number);
    }
    Ok(match args.format {
        Format::Text => explanation_text(&one, &again(args, &path), paint),
        Format::Json => json(&one),
        Format::Markdown => explanation_markdown(&one),
    })
}

fn of(source: Source, args: &ExplainArgs, prices: &Prices) -> Result<Explanation, NoSource> {
    let price_as = args.price_as.as_deref();
    if let Some(model) = price_as.filter(|model| !prices.knows(model)) {
        return Err(NoSource::new(
            format!("--price-as {model}: the list of {} has no price for it", prices.date),
            "name a model of the list, or give a list of your own: --prices FILE",
        ));
    }
    let beside = Beside { at_ms: &source.at_ms, prices, price_as };
    Ok(explained(&source.log, source.about, beside))
}

fn prices(args: &ExplainArgs) -> Result<Prices, NoSource> {
    let (prices, help) = match &args.prices {
        Some(path) => (Prices::read(path), "mend the price list"),
        None => (Prices::shipped(), "this is a defect of unreel"),
    };
    prices.map_err(|error| NoSource::new(error.to_string(), help))
}

fn shown_all(all: &[Explanation], path: &Path, format: Format, paint: Paint) -> String {
    match format {
        Format::Text => explanations_text(all, &quoted(&path.display().to_string()), paint),
        Format::Json => json(&all),
        Format::Markdown => explanations_markdown(all),
    }
}

/// The command line that says the same.
fn again(args: &ExplainArgs, path: &Path) -> String {
    let mut words = vec!["unreel explain".to_owned(), quoted(&path.display().to_string())];
    words.extend(args.run.as_deref().map(quoted));
    words.join(" ")
}
