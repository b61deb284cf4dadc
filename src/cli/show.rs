//! `unreel show`

use super::project::Project;
use super::source::{Found, NoSource, Source, find, no_such_run, one_run, runs};
use super::{Exit, console};
use crate::measure::Trials;
use crate::measure::story::{story, whole_exchange};
use crate::recording::journal::RunLog;
use crate::report::{Paint, exchange_text, quoted, runs_text, story_text};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// A recording, a journal, a folder of results, or one of its runs/RUN [default: the newest
    /// results]
    #[arg(value_name = "FILE|DIR")]
    path: Option<PathBuf>,
    /// Which run of a folder of results
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Show one exchange in full, its texts verbatim
    #[arg(long, value_name = "N")]
    exchange: Option<u32>,
    /// Show every exchange of a long session
    #[arg(long)]
    all: bool,
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
}

/// Shows.
pub(super) fn show(args: &ShowArgs) -> Exit {
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

fn text(args: &ShowArgs) -> Result<String, NoSource> {
    let project = Project::here()?;
    let path = args.path.clone().unwrap_or_else(|| project.report(None));
    let paint = Paint::new(console::is_colourful());
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
                _ => return Ok(all_runs(logs, &path, args.format)),
            }
        }
        Found::Report(out) => one_run(&out, said)?,
    };
    let again = again(args, &path);
    if let Some(number) = args.exchange {
        let Some(whole) = whole_exchange(&source.log, number) else {
            let last = source.log.exchanges.len().saturating_sub(1);
            let what = format!("{}: there is no exchange {number}", source.about.name);
            return Err(NoSource::new(what, format!("its exchanges are 0 to {last}")));
        };
        return Ok(match args.format {
            Format::Json => json(&whole),
            Format::Text => exchange_text(&whole, &source.about.name, paint),
        });
    }
    let story = story(&source.log, source.about);
    Ok(match args.format {
        Format::Json => json(&story),
        Format::Text => story_text(&story, args.all, &again, paint),
    })
}

/// The command line that shows the same.
fn again(args: &ShowArgs, path: &Path) -> String {
    let mut words = vec!["unreel show".to_owned(), quoted(&path.display().to_string())];
    words.extend(args.run.as_deref().map(quoted));
    words.join(" ")
}

/// The runs of a folder of results, to choose from.
fn all_runs(logs: Vec<RunLog>, path: &Path, format: Format) -> String {
    let mut trials = Trials::default();
    logs.into_iter().for_each(|log| trials.add(log));
    let measured = trials.finish();
    match format {
        Format::Json => json(&crate::report::Summary::of(&measured, 0).results),
        Format::Text => runs_text(&measured, &quoted(&path.display().to_string())),
    }
}

/// JSON for programs; values as they are received stay as they are.
pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
