//! Where commands run: a helper process that owns the workspace and every process of a run.
//!
//! A process of its own, because the harness is threaded: a thread that writes a script while
//! another forks makes `execve` fail with "text file busy", and namespaces can only be entered by a
//! process with one thread. It also gives one owner to what must be gone at the end.
//!
//! ```text
//! client --socket-- keeper (forks, waits, clears up)
//!                     +- helper (pid 1 of its namespace, or subreaper; one event loop)
//!                          +- reaper of command 1 (subreaper: daemons come back to it)
//!                          |    +- sh -c ..
//!                          +- reaper of command 2 ..
//! ```

mod client;
mod handover;
mod helper;
mod link;
mod protocol;
mod spec;

pub use client::{ProcessId, Sandbox};
pub use helper::helper_main;
pub use spec::{
    Access, Entry, EntryKind, ExecSpec, Exited, Guarantee, Limits, Mode, Program, Progress,
    SandboxError, SandboxErrorKind, SandboxSpec, Until,
};
