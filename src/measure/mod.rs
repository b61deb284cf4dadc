//! Measures: pure functions over exchanges. What `run` sent and what `simulate` would have sent
//! go through the same code.

mod protocol;
mod results;

pub use protocol::{
    SUMMARY_HEAD, SUMMARY_HEADS, SUMMARY_REQUEST_HEADS, is_sampling, is_summary, is_summary_request,
};
pub use results::{
    BreakCause, CheckMeasure, ClassRecall, CompactionMeasure, FactFate, Growth, Layer, Payload,
    PrefixBreak, RequestMeasure, RunMeasure,
};

use crate::recording::journal::RunLog;

/// Measures one run.
#[must_use]
pub fn measure(_log: &RunLog) -> RunMeasure {
    unimplemented!()
}
