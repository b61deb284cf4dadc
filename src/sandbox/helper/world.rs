//! What a set-up helper knows: where things are, how commands are confined, what is missing.

use super::super::spec::{Guarantee, SandboxSpec};
use super::places::Places;
use std::fs::File;
use std::net::TcpListener;
use std::os::unix::fs::FileExt;

/// The result of a set-up.
#[derive(Debug)]
pub(super) struct World {
    pub(super) spec: SandboxSpec,
    pub(super) places: Places,
    pub(super) confine: Confine,
    pub(super) missing: Vec<(Guarantee, String)>,
    /// Asked for by `listen`; handed out once.
    pub(super) listener: Option<TcpListener>,
    /// Where the last number given to a process is set, in a pid namespace of our own.
    pub(super) last_pid: Option<File>,
}

impl World {
    /// Lets the numbers of the next command's processes begin at a place of its own: scripts put
    /// them into names, and panics of Rust programs print them.
    pub(super) fn renumber(&self, command: u32) {
        if let Some(file) = &self.last_pid {
            let first = (command % PID_SPANS + 1) * PID_SPAN;
            // A kernel that refuses goes on counting.
            let _ = file.write_all_at(first.to_string().as_bytes(), 0);
        }
    }
}

/// Numbers between the beginnings of two commands, and how many fit below the smallest usual limit
/// of 32768.
const PID_SPAN: u32 = 1000;
const PID_SPANS: u32 = 30;

/// What each command is put under before it starts.
#[derive(Debug, Default)]
pub(super) struct Confine {
    /// Never gains privileges, and has no capabilities.
    pub(super) powerless: bool,
    /// How `Access::Write` is enforced.
    pub(super) writes: Writes,
    /// No sockets but local ones, for want of a network namespace.
    pub(super) no_sockets: bool,
    /// Processes at once, where they are counted for this sandbox alone.
    pub(super) processes: Option<u64>,
}

/// How `Access::Write` is enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Writes {
    /// Not at all.
    #[default]
    Free,
    /// By Landlock: "Permission denied".
    Landlock,
    /// By read-only mounts of the command's own: "Read-only file system".
    Mounts,
}
