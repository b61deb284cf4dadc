//! A fresh folder with scenarios in it, and the real binary run there.
#![allow(dead_code, reason = "each test binary uses a part")]

use assert_cmd::Command;
use regex::Regex;
use std::path::{Path, PathBuf};

/// A scenario that passes: a word is changed.
pub(crate) const TINY: &str = "summary: a word is changed
messages:
  - text: Change hello to goodbye in a.txt.
checks:
  - name: the word is changed
    file: {path: a.txt, text: {equals: goodbye}}
    on_seed: {contains: hello}
";

/// Its script.
pub(crate) const SCRIPT: &str = "steps:
  - id: look
    do:
      - reason: I want to see the file first.
      - run: {cmd: cat a.txt}
  - id: fix
    do:
      - patch: |
          *** Begin Patch
          *** Update File: a.txt
          @@
          -hello
          +goodbye
          *** End Patch
  - id: done
    do:
      - say: Done.
";

/// The folder; gone at the end.
pub(crate) struct World {
    folder: tempfile::TempDir,
}

/// What a command came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// With the scenario `tiny` in `scenarios/`.
    pub(crate) fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.scenario("tiny", TINY, SCRIPT);
        std::fs::create_dir(world.path("tmp")).unwrap();
        world
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative)).unwrap()
    }

    /// A scenario on the seed of `tiny`; without a script if that is empty.
    pub(crate) fn scenario(&self, name: &str, yaml: &str, script: &str) {
        self.write(&format!("scenarios/{name}/repo/a.txt"), "hello\n");
        self.write(&format!("scenarios/{name}/scenario.yaml"), yaml);
        if !script.is_empty() {
            self.write(&format!("scenarios/{name}/script.yaml"), script);
        }
    }

    /// The binary, to be run here; its temporary files are in `tmp/`, what it keeps in `cache/`.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unreel"));
        command.current_dir(self.folder.path()).args(args);
        // The width of help texts.
        command.env("TMPDIR", self.path("tmp")).env_remove("COLUMNS").env_remove("CI");
        command.env("UNREEL_CACHE", self.path("cache"));
        command
    }

    pub(crate) fn unreel(&self, args: &[&str]) -> Ran {
        ran(self.command(args))
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, relative: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(relative)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into()).collect();
        names.sort();
        names
    }

    /// Everything below that only exists while something is written, and all temporary files.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(self.folder.path(), &mut found);
        let partial = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.ends_with(".partial") || name.starts_with('.')
        };
        let temporary = self.names("tmp").into_iter().map(PathBuf::from);
        found.into_iter().filter(partial).chain(temporary).collect()
    }
}

/// Runs a command to its end.
pub(crate) fn ran(mut command: Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        }
        found.push(path);
    }
}

impl Ran {
    /// The error that ended it before any run, which comes last.
    pub(crate) fn error(&self) -> &str {
        let at = self.err.find("error: ").unwrap_or_else(|| panic!("no error in {:?}", self.err));
        &self.err[at..]
    }

    /// What is said under the table of the runs that are not as they should be.
    pub(crate) fn problems(&self) -> String {
        let lines = self.out.lines().skip_while(|line| !line.contains(": "));
        let lines = lines.skip(1).skip_while(|line| !is_head(line));
        let lines = lines.take_while(|line| !line.contains(" passed · "));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        // They depend on the wording of prompts.
        Regex::new(r"\b[\d,]+ tokens").unwrap().replace_all(&text, "# tokens").into_owned()
    }

    /// The table and what is said about it: figures that depend on the wording of prompts, or on
    /// the clock, become `#`, and runs of spaces one.
    pub(crate) fn table(&self) -> String {
        for line in self.out.lines().filter(|line| !line.starts_with("full: ")) {
            assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        }
        let text = self.out.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let figures = Regex::new(r"\d+(\.\d+)? (B|kB|MB|s)\b|\d+ %| \d+\.\d ").unwrap();
        let text = figures.replace_all(&text, " # ").into_owned();
        let text = Regex::new(r" +").unwrap().replace_all(&text, " ").into_owned();
        // Where a note is cut depends on the width of the figures.
        let cut = Regex::new(r"(?m)((?:# |skipped )\S+ ?)[^#\n]*…$").unwrap();
        cut.replace_all(&text, "$1…").into_owned()
    }
}

/// Whether a line begins the account of a run: `FAIL: tiny: ..`.
fn is_head(line: &str) -> bool {
    let word = line.split(": ").next().unwrap_or_default();
    [
        "ERROR",
        "PASS (!)",
        "FAIL",
        "TIMEOUT",
        "UNFINISHED",
        "OFF-POLICY",
        "UNSTABLE",
        "drift",
        "fail (ok)",
        "skipped",
    ]
    .contains(&word)
}
