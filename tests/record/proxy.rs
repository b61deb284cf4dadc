//! The program, recording; and what it leaves.
#![allow(dead_code, reason = "each test binary uses a part")]

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use unreel::recording::{Recording, Sent};

/// A key of no known shape.
pub(crate) const KEY: &str = "kq7-Xk2Vb9.Tz4Lm8Rw3";

/// A running `unreel record --upstream`. A test that fails takes it along.
pub(crate) struct Proxy {
    child: Option<Child>,
    out: BufReader<ChildStdout>,
    said: String,
    pub(crate) base: String,
    pub(crate) folder: PathBuf,
    _kept: tempfile::TempDir,
}

/// What it said, and how it ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    folder: PathBuf,
    _kept: tempfile::TempDir,
}

impl Proxy {
    pub(crate) fn start(upstream: &str, args: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), upstream, args)
    }

    pub(crate) fn start_in(kept: tempfile::TempDir, upstream: &str, args: &[&str]) -> Self {
        let folder = kept.path().to_owned();
        let mut child = Command::new(env!("CARGO_BIN_EXE_unreel"))
            .current_dir(&folder)
            .env("UPSTREAM_KEY", KEY)
            .args(["record", "--upstream", upstream, "--out", "session.jsonl", "--port", "0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("ctrl-C") {
            assert_ne!(out.read_line(&mut said).unwrap(), 0, "it ended: {said}");
        }
        let base = said.lines().find_map(|line| line.strip_prefix("export OPENAI_BASE_URL="));
        let base = base.unwrap().to_owned();
        Self { child: Some(child), out, said, base, folder, _kept: kept }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(self.child.as_ref().unwrap()), signal).unwrap();
    }

    /// As ctrl-C.
    pub(crate) fn end(mut self) -> Ended {
        self.signal(Signal::INT);
        self.out.read_to_string(&mut self.said).unwrap();
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        Ended {
            code: output.status.code().expect("an exit code, not a signal"),
            out: std::mem::take(&mut self.said),
            err: String::from_utf8(output.stderr).unwrap(),
            folder: self.folder.clone(),
            _kept: std::mem::replace(&mut self._kept, tempfile::tempdir().unwrap()),
        }
    }

    /// As a crash.
    pub(crate) fn kill(mut self) -> tempfile::TempDir {
        self.signal(Signal::KILL);
        self.child.take().unwrap().wait().unwrap();
        std::mem::replace(&mut self._kept, tempfile::tempdir().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.as_mut().map(Child::kill);
    }
}

impl Ended {
    pub(crate) fn recording(&self) -> Recording {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        Recording::load(&self.folder.join("session.jsonl")).unwrap()
    }

    /// Fails if any of these stands in any file, or was printed.
    pub(crate) fn has_nowhere(&self, words: &[&str]) {
        let mut files = vec![("output".to_owned(), format!("{}{}", self.out, self.err))];
        gather(&self.folder, &mut files);
        assert!(files.len() > 1, "nothing was written");
        for (name, text) in files {
            for word in words {
                assert!(!text.contains(word), "{word} stands in {name}:\n{text}");
            }
        }
    }
}

fn gather(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            files.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

/// The verbatim answer of an exchange.
pub(crate) fn sent(recording: &Recording, number: usize) -> Sent {
    let exchange = &recording.exchanges[number];
    recording.sent(exchange.sent.as_ref().unwrap(), &[]).unwrap()
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tcp_nodelay(true).build().unwrap()
}
