//! `unreel show`

use super::format::Format;
use super::meant::{Meant, again, meant};
use super::project::Project;
use super::source::NoSource;
use super::{Exit, console};
use crate::measure::Trials;
use crate::measure::story::{story, whole_exchange};
use crate::recording::journal::RunLog;
use crate::report::{Paint, exchange_text, quoted, runs_text, story_text};
use clap::Args;
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
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    exchange: Option<u32>,
    /// Show every exchange of a long session
    #[arg(long)]
    all: bool,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Shows.
pub(super) fn show(args: &ShowArgs) -> Exit {
    console::tell(text(args))
}

fn text(args: &ShowArgs) -> Result<String, NoSource> {
    let project = Project::here()?;
    let path = args.path.clone().map_or_else(|| project.newest(), Ok)?;
    let paint = Paint::new(console::is_colourful());
    let run = args.run.as_deref();
    let source = match meant(&path, run, args.exchange.is_some())? {
        Meant::Several(logs) => return Ok(all_runs(logs, &path, args.format)),
        Meant::One(source) => *source,
    };
    let again = again("show", &path, run);
    if let Some(number) = args.exchange {
        let Some(whole) = whole_exchange(&source.log, number) else {
            let last = source.log.exchanges.len().saturating_sub(1);
            let what = format!("{}: there is no exchange {number}", source.about.name);
            return Err(NoSource::new(what, format!("its exchanges are 0 to {last}")));
        };
        return Ok(match args.format {
            Format::Json => console::json(&whole),
            Format::Text => exchange_text(&whole, &source.about.name, paint),
        });
    }
    let story = story(&source.log, source.about);
    Ok(match args.format {
        Format::Json => console::json(&story),
        Format::Text => story_text(&story, args.all, &again, paint),
    })
}

/// The runs of a folder of results, to choose from.
fn all_runs(logs: Vec<RunLog>, path: &Path, format: Format) -> String {
    let mut trials = Trials::default();
    logs.into_iter().for_each(|log| trials.add(log));
    let measured = trials.finish();
    match format {
        Format::Json => console::json(&crate::report::Summary::of(&measured, 0).results),
        Format::Text => runs_text(&measured, &quoted(&path.display().to_string())),
    }
}
