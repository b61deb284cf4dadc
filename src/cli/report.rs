//! `unreel report`

use super::args::ReportArgs;
use super::project::Project;
use super::{Exit, console};
use crate::measure::Trials;
use crate::recording::journal::read_journal;
use crate::report::{Outcome, Summary, outcome, terminal, write};
use std::path::Path;

/// Computes everything again from the journal.
pub(super) fn report(args: &ReportArgs) -> Exit {
    match Project::here() {
        Ok(project) => of(&project.report(args.out.as_deref()), args.all, "measured again"),
        Err(error) => {
            console::error(&error);
            Exit::Usage
        }
    }
}

/// Measures a journal, writes the report beside it, prints the table.
pub(super) fn of(out: &Path, all: bool, wall: &str) -> Exit {
    let mut trials = Trials::default();
    let header = match read_journal(out, |log| trials.add(log)) {
        Ok(header) => header,
        Err(error) => {
            console::error(&format!(
                "{error}\nhelp: name a folder of results, which holds journal.jsonl and objects/; \
                 unreel run --out {} makes one",
                out.display()
            ));
            return Exit::Usage;
        }
    };
    let runs = trials.finish();
    let summary = Summary::of(&runs, header.seed);
    if let Err(error) = write(out, &runs, &summary) {
        console::error(&error);
        return Exit::Harness;
    }
    console::out(&terminal(&runs, &summary, all, wall, &out.display().to_string()));
    if header.interrupted {
        let missing = header.runs.len().saturating_sub(runs.len());
        let why = header.stopped.as_deref().unwrap_or("interrupted");
        console::note(&format!(
            "{why}: {missing} of {} runs never started; the journal holds what was done",
            header.runs.len()
        ));
    }
    match () {
        () if runs.iter().any(|run| outcome(run) == Outcome::Error) => Exit::Harness,
        () if header.interrupted || !summary.is_good() => Exit::Failed,
        () => Exit::Good,
    }
}
