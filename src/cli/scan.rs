//! `unreel scan`: the first command on a user's own data. Finds the session logs of Codex and Claude
//! Code, or takes paths, and shows what the sessions cost. Needs no key and sends nothing.

use super::{Exit, console};
use crate::cache::Prices;
use crate::recording::RecordingErrorKind;
use crate::recording::import::{detect, load};
use crate::report::{Scan, ScanRow, Scanned, Sort, plural};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// How log files end.
const ENDS: [&str; 7] = [".jsonl", ".jsonl.zst", ".json", ".eval", ".traj", ".har", ".traj.json"];

#[derive(Debug, Args)]
pub(super) struct ScanArgs {
    /// Logs, or folders of logs [default: those of Codex and Claude Code in your home]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Which sessions come first
    #[arg(long, value_enum, default_value = "newest")]
    sort: SortChoice,
    /// Show every row
    #[arg(long)]
    all: bool,
    /// For people, or as JSON
    #[arg(long, value_enum, default_value = "text")]
    format: FormatChoice,
    /// A price list of your own, in the shape of the one that comes along
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Logs at once [default: number of processors]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SortChoice {
    /// The newest
    Newest,
    /// The costliest
    Cost,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatChoice {
    /// A table
    Text,
    /// One JSON object
    Json,
}

/// Rows shown where not all are.
const ROWS: usize = 30;

/// Scans.
pub(super) fn scan(args: &ScanArgs) -> Exit {
    let prices = match Prices::of(args.prices.as_deref()) {
        Ok(prices) => prices,
        Err(error) => {
            console::error(&error);
            return Exit::Usage;
        }
    };
    let given = !args.paths.is_empty();
    let places = if given { args.paths.clone() } else { usual_places() };
    let mut files = Vec::new();
    for place in &places {
        if place.is_dir() {
            if let Err(error) = std::fs::read_dir(place) {
                console::error(&format!("{}: {error}", place.display()));
                return Exit::Usage;
            }
            walk(place, given, &mut files);
        } else if given {
            files.push((place.clone(), true));
        }
    }
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    if files.is_empty() {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        console::error(&format!(
            "no session logs in {}\nhelp: name files or folders: unreel scan PATH..",
            places.join(", ")
        ));
        return Exit::Usage;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.jobs.map_or(0, usize::from));
    let pool = match pool.build() {
        Ok(pool) => pool,
        Err(error) => {
            console::error(&error);
            return Exit::Harness;
        }
    };
    let scanned: Vec<(String, Option<Scanned>)> = pool.install(|| {
        let files = files.par_iter();
        files
            .map(|(file, named)| (file.display().to_string(), one(file, *named, &prices)))
            .collect()
    });
    let others = scanned.iter().filter(|(_, scanned)| scanned.is_none()).count();
    let scanned = scanned.into_iter().filter_map(|(file, scanned)| Some((file, scanned?)));
    let sort = match args.sort {
        SortChoice::Newest => Sort::Newest,
        SortChoice::Cost => Sort::Cost,
    };
    let scan = Scan::of(scanned.collect(), sort, &prices);
    match args.format {
        FormatChoice::Text => console::out(&scan.text(if args.all { usize::MAX } else { ROWS })),
        FormatChoice::Json => console::out(&scan.json()),
    }
    if others > 0 {
        console::note(&format!("{} of unknown kinds passed over", plural(others, "file")));
    }
    Exit::Good
}

/// Where Codex and Claude Code keep their sessions.
fn usual_places() -> Vec<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = PathBuf::from(var("HOME").or_else(|| var("USERPROFILE")).unwrap_or_default());
    let codex = var("CODEX_HOME").map_or_else(|| home.join(".codex"), PathBuf::from);
    let claude = match var("CLAUDE_CONFIG_DIR") {
        Some(folder) => vec![PathBuf::from(folder)],
        None => vec![home.join(".claude"), home.join(".config/claude")],
    };
    let codex = ["sessions", "archived_sessions"].map(|folder| codex.join(folder));
    codex.into_iter().chain(claude.into_iter().map(|folder| folder.join("projects"))).collect()
}

/// All logs below a folder; links are not followed. In the programs' own folders only sessions are
/// looked for.
fn walk(folder: &Path, every_kind: bool, files: &mut Vec<(PathBuf, bool)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        let name = path.to_string_lossy();
        if kind.is_dir() {
            walk(&path, every_kind, files);
        } else if kind.is_file() {
            let ends = if every_kind { &ENDS[..] } else { &ENDS[..2] };
            if ends.iter().any(|end| name.ends_with(end)) {
                files.push((path, false));
            }
        }
    }
}

/// One file. Nothing, if it is no log of a known kind and was not named by the user.
fn one(file: &Path, named: bool, prices: &Prices) -> Option<Scanned> {
    let format = match detect(file) {
        Ok(Some(format)) => format,
        Ok(None) if named => {
            return Some(Scanned::Unreadable("it looks like no log that is known".into()));
        }
        Ok(None) => return None,
        Err(error) => return Some(Scanned::Unreadable(error.to_string())),
    };
    Some(match load(format, file) {
        Ok(imported) => {
            Scanned::Row(Box::new(ScanRow::of(&file.display().to_string(), &imported, prices)))
        }
        Err(error) if matches!(error.kind(), RecordingErrorKind::Nothing) => Scanned::Empty,
        Err(error) => Scanned::Unreadable(error.to_string()),
    })
}
