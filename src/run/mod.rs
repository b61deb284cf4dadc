//! The matrix of runs: scenario x variant x trial, over a rayon pool, into a journal.
//!
//! Each run has its own sandbox, its own server and its own current-thread runtime, so a run is
//! single-threaded and does not notice its neighbours.

mod agents;
mod allowance;
mod drifts;
mod dry;
mod error;
mod host;
mod learn;
mod matrix;
mod observe;
mod one;
mod outdir;
pub mod pack;
mod pool;
mod ready;
pub mod record;
pub mod serve;
mod session;
mod source;
mod subject;
pub mod verify;
mod working;

pub use agents::Agents;
pub use allowance::{Allowance, Limits, Spent};
pub use dry::{First, Plan, plan};
pub use error::{RunError, RunErrorKind};
pub use host::{Host, Matrix};
pub use learn::{Learned, learn};
pub use matrix::{RunSpec, expand};
pub use observe::Front;
pub use one::{RunReport, run_one};
pub use outdir::{OutDir, RECORDINGS};
pub use pool::{Progress, execute};
pub use ready::ready;
pub use source::{Live, Source, recording_name, recordings_of};
pub use subject::Subject;
