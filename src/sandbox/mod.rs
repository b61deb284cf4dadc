//! Where commands run: a helper process that owns the workspace and every process of a run.

mod spec;

use std::path::Path;

pub use spec::{
    Access, Entry, EntryKind, ExecSpec, Exited, Guarantee, Limits, Mode, Program, Progress,
    SandboxError, SandboxErrorKind, SandboxSpec, Until,
};

/// A running sandbox. Dropping it kills everything that was started in it.
#[derive(Debug)]
pub struct Sandbox {}

/// A process started in the sandbox: 1, 2, .. in the order of starts.
pub type ProcessId = u32;

impl Sandbox {
    /// Starts the helper (`helper` is the unreel binary, run with its hidden subcommand) and fills
    /// nothing yet: an empty `/workspace`.
    pub async fn start(_helper: &Path, _spec: &SandboxSpec) -> Result<Self, SandboxError> {
        unimplemented!()
    }

    /// The guarantees that are missing here, each with the reason; empty when all hold.
    #[must_use]
    pub fn missing(&self) -> &[(Guarantee, String)] {
        unimplemented!()
    }

    /// Writes a file (parents are made), mode 0644 or 0755. Paths are absolute inside the sandbox
    /// (`/workspace/..`) or relative to `/workspace`.
    pub async fn write(
        &self,
        _path: &str,
        _content: &[u8],
        _executable: bool,
    ) -> Result<(), SandboxError> {
        unimplemented!()
    }

    /// A file's bytes and whether it is executable; `None` if there is none.
    pub async fn read(&self, _path: &str) -> Result<Option<(Vec<u8>, bool)>, SandboxError> {
        unimplemented!()
    }

    /// Removes a file; whether there was one.
    pub async fn remove(&self, _path: &str) -> Result<bool, SandboxError> {
        unimplemented!()
    }

    /// Everything below a folder, sorted by path (relative to it), without `.git`.
    pub async fn list(&self, _path: &str) -> Result<Vec<Entry>, SandboxError> {
        unimplemented!()
    }

    /// Whether the path is a folder.
    pub async fn is_dir(&self, _path: &str) -> Result<bool, SandboxError> {
        unimplemented!()
    }

    /// Starts a process; several may run at once.
    pub async fn start_process(&self, _spec: &ExecSpec) -> Result<ProcessId, SandboxError> {
        unimplemented!()
    }

    /// Waits until the process has ended or `until` holds, and gives the output since the last
    /// call, standard output and error merged in the order written.
    pub async fn wait(
        &self,
        _process: ProcessId,
        _until: &Until,
    ) -> Result<Progress, SandboxError> {
        unimplemented!()
    }

    /// Writes to the standard input of an interactive process; `close` ends it.
    pub async fn feed(
        &self,
        _process: ProcessId,
        _bytes: &[u8],
        _close: bool,
    ) -> Result<(), SandboxError> {
        unimplemented!()
    }

    /// Kills a process and everything it started.
    pub async fn kill(&self, _process: ProcessId) -> Result<(), SandboxError> {
        unimplemented!()
    }

    /// Ends everything and gives the memory back.
    pub async fn stop(self) -> Result<(), SandboxError> {
        unimplemented!()
    }
}
