//! The matrix of runs: scenario x variant x trial, over a rayon pool, into a journal.
//!
//! Each run has its own sandbox, its own server and its own current-thread runtime, so a run is
//! single-threaded and does not notice its neighbours.

mod error;
mod matrix;
mod observe;
mod one;
mod outdir;
mod pool;
mod session;
mod source;
pub mod verify;

pub use error::{RunError, RunErrorKind};
pub use matrix::{RunSpec, expand};
pub use observe::Front;
pub use one::{RunReport, run_one};
pub use outdir::OutDir;
pub use pool::{Matrix, Progress, execute};
pub use source::{Source, recording_name};

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
    /// How much of the sandbox must be there.
    pub sandbox: Mode,
    /// Stands between agent and server, if given: gets the server's address, gives its own.
    pub front: Option<Front>,
}
