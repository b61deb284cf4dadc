//! What a set-up helper knows: where things are, how commands are confined, what is missing.

use super::super::spec::{Guarantee, SandboxSpec};
use super::places::Places;

/// The result of a set-up.
#[derive(Debug)]
pub(super) struct World {
    pub(super) spec: SandboxSpec,
    pub(super) places: Places,
    pub(super) confine: Confine,
    pub(super) missing: Vec<(Guarantee, String)>,
}

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
