//! `unreel init`: from an agent in a folder to a project that can be recorded and replayed.

mod guess;

use super::args::InitArgs;
use super::project::{FILE, bad_name};
use super::{Exit, console};
use crate::external::{PROMPT, words};
use crate::report::plural;
use guess::{Guess, guess};
use std::path::{Path, PathBuf};

const PROJECT: &str = include_str!("template/unreel.toml");
const AGENT: &str = include_str!("template/agent.yaml");
/// The example, for a project without scenarios.
const FIRST: [(&str, &str); 4] = [
    ("scenario.yaml", include_str!("template/first/scenario.yaml")),
    ("script.yaml", include_str!("template/first/script.yaml")),
    ("solution.patch", include_str!("template/first/solution.patch")),
    ("repo/greet.sh", include_str!("template/first/repo/greet.sh")),
];
/// Where scenarios lie.
const SCENARIOS: &str = "scenarios";
/// Where reports go: nothing to commit.
const REPORTS: &str = "reports";

/// Writes the files.
pub(super) fn init(args: &InitArgs) -> Exit {
    let wrong = |message: String| {
        console::error(&message);
        Exit::Usage
    };
    let name = match &args.name {
        None => "agent".to_owned(),
        Some(name) => match bad_name(name) {
            None => name.clone(),
            Some(why) => return wrong(format!("--name: {why}\nhelp: choose another")),
        },
    };
    let command = match (&args.command, guess(Path::new("."))) {
        (Some(line), _) if line.trim().is_empty() => {
            return wrong("--command: a command without a word\nhelp: name the program".into());
        }
        (Some(line), _) => match words(line) {
            Ok(words) => words,
            Err(error) => return wrong(format!("--command: {error}")),
        },
        (None, Guess::Command { words, from }) => {
            console::out(&format!("guessed from {from}: {}\n", words.join(" ")));
            words
        }
        (None, Guess::Nothing { looked_for }) => {
            return wrong(format!(
                "no agent found here: there is no {looked_for}\nhelp: say how it is started: unreel \
                 init --command 'python3 my_agent.py {PROMPT}'"
            ));
        }
    };
    let resume = match args.resume.as_deref().map(words).transpose() {
        Ok(resume) => resume,
        Err(error) => return wrong(format!("--resume: {error}")),
    };
    let files = files(&name, &command, resume.as_deref());
    let there: Vec<String> = files
        .iter()
        .filter(|(path, _)| path.exists())
        .map(|(path, _)| path.display().to_string())
        .collect();
    if !there.is_empty() && !args.force {
        let help = "--force writes anew what is named here, and nothing else";
        return wrong(format!("there already: {}\nhelp: {help}", there.join(", ")));
    }
    for (path, text) in &files {
        if let Err(error) = write(path, text) {
            console::error(&format!("{}: cannot be written: {error}", path.display()));
            return Exit::Harness;
        }
        console::out(&format!("wrote {}\n", path.display()));
    }
    console::out(&next(Path::new(SCENARIOS), resume.is_some()));
    Exit::Good
}

/// What is to be written; the example only where there are no scenarios.
fn files(name: &str, command: &[String], resume: Option<&[String]>) -> Vec<(PathBuf, String)> {
    let file = format!("{name}.agent.yaml");
    let resume = match resume {
        Some(words) => format!("resume = {}", list(words)),
        None => {
            let example: Vec<String> = [command, &["--resume".into(), "{session}".into()]].concat();
            format!("# resume = {}", list(&example))
        }
    };
    let project = PROJECT
        .replace("@NAME@", &text(name))
        .replace("@COMMAND@", &list(command))
        .replace("@RESUME@", &resume)
        .replace("@FILE@", &text(&file));
    let mut files = vec![(FILE.into(), project), (file.into(), AGENT.replace("@NAME@", name))];
    if !Path::new(SCENARIOS).exists() {
        let first = Path::new(SCENARIOS).join("first");
        files.extend(FIRST.map(|(path, text)| (first.join(path), text.to_owned())));
    }
    if !Path::new(REPORTS).exists() {
        files.push((Path::new(REPORTS).join(".gitignore"), "*\n!.gitignore\n".to_owned()));
    }
    files
}

/// A TOML string: what JSON escapes, TOML understands.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| text(word)).collect();
    format!("[{}]", words.join(", "))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}

fn next(scenarios: &Path, resumes: bool) -> String {
    let found = std::fs::read_dir(scenarios).map_or(0, |entries| {
        entries.flatten().filter(|entry| entry.path().join("scenario.yaml").is_file()).count()
    });
    let mut text = format!(
        "next, with {} in {}/:\n\
         \x20 unreel verify --mutate   are the scenarios any good?\n\
         \x20 unreel learn --write     what differs in the agent's requests from run to run\n\
         \x20 unreel record            the agent works by the scripts; keep the conversations\n\
         \x20 unreel run               replay them, from now on\n",
        plural(found, "scenario"),
        scenarios.display()
    );
    if !resumes {
        text.push_str(&format!("for scenarios of several turns, say `resume` in {FILE}\n"));
    }
    text
}
