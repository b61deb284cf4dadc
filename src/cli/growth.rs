//! `unreel growth`

use super::format::Format;
use super::prices::priced_as;
use super::project::Project;
use super::source::{Found, NoSource, Source, find, no_such_run, one_run, runs};
use super::{Exit, console};
use crate::measure::growth::{Curves, Series, curves};
use crate::measure::measure;
use crate::report::{Paint, growth_text, write_growth};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "exit codes: 0 shown · 2 wrong command line or file · 3 cannot be written")]
pub(super) struct GrowthArgs {
    /// Recordings, logs of other programs, folders of results or runs [default: the newest results]
    #[arg(value_name = "FILE|DIR")]
    inputs: Vec<PathBuf>,
    /// Write growth.html and a picture of each session (growth/*.svg) into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Bill as this model would, whatever the requests say
    #[arg(long, value_name = "MODEL")]
    price_as: Option<String>,
    /// A price list of your own, in the shape of the one that comes along
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Shows how sessions grow.
pub(super) fn growth(args: &GrowthArgs) -> Exit {
    let all = match all(args) {
        Ok(all) => all,
        Err(error) => {
            console::error(&error);
            return Exit::Usage;
        }
    };
    if let Some(out) = &args.out
        && let Err(error) = write_growth(out, &all)
    {
        console::error(&error);
        return Exit::Harness;
    }
    console::out(&match args.format {
        Format::Text => growth_text(&all, Paint::new(console::is_colourful())),
        Format::Json => console::json(&all),
    });
    if let (Some(out), Format::Text, false) = (&args.out, args.format, all.is_empty()) {
        console::out(&format!("pictures: {}\n", out.join("growth.html").display()));
    }
    Exit::Good
}

fn all(args: &GrowthArgs) -> Result<Vec<Curves>, NoSource> {
    let prices = priced_as(args.prices.as_deref(), args.price_as.as_deref())?;
    let inputs = match args.inputs.is_empty() {
        true => vec![Project::here()?.newest()?],
        false => args.inputs.clone(),
    };
    let mut found = Vec::new();
    let mut add = |source: &Source| {
        let mut run = measure(&source.log);
        if let Some(model) = &args.price_as {
            run.model.clone_from(model);
        }
        found.extend(curves(&Series::of_run(&source.about.name, &run, &prices)));
    };
    for path in inputs {
        match find(&path)? {
            Found::Recording(recording) => add(&Source::of_recording(&path, &recording)),
            Found::Run(out, name) => add(&one_run(&out, Some(&name))?),
            Found::Report(out) => {
                let (keys, logs) = runs(&out, |_| true)?;
                if logs.is_empty() {
                    return Err(no_such_run(&out, &keys, None));
                }
                logs.into_iter().map(Source::of_run).for_each(|source| add(&source));
            }
        }
    }
    Ok(found)
}
