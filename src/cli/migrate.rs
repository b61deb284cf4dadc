//! `unreel migrate`: recordings of older versions of the format, brought to the current one.

use super::lint::files;
use super::project::Project;
use super::{Exit, console, options};
use crate::recording::file::{VERSION, read_text, write_text};
use crate::recording::migrate;
use crate::report::plural;
use crate::run::RunError;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    /// Recordings, and folders of them [default: the project's recordings]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Change nothing; end with 1 if a file is of an older version
    #[arg(long)]
    check: bool,
    /// Folder that holds the recordings [default: recordings, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
}

/// Migrates.
pub(super) fn run(args: &MigrateArgs) -> Exit {
    match all(args) {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn all(args: &MigrateArgs) -> Result<Exit, RunError> {
    let recordings = Project::here()?.recordings(args.recordings.as_deref());
    let paths = match args.paths.is_empty() {
        true => vec![recordings.clone()],
        false => args.paths.clone(),
    };
    let mut files: Vec<PathBuf> =
        files::find(&paths, &recordings)?.into_iter().map(|file| file.path).collect();
    // A file that is named is meant, whatever it is called.
    files.retain(|path| files::is_named(path) || paths.contains(path));
    // All are read before any is changed.
    let mut old = Vec::new();
    for path in &files {
        if let Some((found, text)) = migrate(path, &read_text(path)?)? {
            old.push((path, found, text));
        }
    }
    let behind = old.len();
    for (path, found, text) in old {
        if !args.check {
            write_text(path, text)?;
        }
        console::out(&format!("{}: version {found} -> {VERSION}\n", path.display()));
    }
    let what = if args.check { "to migrate" } else { "migrated" };
    console::out(&format!("{} · {behind} {what}\n", plural(files.len(), "recording")));
    Ok(if args.check && behind > 0 { Exit::Failed } else { Exit::Good })
}
