//! Block traces: which blocks of a prompt each request asked for, as serving engines log them, and
//! what a block cache would have had of them.
//!
//! A trace is read as a stream: what stays in memory is a number for each distinct id, and one chunk
//! of requests that is played while the next is read. One reading serves all rules and capacities.
//! Two things need an earlier reading of their own, and so a file: Belady's future (4 bytes for each
//! access) and the share of the requests that only warms the caches up.

mod error;
mod input;
mod intern;
mod mooncake;
mod oracle;
mod plain;
mod reader;
mod replay;
mod share;
mod tally;
#[cfg(test)]
mod tests;

pub use error::{TraceError, TraceErrorKind};
pub use reader::{Chunk, Format, Source, TraceReader};
pub use replay::{Capacity, Played, Question, Row, play};
pub use share::Share;
pub use tally::{Tally, Totals};
