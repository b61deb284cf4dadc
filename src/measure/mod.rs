//! Measures: pure functions over exchanges. What `run` sent and what `simulate` would have sent
//! go through the same code.

mod breaks;
mod compaction;
pub mod compare;
mod conversation;
mod derive;
mod diff;
mod drift;
mod envelope;
pub mod explain;
pub mod growth;
mod leaf;
mod normal;
pub mod paired;
mod pairs;
mod payload;
mod protocol;
mod reacquire;
mod results;
mod run;
mod session;
mod settings;
pub mod simulate;
pub mod story;
mod structure;
#[cfg(test)]
pub(crate) mod testing;
mod transports;
mod trials;
mod view;
mod visible;
mod wrapper;

// Parts of a prompt are what recordings are compared by; figures are given by them.
pub use crate::recording::{
    Layer, SUMMARY_HEAD, SUMMARY_HEADS, SUMMARY_REQUEST_HEADS, is_summary, layer_of, layer_of_item,
};
pub use conversation::conversation;
pub use derive::Derive;
pub use envelope::{tool_text, without_line_numbers};
pub use leaf::{Channel, Leaf};
pub use normal::NORMALISER_VERSION;
pub use protocol::{is_sampling, is_summary_request};
pub use results::{
    BytesUp, CheckMeasure, ClassRecall, CompactionMeasure, Drifted, DriftedChange, FactFate,
    Growth, Payload, PrefixBreak, RequestMeasure, RunMeasure,
};
pub use run::measure;
pub use structure::structure_only;
pub use transports::bytes_up;
pub use trials::Trials;
pub use view::View;
pub use visible::{Sought, Visibility, channel, visibility};
