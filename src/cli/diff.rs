//! `unreel diff`

use super::project::Project;
use super::show::{json, quoted};
use super::source::{Found, NoSource, Source, find, is_meant, no_such_run, one_run, runs};
use super::{Exit, console};
use crate::measure::compare::{ReportDiff, SideOf, compare, compare_reports};
use crate::recording::journal::RunKey;
use crate::report::{Paint, comparison_markdown, comparison_text, reports_markdown, reports_text};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "exit codes: 0 equal · 1 different · 2 wrong command line or file")]
pub(super) struct DiffArgs {
    /// The older side: a recording, a folder of results, or one of its runs/RUN
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The newer side
    #[arg(value_name = "B")]
    b: PathBuf,
    /// Which run of folders of results [default: all; beside a recording, that of its scenario]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
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
    /// For a comment below a pull request
    Markdown,
}

/// Compares.
pub(super) fn diff(args: &DiffArgs) -> Exit {
    match compared(args) {
        Ok((text, equal)) => {
            console::out(&text);
            if equal { Exit::Good } else { Exit::Failed }
        }
        Err(error) => {
            console::error(&error);
            Exit::Usage
        }
    }
}

fn compared(args: &DiffArgs) -> Result<(String, bool), NoSource> {
    Project::here().map_err(|error| NoSource::new(error.to_string(), "mend it"))?;
    let paint = Paint::new(console::is_colourful());
    let (a, b) = (find(&args.a)?, find(&args.b)?);
    if let (Found::Report(one), Found::Report(two), None) = (&a, &b, &args.run) {
        let whole = reports(one, two)?;
        // One run each is a comparison of two runs, whatever their variants.
        let count = |only: &[String]| whole.runs.len() + only.len();
        if count(&whole.only_a) != 1 || count(&whole.only_b) != 1 {
            let again = format!("unreel diff {} {}", word(&args.a), word(&args.b));
            let text = match args.format {
                Format::Text => reports_text(&whole, &again, paint),
                Format::Json => json(&whole),
                Format::Markdown => reports_markdown(&whole),
            };
            return Ok((text, whole.equal));
        }
    }
    let said = args.run.as_deref();
    let one = side(&args.a, &a, said, &b)?;
    let two = side(&args.b, &b, said, &a)?;
    let comparison = compare(
        SideOf { about: &one.about, log: &one.log },
        SideOf { about: &two.about, log: &two.log },
    );
    let text = match args.format {
        Format::Text => comparison_text(&comparison, paint),
        Format::Json => json(&comparison),
        Format::Markdown => comparison_markdown(&comparison),
    };
    Ok((text, comparison.equal))
}

fn word(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// One side: of a folder the run that was named, or that of the recording on the other side.
fn side(path: &Path, found: &Found, said: Option<&str>, other: &Found) -> Result<Source, NoSource> {
    match (found, said, other) {
        (Found::Recording(recording), ..) => Ok(Source::of_recording(path, recording)),
        (Found::Run(out, name), ..) => one_run(out, Some(name)),
        (Found::Report(out), None, Found::Recording(recording)) => {
            let header = &recording.header;
            let agent = header.agent.split(' ').next().unwrap_or_default();
            like(out, |key| {
                (key.scenario == header.scenario && key.variant == header.variant)
                    && key.agent == agent
            })
        }
        (Found::Report(out), None, Found::Run(_, name)) => like(out, |key| is_meant(key, name)),
        (Found::Report(out), said, _) => one_run(out, said),
    }
}

/// The run of a folder that is like the other side, or the only one that it has.
fn like(out: &Path, wanted: impl Fn(&RunKey) -> bool) -> Result<Source, NoSource> {
    let (keys, mut logs) = runs(out, |key| wanted(key))?;
    match (logs.len(), keys.as_slice()) {
        (1, _) => Ok(Source::of_run(logs.remove(0))),
        (0, [_]) => one_run(out, None),
        _ => Err(no_such_run(out, &keys, None)),
    }
}

/// All runs of two folders.
fn reports(a: &Path, b: &Path) -> Result<ReportDiff, NoSource> {
    let all = |out: &Path| -> Result<Vec<Source>, NoSource> {
        let (keys, logs) = runs(out, |_| true)?;
        match keys.is_empty() {
            true => Err(no_such_run(out, &keys, None)),
            false => Ok(logs.into_iter().map(Source::of_run).collect()),
        }
    };
    let (one, two) = (all(a)?, all(b)?);
    Ok(compare_reports(&keyed(&one), &keyed(&two)))
}

fn keyed<'a>(sources: &'a [Source]) -> Vec<(RunKey, SideOf<'a>)> {
    let one = |source: &'a Source| {
        (source.log.started.run.clone(), SideOf { about: &source.about, log: &source.log })
    };
    sources.iter().map(one).collect()
}
