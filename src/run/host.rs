//! What is handed in from outside.

use super::Front;
use crate::recording::matching::Policy;
use crate::sandbox::Mode;
use std::ffi::OsString;
use std::path::PathBuf;

/// What the machine lends to runs; handed in by the command line.
#[derive(Clone, Debug)]
pub struct Host {
    /// The unreel binary, started again as the sandbox's helper.
    pub helper: PathBuf,
    /// Where programs are looked for.
    pub path: OsString,
    /// A folder for workspaces where the sandbox needs a real one.
    pub scratch: PathBuf,
    /// A folder where the results of setups are kept.
    pub cache: PathBuf,
    /// How much of the sandbox must be there.
    pub sandbox: Mode,
    /// Stands between agent and server, if given: gets the server's address, gives its own.
    pub front: Option<Front>,
}

/// How a matrix is run.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// What the machine lends.
    pub host: Host,
    /// Runs at once.
    pub jobs: usize,
    /// Seed of the matrix, for the journal's header.
    pub seed: u64,
    /// Trials, for the journal's header.
    pub trials: u32,
    /// What is done with requests that differ from the recording.
    pub matching: Policy,
    /// Whether to make recordings.
    pub record: bool,
    /// Whether each recording goes to `recordings/` of the results as soon as its run has ended,
    /// instead of into the report of the run.
    pub keep: bool,
}
