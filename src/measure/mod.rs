//! Measures: pure functions over exchanges. What `run` sent and what `simulate` would have sent
//! go through the same code.

mod breaks;
mod compaction;
mod diff;
mod envelope;
mod growth;
mod layers;
mod leaf;
mod normal;
mod payload;
mod protocol;
mod reacquire;
mod recorded;
mod results;
mod run;
mod session;
#[cfg(test)]
pub(crate) mod testing;
mod transports;
mod trials;
mod view;
mod visible;
mod wrapper;

pub use envelope::{tool_text, without_line_numbers};
pub use layers::{layer_of, layer_of_item};
pub use leaf::{Channel, Leaf};
pub use normal::NORMALISER_VERSION;
pub use protocol::{
    SUMMARY_HEAD, SUMMARY_HEADS, SUMMARY_REQUEST_HEADS, is_sampling, is_summary, is_summary_request,
};
pub use recorded::log_of;
pub use results::{
    BreakCause, BytesUp, CheckMeasure, ClassRecall, CompactionMeasure, FactFate, Growth, Layer,
    Payload, PrefixBreak, RequestMeasure, RunMeasure,
};
pub use run::measure;
pub use transports::bytes_up;
pub use trials::Trials;
pub use view::View;
pub use visible::{Sought, Visibility, channel, visibility};
