//! What is asked of a sandbox, and what it answers.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How much of the sandbox must be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Refuse to run when any guarantee is missing.
    Require,
    /// Fall back, and name what is missing once.
    #[default]
    BestEffort,
    /// A plain folder and plain processes, with the fixed environment only.
    None,
}

/// A guarantee that a fallback may lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guarantee {
    /// The workspace is really at `/workspace`, on tmpfs.
    FixedPath,
    /// Commands see only system folders, the workspace and their home.
    PrivateFiles,
    /// No network.
    NoNetwork,
    /// Everything a command started is dead at the end, whatever it did.
    ProcessTree,
    /// User id, group id and host name are always the same.
    Identity,
    /// Commands cannot write where their permissions forbid it.
    WriteLimits,
}

impl std::fmt::Display for Guarantee {
    /// The name in messages: `fixed-path`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::FixedPath => "fixed-path",
            Self::PrivateFiles => "private-files",
            Self::NoNetwork => "no-network",
            Self::ProcessTree => "process-tree",
            Self::Identity => "identity",
            Self::WriteLimits => "write-limits",
        })
    }
}

/// What a sandbox is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SandboxSpec {
    /// How much must be there.
    pub mode: Mode,
    /// Programs bound read-only at a fixed path and put on PATH, in this order.
    pub programs: Vec<Program>,
    /// Variables added to the fixed environment.
    pub env: Vec<(String, String)>,
    /// Limits.
    pub limits: Limits,
    /// Existing or new folder on this machine; when namespaces are refused, the workspace is a
    /// folder of its own in here, removed at the end. Nothing is made here otherwise.
    pub scratch: PathBuf,
    /// A port on the sandbox's own loopback whose listener is handed out
    /// ([`super::Sandbox::take_listener`]); where there is no network namespace, a free port of
    /// this machine. For processes started with `network`.
    pub listen: Option<u16>,
}

/// A program that is not in the system folders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// Folder on this machine (a sysroot, a prefix).
    pub host: PathBuf,
    /// Where it stands in the sandbox, e.g. `/opt/rust`.
    pub at: String,
    /// Its folder of executables, relative: `bin`.
    pub bin: String,
}

/// Limits of all commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of output kept for each process, half head, half tail; the rest is counted only.
    pub output_bytes: u64,
    /// Processes at once.
    pub processes: u64,
    /// Largest file, bytes.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { output_bytes: 1 << 20, processes: 512, file_bytes: 1 << 30 }
    }
}

/// File access of one process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Everything inside the sandbox.
    Full,
    /// Writes only below these folders (those that exist), `/home/agent`, `/tmp` and `/dev`.
    Write(Vec<String>),
}

/// A process to start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecSpec {
    /// The command line for `sh -c`.
    pub cmd: String,
    /// Working folder, absolute inside the sandbox or relative to `/workspace`.
    pub workdir: String,
    /// File access.
    pub access: Access,
    /// Whether standard input stays open for `feed`; else it is empty.
    pub interactive: bool,
    /// Whether it may open network sockets where only a filter forbids them. In a network
    /// namespace, which has nothing but its loopback, it always may.
    #[serde(default)]
    pub network: bool,
    /// Variables for this process alone, over those of the sandbox.
    #[serde(default)]
    pub env: Vec<(String, String)>,
}

/// When `wait` returns, besides the end of the process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Until {
    /// When this text appears in the output that `wait` will return.
    pub text: Option<String>,
    /// After so many milliseconds: a return by time.
    pub millis: Option<u64>,
}

/// What `wait` saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Output since the last call: head and tail where it went over the limit.
    pub output: Vec<u8>,
    /// Bytes cut out between head and tail, and where in `output` they were; 0 if none.
    pub omitted: u64,
    /// See `omitted`.
    pub omitted_at: usize,
    /// How it ended, if it did.
    pub exited: Option<Exited>,
    /// Returned by time: the output depends on the machine's speed.
    pub timed_out: bool,
    /// Ended while descendants still held its output open.
    pub lingering: bool,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exited {
    /// Exit code; 128 + signal for a killed process.
    pub code: i32,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Link,
}

/// One path below a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Relative path.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Whether any execute bit is set (files).
    pub executable: bool,
    /// Content (files: BLAKE3 digest of the bytes; links: of the target).
    pub digest: Option<crate::wire::Digest>,
}

/// Why the sandbox could not do its part.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct SandboxError {
    kind: SandboxErrorKind,
}

/// The kinds of [`SandboxError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxErrorKind {
    /// `--sandbox=require`, and guarantees are missing.
    #[error("the sandbox cannot give every guarantee here: {0}")]
    Refused(String),
    /// The helper process did not start or died.
    #[error("the sandbox helper failed: {0}")]
    Helper(String),
    /// A file operation inside the sandbox failed.
    #[error("{path}: {cause}")]
    File {
        /// The path inside the sandbox.
        path: String,
        /// What the system said.
        cause: String,
    },
}

impl SandboxError {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: SandboxErrorKind) -> Self {
        Self { kind }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &SandboxErrorKind {
        &self.kind
    }
}
