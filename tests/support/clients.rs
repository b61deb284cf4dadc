//! Installed clients, and how tests run them: in an empty environment, to their end.
#![allow(dead_code, reason = "each test binary uses a part")]

use regex::Regex;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The folder of the crate.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where `tests/install-clients.sh` puts things.
pub(crate) fn cache() -> PathBuf {
    let cache = std::env::var_os("UNREEL_TEST_CACHE").unwrap_or_else(|| "target/test-cache".into());
    root().join(cache)
}

/// Something that `tests/install-clients.sh PART` puts into the cache; says SKIPPED and gives
/// `None` where it is missing.
pub(crate) fn installed(part: &str, path: &str) -> Option<PathBuf> {
    let path = cache().join(path);
    if path.exists() {
        return Some(path);
    }
    let path = path.display();
    skipped(&format!("{path} is not installed; run tests/install-clients.sh {part}"));
    None
}

/// A program of this machine, as a shell finds it; says SKIPPED where it is missing.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&folders).map(|folder| folder.join(program));
    let found = places.find(|path| path.is_file());
    if found.is_none() {
        skipped(&format!("no {program} on this machine"));
    }
    found
}

/// Says on the terminal, whatever the test harness captures, that something was not tested.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// A program to run in `folder` with nothing of the environment but the PATH.
pub(crate) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs([("LC_ALL", "C.UTF-8"), ("TZ", "UTC")]).env("HOME", folder);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Watches which addresses a program and its children talk to, through strace.
pub(crate) struct Watch {
    strace: PathBuf,
    log: PathBuf,
}

impl Watch {
    /// Keeps its log at this path; `None`, with a word about it, where the machine has no strace.
    pub(crate) fn new(log: PathBuf) -> Option<Self> {
        Some(Self { strace: on_path("strace")?, log })
    }

    /// The same program, watched.
    pub(crate) fn over(&self, program: &Command) -> Command {
        let mut command = Command::new(&self.strace);
        command.args(["-f", "-qq", "--seccomp-bpf"]);
        command.args(["-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o"]);
        command.arg(&self.log).arg(program.get_program()).args(program.get_args());
        command.env_clear().stdin(Stdio::null());
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = program.get_current_dir() {
            command.current_dir(folder);
        }
        command
    }

    /// The internet addresses that were called, each once.
    pub(crate) fn called(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap();
        let address =
            Regex::new(r#"inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)""#).unwrap();
        let found = address.captures_iter(&log).map(|found| {
            found.get(1).or(found.get(2)).map_or("", |address| address.as_str()).to_owned()
        });
        BTreeSet::from_iter(found).into_iter().collect()
    }
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// None where it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl Ended {
    /// Standard output of a program that ended well.
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.out
    }
}

/// Runs it to its end; one that takes longer than two minutes is killed.
pub(crate) fn run(command: Command) -> Ended {
    run_with(command, "")
}

/// The same with something on its standard input.
pub(crate) fn run_with(command: Command, input: &str) -> Ended {
    let start = Instant::now();
    let mut command = assert_cmd::Command::from_std(command);
    let output = command.write_stdin(input).timeout(Duration::from_secs(120)).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ended {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
        took: start.elapsed(),
    }
}
