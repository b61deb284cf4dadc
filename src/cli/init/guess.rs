//! Which command starts the agent of a folder, by the files that lie in it.

use serde_json::Value;
use std::path::Path;

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// A command line, and the file that it was guessed from.
    Command { words: Vec<String>, from: &'static str },
    /// Nothing.
    Nothing { looked_for: String },
}

/// Files that are looked for, in this order, and what starts them.
const FILES: [(&str, &str); 4] =
    [("agent.py", "python3"), ("agent.mjs", "node"), ("main.py", "python3"), ("agent.js", "node")];
/// Where Node packages name their programs.
const PACKAGE: &str = "package.json";

/// Looks at the files of a folder.
pub(super) fn guess(folder: &Path) -> Guess {
    let command = |program: &str, file: &str, from| {
        let words = [program, file, crate::external::PROMPT].map(str::to_owned).into();
        Guess::Command { words, from }
    };
    if let Some((file, program)) = FILES.iter().find(|(file, _)| folder.join(file).is_file()) {
        return command(program, file, file);
    }
    if let Some(program) = bin(&folder.join(PACKAGE)) {
        return command("node", program.trim_start_matches("./"), PACKAGE);
    }
    let names: Vec<&str> = FILES.iter().map(|(file, _)| *file).collect();
    Guess::Nothing { looked_for: format!("{} or `bin` in {PACKAGE}", names.join(", ")) }
}

/// The first program of a package.
fn bin(package: &Path) -> Option<String> {
    let text = std::fs::read_to_string(package).ok()?;
    let package: Value = serde_json::from_str(&text).ok()?;
    let bin = package.get("bin")?;
    let first = || bin.as_object()?.values().next()?.as_str();
    bin.as_str().or_else(first).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Guess, guess};

    #[test]
    fn files_go_before_packages_and_nothing_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let Guess::Nothing { looked_for } = guess(folder.path()) else { panic!("a guess") };
        assert_eq!(looked_for, "agent.py, agent.mjs, main.py, agent.js or `bin` in package.json");
        write("package.json", r#"{"bin": {"mine": "./bin/mine.mjs", "other": "x.js"}}"#);
        let expected = words("node bin/mine.mjs {prompt}");
        assert_eq!(guess(folder.path()), Guess::Command { words: expected, from: "package.json" });
        write("main.py", "");
        let expected = words("python3 main.py {prompt}");
        assert_eq!(guess(folder.path()), Guess::Command { words: expected, from: "main.py" });
    }
}
