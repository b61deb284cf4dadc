//! The files of the new scenario. They are written into a folder beside their place and read back
//! from there as any scenario is; then the folder is renamed.

use super::FromSessionError;
use crate::scenario::yaml_text::Value;
use crate::scenario::{Action, Budgets, Check, OnSeed, OutputExpect, Scenario, SeedSource, Step};
use std::path::{Component, Path, PathBuf};

/// All that goes into the folder.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) head: String,
    pub(super) summary: String,
    pub(super) seed: SeedSource,
    pub(super) requires: Vec<String>,
    pub(super) date: Option<String>,
    pub(super) folder: String,
    pub(super) messages: Vec<String>,
    pub(super) checks: Vec<Check>,
    pub(super) budgets: Budgets,
    pub(super) steps: Vec<Step>,
    pub(super) solution: Vec<u8>,
    pub(super) bundle: Option<PathBuf>,
}

/// Writes a new folder, or nothing.
pub(super) fn write(folder: &Path, content: &Content) -> Result<(), FromSessionError> {
    let partial = folder.with_file_name(format!(
        "{}.partial",
        folder.file_name().unwrap_or_default().to_string_lossy()
    ));
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| FromSessionError::Write { path, cause: error.to_string() }
    };
    if partial.exists() {
        std::fs::remove_dir_all(&partial).map_err(io(&partial))?;
    }
    std::fs::create_dir_all(&partial).map_err(io(&partial))?;
    let written = fill(&partial, content).map_err(io(&partial)).and_then(|()| {
        let scenario = Scenario::load(&partial)?;
        scenario.load_script()?;
        std::fs::rename(&partial, folder).map_err(io(folder))
    });
    if written.is_err() {
        // The error that is told is the first one.
        let _ = std::fs::remove_dir_all(&partial);
    }
    written
}

fn fill(folder: &Path, content: &Content) -> std::io::Result<()> {
    let head: String = content.head.lines().map(|line| format!("# {line}\n")).collect();
    let scenario = format!("{head}{}", scenario(content).text());
    std::fs::write(folder.join("scenario.yaml"), scenario)?;
    let script = format!("{head}{}", script(&content.steps).text());
    std::fs::write(folder.join("script.yaml"), script)?;
    std::fs::write(folder.join("solution.patch"), &content.solution)?;
    if let Some(bundle) = &content.bundle {
        std::fs::copy(bundle, folder.join(super::BUNDLE))?;
    }
    Ok(())
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn scenario(content: &Content) -> Value {
    let mut keys = vec![("summary", text(&content.summary))];
    let seed = match &content.seed {
        SeedSource::Folder(path) => text(path),
        SeedSource::Git(seed) => {
            let place = [("git", &seed.git), ("bundle", &seed.bundle)];
            let place =
                place.into_iter().filter_map(|(key, path)| Some((key, text(path.clone()?))));
            Value::map(place.chain([("commit", text(&seed.commit))]))
        }
    };
    keys.push(("seed", seed));
    if !content.requires.is_empty() {
        keys.push(("requires", Value::List(content.requires.iter().map(text).collect())));
    }
    keys.extend(content.date.as_ref().map(|date| ("date", text(date))));
    if !content.folder.is_empty() {
        keys.push(("folder", text(&content.folder)));
    }
    let message = |message: &String| Value::map([("text", text(message))]);
    keys.push(("messages", Value::List(content.messages.iter().map(message).collect())));
    keys.push(("checks", Value::List(content.checks.iter().map(check).collect())));
    let Budgets { requests, bytes, seconds, .. } = content.budgets;
    let budgets = [("requests", requests.into()), ("bytes", bytes), ("seconds", seconds.into())];
    keys.push((
        "budgets",
        Value::map(budgets.map(|(key, n): (_, u64)| (key, Value::Number(n as i64)))),
    ));
    Value::map(keys)
}

fn check(check: &Check) -> Value {
    let mut keys = vec![("name", text(&check.name))];
    if let Some(run) = &check.run {
        let seconds = Value::Number(run.seconds.into());
        keys.push(("run", Value::map([("cmd", text(&run.cmd)), ("seconds", seconds)])));
    }
    if let Some(file) = &check.file {
        let mut inner = vec![("path", text(&file.path))];
        if file.absent {
            inner.push(("absent", Value::Bool(true)));
        }
        if file.text != OutputExpect::default() {
            let lines = file.text.contains.iter().map(text).collect();
            inner.push(("text", Value::map([("contains", Value::List(lines))])));
        }
        keys.push(("file", Value::map(inner)));
    }
    let OnSeed { holds, exit, contains, missing } = &check.on_seed;
    let on_seed = [
        holds.then_some(("holds", Value::Bool(true))),
        exit.map(|exit| ("exit", Value::Number(exit.into()))),
        contains.as_ref().map(|line| ("contains", text(line))),
        missing.then_some(("missing", Value::Bool(true))),
    ];
    keys.push(("on_seed", Value::map(on_seed.into_iter().flatten())));
    Value::map(keys)
}

fn script(steps: &[Step]) -> Value {
    let step = |step: &Step| {
        let actions = step.actions.iter().filter_map(action).collect();
        Value::map([("id", text(&step.id)), ("do", Value::List(actions))])
    };
    Value::map([("steps", Value::List(steps.iter().map(step).collect()))])
}

fn action(action: &Action) -> Option<Value> {
    let one = |key, value| Some(Value::map([(key, value)]));
    match action {
        Action::Say(words) => one("say", text(words)),
        Action::Run(run) => {
            let workdir = run.workdir.as_ref().map(|folder| ("workdir", text(folder)));
            one("run", Value::map([("cmd", text(&run.cmd))].into_iter().chain(workdir)))
        }
        Action::Patch(patch) => one("patch", text(patch)),
        Action::Read(read) => {
            let lines = read.lines.map(|(first, last)| {
                let lines = [first, last].map(|line| Value::Number(line.into()));
                ("lines", Value::List(lines.into()))
            });
            one("read", Value::map([("path", text(&read.path))].into_iter().chain(lines)))
        }
        Action::Write(write) => {
            one("write", Value::map([("path", text(&write.path)), ("text", text(&write.text))]))
        }
        Action::Plan(steps) => one("plan", Value::List(steps.iter().map(text).collect())),
        Action::View(path) => one("view", text(path)),
        // A replay makes none of these.
        Action::Reason(_) | Action::Raw(_) => None,
    }
}

/// The way from a folder to a path, if both lie below the same folder of a project or a home; else
/// the path itself.
pub(super) fn relative(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if same < 2 {
        return to.iter().collect::<PathBuf>().display().to_string();
    }
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - same);
    let path: PathBuf = up.chain(to[same..].iter().copied()).collect();
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::relative;
    use std::path::Path;

    #[test]
    fn the_way_to_the_repository_is_relative_where_that_is_short() {
        let way = |to: &str| relative(Path::new("/home/me/p/scenarios/a"), Path::new(to));
        assert_eq!(way("/home/me/p"), "../..");
        assert_eq!(way("/home/me/other"), "../../../other");
        assert_eq!(way("/srv/x"), "/srv/x");
    }
}
