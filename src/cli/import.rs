//! `unreel import`: logs of other programs as recordings, one file each. A log that is refused does
//! not keep the others from being imported.

use super::project::Project;
use super::{Exit, console};
use crate::recording::file::Stream;
use crate::recording::import::{Discreet, Format, Session, Sink, detect, import as read};
use crate::recording::{Header, Recorded, RecordingError, RecordingErrorKind};
use crate::report::{count, percent, plural};
use crate::wire::{Digest, Raw};
use clap::Args;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Endings of logs and recordings, which are no part of a name.
const ENDS: [&str; 7] = [".zst", ".jsonl", ".json", ".eval", ".traj", ".har", ".log"];

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// auto, codex, claude-code, pi, swe-agent, mini-swe-agent, inspect, har or chat-completions;
    /// left out, it is auto
    #[arg(value_name = "FORMAT")]
    format: String,
    /// The logs
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Folder for the recordings, or, for a single log, their file (.jsonl or .jsonl.zst) [default:
    /// recordings, or as unreel.toml says]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Write files anew that are there already
    #[arg(long)]
    force: bool,
}

/// Imports.
pub(super) fn import(args: &ImportArgs) -> Exit {
    let (format, files) = match format_and_files(args) {
        Ok(found) => found,
        Err(what) => {
            console::error(&what);
            return Exit::Usage;
        }
    };
    let targets = match targets(args, &files) {
        Ok(targets) => targets,
        Err(what) => {
            console::error(&what);
            return Exit::Usage;
        }
    };
    let mut exit = Exit::Good;
    let mut last = None;
    for (file, target) in files.iter().zip(&targets) {
        match one(format, file, target) {
            Ok(()) => last = Some(target),
            Err(error) => {
                console::error(&error);
                let harness = matches!(error.kind(), RecordingErrorKind::Write(_));
                exit = if harness { Exit::Harness } else { Exit::Usage };
            }
        }
    }
    if let Some(last) = last {
        console::out(&(format!("next: unreel show {}", last.display()) + "\n"));
    }
    exit
}

/// The first argument is a format, or, where no format has that name, a file.
fn format_and_files(args: &ImportArgs) -> Result<(Option<Format>, Vec<PathBuf>), String> {
    let first = args.format.as_str();
    let mut files = args.files.clone();
    let format = match Format::named(first) {
        Some(format) => Some(format),
        None if first == "auto" => None,
        None if Path::new(first).exists() => {
            files.insert(0, first.into());
            None
        }
        None => {
            let names: Vec<&str> = Format::ALL.iter().map(|(_, name)| *name).collect();
            let names = names.join(", ");
            return Err(format!(
                "`{first}` is neither a format nor a file\nhelp: formats are auto, {names}"
            ));
        }
    };
    match files.is_empty() {
        true => Err(format!("which log?\nhelp: unreel import {first} FILE..")),
        false => Ok((format, files)),
    }
}

/// Where each recording goes.
fn targets(args: &ImportArgs, files: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let is_file = |path: &Path| {
        let name = path.to_string_lossy();
        name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")
    };
    let targets = match &args.out {
        Some(out) if is_file(out) && files.len() == 1 => vec![out.clone()],
        Some(out) if is_file(out) => {
            return Err(format!(
                "{} is one file, for {} logs\nhelp: name a folder",
                out.display(),
                files.len()
            ));
        }
        _ => {
            let project = Project::here().map_err(|error| error.to_string())?;
            let folder = project.recordings(args.out.as_deref());
            let mut taken = BTreeSet::new();
            files.iter().map(|file| folder.join(free_name(file, &mut taken))).collect()
        }
    };
    let logs: Vec<PathBuf> = files.iter().filter_map(|file| file.canonicalize().ok()).collect();
    let own = |target: &&PathBuf| target.canonicalize().is_ok_and(|path| logs.contains(&path));
    if let Some(target) = targets.iter().find(own) {
        return Err(format!(
            "{} is the log itself, which the recording would replace\nhelp: another folder or file: \
             --out PATH",
            target.display()
        ));
    }
    let there = targets.iter().find(|target| target.exists() && !args.force);
    match there {
        Some(target) => {
            Err(format!("{} is there already\nhelp: --force, or another --out", target.display()))
        }
        None => Ok(targets),
    }
}

/// The name of a recording, after that of its log; a second log of that name gets a number.
fn free_name(file: &Path, taken: &mut BTreeSet<String>) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut name = name.unwrap_or_default();
    while let Some(short) = ENDS.iter().find_map(|end| name.strip_suffix(end)) {
        name = short.to_owned();
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name: String = name.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let name = if name.trim_matches('.').is_empty() { "log".to_owned() } else { name };
    let numbered = (2..).map(|number| format!("{name}-{number}.jsonl"));
    let free = std::iter::once(format!("{name}.jsonl")).chain(numbered);
    let free = free.into_iter().find(|name| taken.insert(name.clone()));
    free.unwrap_or_default()
}

fn one(format: Option<Format>, file: &Path, target: &Path) -> Result<(), RecordingError> {
    let format = match format {
        Some(format) => format,
        None => detect(file)?.ok_or_else(|| {
            let what = "it looks like no log that is known; name its format, as in `unreel import codex FILE`";
            RecordingError::line(file, 1, RecordingErrorKind::Line(what.into()))
        })?,
    };
    let mut counted = Counted { stream: Stream::create(target)?, sums: Sums::default() };
    let mut discreet = Discreet::new(&mut counted);
    let (header, session) = read(format, file, &mut discreet)?;
    let replaced = discreet.replaced();
    let Counted { stream, sums } = counted;
    stream.finish(&header)?;
    tell(file, target, &header, &session, &sums);
    if replaced > 0 {
        let told = plural(replaced, "secret");
        console::note(&format!("{}: {told} replaced by placeholders", file.display()));
    }
    Ok(())
}

/// What a person wants to see of a recording right away.
#[derive(Default)]
struct Sums {
    exchanges: u64,
    threads: BTreeSet<u32>,
    input: u64,
    cached: u64,
    output: u64,
}

struct Counted {
    stream: Stream,
    sums: Sums,
}

impl Sink for Counted {
    fn exchange(
        &mut self,
        exchange: Recorded,
        values: Vec<(Digest, Raw)>,
    ) -> Result<(), RecordingError> {
        self.sums.exchanges += 1;
        self.sums.threads.insert(exchange.thread);
        if let Some(usage) = exchange.usage {
            self.sums.input = self.sums.input.saturating_add(usage.input_tokens);
            self.sums.cached = self.sums.cached.saturating_add(usage.cached());
            self.sums.output = self.sums.output.saturating_add(usage.output_tokens);
        }
        self.stream.exchange(&exchange, values)
    }
}

fn tell(file: &Path, target: &Path, header: &Header, session: &Session, sums: &Sums) {
    let threads = match sums.threads.len() {
        1 => String::new(),
        many => format!(" in {many} threads"),
    };
    let compactions = match session.compactions.len() {
        0 => String::new(),
        some => format!(" · {}", plural(some, "compaction")),
    };
    let tokens = match sums.input {
        0 => String::new(),
        input => format!(
            " · {} tokens in ({} cached), {} out",
            count(input),
            percent(sums.cached, input),
            count(sums.output)
        ),
    };
    console::out(&(format!("wrote {}", target.display()) + "\n"));
    let exchanges = plural(sums.exchanges as usize, "exchange");
    console::out(
        &(format!("  {} · {exchanges}{threads}{compactions}{tokens}", header.agent) + "\n"),
    );
    let lacks: Vec<String> =
        header.lacks.iter().map(|lack| format!("{lack:?}").to_lowercase()).collect();
    if !lacks.is_empty() {
        console::out(&(format!("  the log lacks: {}", lacks.join(", ")) + "\n"));
    }
    for note in &session.notes {
        let line = note.line.map(|line| format!(":{line}")).unwrap_or_default();
        console::note(&format!("{}{line}: {}", file.display(), note.text));
    }
    if session.more_notes > 0 {
        console::note(&format!("and {} more", plural(session.more_notes, "note")));
    }
}

#[cfg(test)]
mod tests {
    use super::free_name;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn recordings_are_named_after_their_logs() {
        let mut taken = BTreeSet::new();
        let mut name = |file: &str| free_name(Path::new(file), &mut taken);
        assert_eq!(name("a/rollout-1.jsonl.zst"), "rollout-1.jsonl");
        assert_eq!(name("b/rollout-1.jsonl"), "rollout-1-2.jsonl");
        assert_eq!(name("my log.traj.json"), "my-log.jsonl");
        assert_eq!(name(".jsonl"), "log.jsonl");
    }
}
