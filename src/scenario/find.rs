//! From names and paths on a command line to scenarios.

use super::Scenario;
use super::error::{ScenarioError, ScenarioErrorKind, suggest};
use super::load::{HOW_TO_MAKE_ONE, folder_name};
use std::path::{Path, PathBuf};

/// The scenarios that are `wanted`: names below `root`, or paths of scenario folders or of folders
/// that hold them. None wanted: every folder of `root` with a `scenario.yaml`. Sorted by name.
///
/// # Errors
/// A name that nobody has (with the nearest ones), a folder without scenarios, two scenarios of
/// one name, and everything [`Scenario::load`] objects to.
pub fn find(root: &Path, wanted: &[String]) -> Result<Vec<Scenario>, ScenarioError> {
    let mut dirs = Vec::new();
    if wanted.is_empty() {
        dirs = below(root)?;
    }
    for word in wanted {
        dirs.extend(resolve(root, word)?);
    }
    let mut named: Vec<(String, PathBuf)> = Vec::new();
    for dir in dirs {
        let name = folder_name(&dir)?;
        match named.iter().find(|(other, _)| *other == name) {
            Some((_, other)) if same_folder(other, &dir) => {}
            Some((_, other)) => {
                return Err(ScenarioError::new(ScenarioErrorKind::SameName(name))
                    .in_file(&dir)
                    .help(format!("the other one is {}", other.display())));
            }
            None => named.push((name, dir)),
        }
    }
    named.sort();
    named.iter().map(|(_, dir)| Scenario::load(dir)).collect()
}

fn resolve(root: &Path, word: &str) -> Result<Vec<PathBuf>, ScenarioError> {
    let path = Path::new(word);
    let is_path = word.contains('/') || word.starts_with('.');
    if !is_path {
        let dir = root.join(word);
        if dir.join("scenario.yaml").is_file() {
            return Ok(vec![dir]);
        }
    }
    if path.join("scenario.yaml").is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if path.file_name().is_some_and(|name| name == "scenario.yaml") && path.is_file() {
        return Ok(path.parent().map(Path::to_owned).into_iter().collect());
    }
    if path.is_dir() {
        return below(path);
    }
    if is_path {
        return Err(ScenarioError::missing(path, "scenario here").help(HOW_TO_MAKE_ONE));
    }
    let names: Vec<String> =
        below(root)?.iter().map(|dir| folder_name(dir)).collect::<Result<_, _>>()?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let help = suggest(word, &names);
    Err(ScenarioError::new(ScenarioErrorKind::UnknownScenario(word.into()))
        .in_file(root)
        .help(help))
}

/// The folders directly below `root` that are scenarios, sorted.
fn below(root: &Path) -> Result<Vec<PathBuf>, ScenarioError> {
    let mut dirs = Vec::new();
    if root.is_dir() {
        let fail = |error| ScenarioError::io(root, &error);
        for entry in std::fs::read_dir(root).map_err(fail)? {
            let dir = entry.map_err(fail)?.path();
            if dir.join("scenario.yaml").is_file() {
                dirs.push(dir);
            }
        }
    }
    if dirs.is_empty() {
        return Err(ScenarioError::new(ScenarioErrorKind::NoScenarios)
            .in_file(root)
            .help(HOW_TO_MAKE_ONE));
    }
    dirs.sort();
    Ok(dirs)
}

fn same_folder(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
