//! What a command that looks at conversations is pointed at: a path, and perhaps the name of a run.

use super::source::{Found, NoSource, Source, find, no_such_run, one_run, runs};
use crate::recording::journal::RunLog;
use crate::report::quoted;
use std::path::Path;

/// One conversation, or all of a folder.
pub(super) enum Meant {
    One(Box<Source>),
    Several(Vec<RunLog>),
}

/// Finds what is meant. A folder of several runs is all of them, unless `one` of them is needed.
pub(super) fn meant(path: &Path, run: Option<&str>, one: bool) -> Result<Meant, NoSource> {
    let source = match find(path)? {
        Found::Recording(recording) => {
            if let Some(run) = run {
                let what = format!("{}: a recording has no runs, and no `{run}`", path.display());
                return Err(NoSource::new(what, "leave the name of the run out"));
            }
            Source::of_recording(path, &recording)
        }
        Found::Run(out, name) => one_run(&out, Some(&name))?,
        Found::Report(out) if run.is_none() && !one => {
            let (keys, mut logs) = runs(&out, |_| true)?;
            match logs.len() {
                0 => return Err(no_such_run(&out, &keys, None)),
                1 => Source::of_run(logs.remove(0)),
                _ => return Ok(Meant::Several(logs)),
            }
        }
        Found::Report(out) => one_run(&out, run)?,
    };
    Ok(Meant::One(Box::new(source)))
}

/// The command line that says the same.
pub(super) fn again(command: &str, path: &Path, run: Option<&str>) -> String {
    let mut words = vec![format!("unreel {command}"), quoted(&path.display().to_string())];
    words.extend(run.map(quoted));
    words.join(" ")
}
