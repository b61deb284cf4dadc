//! `unreel report`

use super::args::ReportArgs;
use super::{Exit, console};
use crate::measure::measure;
use crate::recording::journal::read_journal;
use crate::report::{Summary, terminal, write};
use std::path::Path;

/// Computes everything again from the journal.
pub(super) fn report(args: &ReportArgs) -> Exit {
    of(&args.out, args.all, "measured again")
}

/// Measures a journal, writes the report beside it, prints the table.
pub(super) fn of(out: &Path, all: bool, wall: &str) -> Exit {
    let mut runs = Vec::new();
    let header = match read_journal(out, |log| runs.push(measure(&log))) {
        Ok(header) => header,
        Err(error) => {
            console::error(&error);
            return Exit::Usage;
        }
    };
    let summary = Summary::of(&runs, header.seed);
    if let Err(error) = write(out, &runs, &summary) {
        console::error(&error);
        return Exit::Harness;
    }
    console::out(&terminal(&runs, &summary, all, wall, &out.display().to_string()));
    if summary.is_good() { Exit::Good } else { Exit::Failed }
}
