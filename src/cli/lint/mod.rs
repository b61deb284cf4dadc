//! `unreel lint`: what is wrong with files, or better not in them, one finding a line.

pub(super) mod files;
mod fix;
mod scenarios;

use super::project::Project;
use super::{Exit, console, options};
use crate::external::{AgentFile, FindError, SHIPPED};
use crate::recording::lint::{Finding, Linter};
use crate::recording::secrets::Secrets;
use crate::recording::volatile::Elide;
use crate::report::plural;
use crate::run::{RunError, RunErrorKind};
use crate::scenario::parse_yaml;
use clap::{Args, ValueEnum};
use files::{Content, File};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct LintArgs {
    /// Files and folders [default: the project's recordings and scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Replace secrets by placeholders of the same length, leave out what a vendor's agent sends,
    /// and drop items that nothing uses
    #[arg(long)]
    fix: bool,
    /// How findings are told
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Folder that holds the scenarios [default: scenarios, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Folder that holds the recordings [default: recordings, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line each
    Text,
    /// One JSON object
    Json,
}

/// A finding and its file.
#[derive(serde::Serialize)]
struct Told {
    file: String,
    #[serde(flatten)]
    finding: Finding,
}

/// Lints.
pub(super) fn lint(args: &LintArgs) -> Exit {
    match all(args) {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn all(args: &LintArgs) -> Result<Exit, RunError> {
    let project = Project::here()?;
    let (recordings, root) =
        (project.recordings(args.recordings.as_deref()), project.scenarios(args.root.as_deref()));
    let linter = Linter {
        secrets: Secrets::default(),
        home: std::env::var("HOME").ok(),
        elide: layers(&project)?,
    };
    let usual = [recordings.clone(), root];
    let paths: Vec<PathBuf> = match args.paths.is_empty() {
        true => usual.into_iter().filter(|path| path.exists()).collect(),
        false => args.paths.clone(),
    };
    let files = files::find(&paths, &recordings)?;
    let mut changed = Vec::new();
    if args.fix {
        for file in &files {
            changed.extend(fix::fix(file, &linter)?);
        }
    }
    let mut told: Vec<Told> = Vec::new();
    let mut tell = |path: &Path, found: Vec<Finding>| {
        let file = path.display().to_string();
        told.extend(found.into_iter().map(|finding| Told { file: file.clone(), finding }));
    };
    for file in &files {
        match file.read()? {
            Content::Recording(text) => tell(&file.path, linter.recording(&file.path, &text)),
            Content::Text(text) => tell(&file.path, linter.text(&text)),
            Content::Binary => {}
        }
        if file.path.file_name().is_some_and(|name| name == "scenario.yaml") {
            scenarios::check(&file.path)
                .into_iter()
                .for_each(|(path, found)| tell(&path, vec![found]));
        }
    }
    match args.format {
        Format::Text => text(&files, &told, &changed),
        Format::Json => {
            let all = serde_json::json!({
                "version": 1, "files": files.len(), "changed": changed, "findings": told,
            });
            console::out(&format!("{all}\n"));
        }
    }
    Ok(if told.is_empty() { Exit::Good } else { Exit::Failed })
}

fn text(files: &[File], told: &[Told], changed: &[String]) {
    for line in changed {
        console::out(&format!("{line}\n"));
    }
    for Told { file, finding: Finding { line, kind, what, pointer, fix } } in told {
        let line = if *line == 0 { String::new() } else { format!(":{line}") };
        let at = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") };
        console::out(&format!("{file}{line}: {kind}: {what}{at}; fix: {fix}\n"));
    }
    console::out(&format!("{} · {}\n", plural(files.len(), "file"), plural(told.len(), "finding")));
}

/// What recordings of the agents that are known here leave out.
fn layers(project: &Project) -> Result<BTreeMap<String, Elide>, RunError> {
    let shipped = SHIPPED.iter().map(|(name, text)| parse_yaml::<AgentFile>(Path::new(name), text));
    let mut files: Vec<AgentFile> = shipped.collect::<Result<_, _>>()?;
    files.extend(project.own()?.map(|own| own.file));
    let ready = |file: AgentFile| match Elide::new(&file.elide) {
        Ok(elide) => Ok((file.name, elide)),
        Err(cause) => Err(RunErrorKind::Agent(FindError::Rule { agent: file.name, cause }).into()),
    };
    files.into_iter().filter(|file| !file.elide.is_empty()).map(ready).collect()
}
