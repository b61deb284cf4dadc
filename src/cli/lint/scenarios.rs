//! Scenarios and scripts: what their loaders say.

use crate::recording::lint::Finding;
use crate::scenario::{Scenario, ScenarioError, Script, load_variant};
use std::path::{Path, PathBuf};

/// Everything that the loaders object to about the scenario of this file.
pub(super) fn check(file: &Path) -> Vec<(PathBuf, Finding)> {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let scenario = match Scenario::load(dir) {
        Ok(scenario) => scenario,
        Err(error) => return vec![finding(file, "scenario", &error)],
    };
    let mut found = Vec::new();
    if let Some(path) = &scenario.script {
        let checked = Script::load(path).and_then(|script| script.check_against(&scenario));
        if let Err(error) = checked {
            found.push(finding(path, "script", &error));
        }
    }
    let variants = std::fs::read_dir(dir.join("variants")).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = variants.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    paths.sort();
    for path in paths {
        if let Err(error) = load_variant(&scenario, &path.to_string_lossy()) {
            found.push(finding(&path, "variant", &error));
        }
    }
    found
}

fn finding(file: &Path, kind: &'static str, error: &ScenarioError) -> (PathBuf, Finding) {
    let path = error.path().unwrap_or(file).to_owned();
    let line = error.line().and_then(|line| usize::try_from(line).ok()).unwrap_or_default();
    let text = error.to_string();
    let help = text.split_once("\nhelp: ").map_or("see docs/formats.md", |(_, help)| help);
    let what = error.kind().to_string().replace('\n', " ");
    (path, Finding::new(line, kind, what, &help.replace('\n', " ")))
}
