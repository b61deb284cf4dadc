//! The unreel program as others call it: from some folder, in some environment, behind wrappers.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder of the crate.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An empty folder of this name, for files that may stay: below `target/`.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Says on the terminal, whatever the test harness captures, that something was not tested.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// How the program is called.
pub(crate) struct Caller {
    /// The program.
    pub(crate) program: PathBuf,
    /// The working folder, with `scenarios/` and `recordings/`.
    pub(crate) folder: PathBuf,
    /// A command line that ends by running the words after it.
    pub(crate) before: Vec<String>,
    /// Variables set (or, without a value, removed).
    pub(crate) env: BTreeMap<&'static str, Option<OsString>>,
}

impl Caller {
    /// As it is built, in the crate's folder, with the environment of the tests.
    pub(crate) fn here() -> Self {
        Self {
            program: env!("CARGO_BIN_EXE_unreel").into(),
            folder: root().into(),
            before: Vec::new(),
            env: BTreeMap::new(),
        }
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.env.insert(name, Some(value.into()));
        self
    }

    /// Removes a variable.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.env.insert(name, None);
        self
    }

    /// Puts a wrapper around what is called so far.
    pub(crate) fn behind(mut self, words: &[&str]) -> Self {
        self.before.splice(0..0, words.iter().map(|word| (*word).to_owned()));
        self
    }

    /// The command with these arguments.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut words = self.before.iter().map(OsString::from).collect::<Vec<_>>();
        words.push(self.program.clone().into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(args).current_dir(&self.folder).stdin(Stdio::null());
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// `unreel run ARGS --out OUT`.
    pub(crate) fn run(&self, args: &[&str], out: &Path) -> Output {
        let out = out.to_str().unwrap();
        self.command(&[&["run"], args, &["--out", out]].concat()).output().unwrap()
    }

    /// The same, which must end well; gives standard error.
    pub(crate) fn runs(&self, args: &[&str], out: &Path) -> String {
        let output = self.run(args, out);
        let (said, noted) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{args:?}: {}\n{said}\n{noted}", output.status);
        noted
    }
}

/// Output as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file of a folder of results but `timing.*`, by path.
pub(crate) fn results(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("timing."))
            {
                let name = path.strip_prefix(out).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    for name in ["journal.jsonl", "summary.json", "summary.md", "tables/requests.parquet"] {
        assert!(files.get(name).is_some_and(|bytes| !bytes.is_empty()), "{name} in {out:?}");
    }
    files
}

/// Two folders of results hold the same files byte for byte, `timing.*` aside.
pub(crate) fn assert_same(one: &Path, other: &Path) {
    assert_same_files(&results(one), &results(other));
}

/// The same for files already read.
pub(crate) fn assert_same_files(
    one: &BTreeMap<String, Vec<u8>>,
    other: &BTreeMap<String, Vec<u8>>,
) {
    // The journal first: where it differs, everything made from it does.
    let names = || one.keys().chain(other.keys());
    for name in names().filter(|name| *name == "journal.jsonl").chain(names()) {
        let (Some(a), Some(b)) = (one.get(name), other.get(name)) else {
            panic!("{name} is in one of two results only");
        };
        if a != b {
            let (a, b) = (text(a), text(b));
            let mut lines = a.lines().zip(b.lines()).enumerate();
            let differs = lines.find(|(_, (a, b))| a != b);
            panic!("{name} differs: {differs:#?}");
        }
    }
}
