//! `unreel explain`

use super::format::PageFormat;
use super::meant::{Meant, again, meant};
use super::prices::priced_as;
use super::project::Project;
use super::source::{NoSource, Source};
use super::{Exit, console};
use crate::cache::Prices;
use crate::measure::explain::{Beside, Explanation, explain as explained};
use crate::report::{
    Paint, explanation_markdown, explanation_text, explanations_markdown, explanations_text, quoted,
};
use clap::Args;
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
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    exchange: Option<u32>,
    /// Count money as if this model had been asked
    #[arg(long, value_name = "MODEL")]
    price_as: Option<String>,
    /// A price list of your own, in the shape of the one that comes along
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: PageFormat,
}

/// Explains.
pub(super) fn explain(args: &ExplainArgs) -> Exit {
    console::tell(text(args))
}

fn text(args: &ExplainArgs) -> Result<String, NoSource> {
    let project = Project::here()?;
    let path = args.path.clone().map_or_else(|| project.newest(), Ok)?;
    let paint = Paint::new(console::is_colourful());
    let prices = priced_as(args.prices.as_deref(), args.price_as.as_deref())?;
    let run = args.run.as_deref();
    let source = match meant(&path, run, args.exchange.is_some())? {
        Meant::Several(logs) => {
            let sources = logs.into_iter().map(Source::of_run);
            let all: Vec<_> = sources.map(|source| of(source, args, &prices)).collect();
            return Ok(shown_all(&all, &path, args.format, paint));
        }
        Meant::One(source) => *source,
    };
    let mut one = of(source, args, &prices);
    if let Some(number) = args.exchange {
        if number >= one.requests {
            let what = format!("{}: there is no exchange {number}", one.about.name);
            let last = one.requests.saturating_sub(1);
            return Err(NoSource::new(what, format!("its exchanges are 0 to {last}")));
        }
        one = one.only(number);
    }
    Ok(match args.format {
        PageFormat::Text => explanation_text(&one, &again("explain", &path, run), paint),
        PageFormat::Json => console::json(&one),
        PageFormat::Markdown => explanation_markdown(&one),
    })
}

fn of(source: Source, args: &ExplainArgs, prices: &Prices) -> Explanation {
    let price_as = args.price_as.as_deref();
    explained(&source.log, source.about, Beside { at_ms: &source.at_ms, prices, price_as })
}

fn shown_all(all: &[Explanation], path: &Path, format: PageFormat, paint: Paint) -> String {
    match format {
        PageFormat::Text => explanations_text(all, &quoted(&path.display().to_string()), paint),
        PageFormat::Json => console::json(&all),
        PageFormat::Markdown => explanations_markdown(all),
    }
}
