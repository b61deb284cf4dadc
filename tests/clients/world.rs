//! A server with a toy model behind a tap, and programs that talk to it.

use super::tap::{Exchange, Tap};
use super::toy::{Counts, Toy};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use unreel::scenario::{Fault, FaultKind};
use unreel::server::{Ledgers, Server, ServerConfig};
use unreel::wire::{Decoder, lint_events};

/// The only model that the server lists.
pub(crate) const MODEL: &str = "gpt-5.5";

/// The server on a thread of its own, so that tests can wait for programs without a runtime.
pub(crate) struct World {
    pub(crate) tap: Tap,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl World {
    /// With faults, by the number of the request.
    pub(crate) fn new(faults: &[(u32, FaultKind)]) -> Self {
        let mut config = ServerConfig::with_ledgers(Arc::new(Toy), Ledgers::with(Box::new(Counts)));
        config.models = vec![MODEL.into()];
        config.faults = faults
            .iter()
            .map(|(request, kind)| Fault { request: *request, kind: kind.clone(), times: 1 })
            .collect();
        Self::with(config)
    }

    /// With any server.
    pub(crate) fn with(config: ServerConfig) -> Self {
        let (started, address) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(async {
                let server = Server::start(config).await.unwrap();
                started.send(server.address()).unwrap();
                let _ = stopped.await;
                server.stop().await;
            });
        });
        let tap = Tap::start(address.recv().unwrap());
        Self { tap, stop: Some(stop), thread: Some(thread) }
    }

    /// What clients take as their base URL; it goes through the tap.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.tap.addr)
    }

    /// The requests for answers, in order.
    pub(crate) fn asked(&self) -> Vec<Exchange> {
        let mut exchanges = self.tap.exchanges();
        exchanges.retain(|seen| seen.method == "POST" && seen.target == "/v1/responses");
        exchanges
    }

    /// Lints every event stream that went by but those in `cut`, by their place among all requests
    /// for answers, and gives their number.
    pub(crate) fn lint_streams(&self, cut: &[usize]) -> usize {
        let mut streams = 0;
        for (at, exchange) in self.asked().iter().enumerate().filter(|(_, seen)| seen.is_stream()) {
            streams += 1;
            let mut decoder = Decoder::new();
            let events = decoder.feed(&exchange.answer);
            assert_eq!(decoder.finish(), None, "half an event in stream {at}");
            let expected: &[&str] = match cut.contains(&at) {
                true => &["the stream ends without a terminal event"],
                false => &[],
            };
            assert_eq!(lint_events(&events), expected, "stream {at}");
        }
        streams
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(std::thread::JoinHandle::join);
        assert!(std::thread::panicking() || !matches!(ended, Some(Err(_))), "the server panicked");
    }
}

/// The folder of the crate.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Something that `tests/install-clients.sh PART` puts into the cache; says SKIPPED and gives
/// `None` where it is missing.
pub(crate) fn installed(part: &str, path: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("UNREEL_TEST_CACHE").unwrap_or_else(|| "target/test-cache".into());
    let path = root().join(cache).join(path);
    if path.exists() {
        return Some(path);
    }
    let path = path.display();
    // Not `eprintln!`, which the test runner swallows when the test passes.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: {path} is not installed; run tests/install-clients.sh {part}"
    );
    None
}

/// A program of this machine, as a shell finds it; says SKIPPED where it is missing.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).map(|folder| folder.join(program));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no {program} on this machine");
    }
    found
}

/// A program to run in `folder` with nothing of the environment but the PATH.
pub(crate) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder).env("LC_ALL", "C.UTF-8").current_dir(folder).stdin(Stdio::null());
    command
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Standard output of a program that ended well.
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.out
    }
}

/// Runs it to its end; one that takes longer than a minute is killed and has no exit code.
pub(crate) fn run(command: Command) -> Ended {
    let mut command = assert_cmd::Command::from_std(command);
    let output = command.timeout(Duration::from_secs(60)).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}
