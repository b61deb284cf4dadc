//! Runs of scenarios through the library, with what a test wants to know of them.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use unreel::measure::{RunMeasure, measure};
use unreel::recording::Recording;
use unreel::recording::journal::{RunLog, read_run};
use unreel::recording::matching::Policy;
use unreel::run::{
    Front, Host, Matrix, OutDir, RunReport, RunSpec, Source, Subject, expand, run_one,
};
use unreel::sandbox::Mode;
use unreel::scenario::{Scenario, TimelineEntry, find};

/// The folder of this crate.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The shipped scenarios.
pub(crate) fn scenarios() -> Vec<Scenario> {
    find(&root().join("scenarios"), &[]).unwrap()
}

/// One run to be, by the script of the scenario. A variant is a name or the path of its file.
pub(crate) fn scripted(scenario: &Scenario, variant: &str) -> RunSpec {
    spec(scenario, variant, |scenario, _| Source::scripted(scenario).unwrap())
}

/// One run to be, by the committed recording.
pub(crate) fn recorded(scenario: &Scenario, variant: &str) -> RunSpec {
    let folder = root().join("recordings");
    spec(scenario, variant, |scenario, variant| {
        Source::recorded(&folder, scenario, variant, &Subject::Builtin).unwrap()
    })
}

fn spec(scenario: &Scenario, variant: &str, source: impl Fn(&Scenario, &str) -> Source) -> RunSpec {
    let source = |scenario: &Scenario, variant: &str, _: &_| Ok(source(scenario, variant));
    expand(vec![scenario.clone()], &[variant.to_owned()], &[Subject::Builtin], 1, 1, source)
        .unwrap()
        .remove(0)
}

/// The path of a shared variant.
pub(crate) fn variant(name: &str) -> String {
    root().join(format!("scenarios/variants/{name}.yaml")).display().to_string()
}

/// The compaction strategies, each a shared variant.
pub(crate) const STRATEGIES: [&str; 6] =
    ["none", "remote", "endpoint", "summary", "clear-tool-results", "sliding-window"];

/// The server is started anew before this turn.
pub(crate) fn restart(turn: u32) -> TimelineEntry {
    TimelineEntry {
        turn,
        set_folder: None,
        set_permissions: None,
        set_model: None,
        set_effort: None,
        set_tools: None,
        edit: None,
        restart_server: true,
    }
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) report: RunReport,
    pub(crate) log: RunLog,
    pub(crate) measured: RunMeasure,
}

impl Ran {
    /// The recording it made.
    pub(crate) fn recording(&self) -> &Recording {
        self.report.recording.as_ref().unwrap()
    }
}

/// Does a run, recording it; `front` stands before each of its servers.
pub(crate) fn run(spec: &RunSpec, front: Option<Front>) -> Ran {
    let out = tempfile::tempdir().unwrap();
    let host = Host {
        helper: PathBuf::from(env!("CARGO_BIN_EXE_unreel")),
        path: std::env::var_os("PATH").unwrap_or_default(),
        scratch: std::env::temp_dir(),
        cache: out.path().join("cache"),
        sandbox: Mode::BestEffort,
        front,
    };
    let matrix = Matrix {
        host,
        jobs: 1,
        seed: 1,
        trials: 1,
        matching: Policy::Strict,
        record: true,
        keep: false,
    };
    let folder = OutDir::prepare(&out.path().join("out")).unwrap();
    let report = run_one(spec, &matrix, &folder, &AtomicBool::new(false)).unwrap();
    let log = read_run(folder.path(), &spec.key.to_string()).unwrap().unwrap();
    let measured = measure(&log);
    Ran { report, log, measured }
}

/// A front that puts something of the test's own before each server and keeps all of them.
pub(crate) fn fronts<T: Send + 'static>(
    start: impl Fn(SocketAddr) -> (SocketAddr, T) + Send + Sync + 'static,
) -> (Front, Arc<Mutex<Vec<T>>>) {
    let kept: Arc<Mutex<Vec<T>>> = Arc::default();
    let list = Arc::clone(&kept);
    let front = move |server| {
        let (addr, one) = start(server);
        list.lock().unwrap().push(one);
        addr
    };
    (Front(Arc::new(front)), kept)
}
