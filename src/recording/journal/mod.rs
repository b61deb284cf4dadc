//! The journal: the append-only event log of runs. Every table, report and verdict reads this.
//!
//! No clock, port, pid, arrival order or path of the machine enters an event; wall-clock readings
//! live in `timing.jsonl` beside it. Bodies live in a content-addressed object store, split into
//! fields and items, so that a session grows linearly on disk although its requests do not.

mod event;
mod log;
mod objects;
mod read;
mod sink;
mod write;

pub use event::{
    BUILTIN, CallEvent, CheckEvent, CompactionEvent, DriftEvent, Event, OutputEvent, RequestEvent,
    ResponseEvent, RunFinished, RunKey, RunStarted, TimelineEvent, Verdict, check_reason,
};
pub use log::{CallRecord, RunLog};
pub use objects::Objects;
pub use read::{read_journal, read_run};
pub use sink::Sink;
pub use write::{JournalHeader, RunWriter, assemble};
