//! A proxy for whoever comes: hands on to an upstream, and records what is said.
//!
//! Exchanges are recorded in the order in which they were asked. Each is written to `FILE.unfinished`
//! as soon as it and all that were asked before it have ended, so a crash loses what was under way
//! and what waits for that; ctrl-C loses nothing.

mod account;
mod keep;

pub use account::{Account, Passed};

use super::{RunError, RunErrorKind, Subject};
use crate::recording::RecordingError;
use crate::recording::file::Log;
use crate::recording::secrets::Secrets;
use crate::server::{ProxyConfig, Server, Talk, Upstream};
use keep::Keep;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Told of every request when its answer has ended.
pub trait Witness: Send + Sync + std::fmt::Debug {
    /// One request.
    fn passed(&self, passed: &Passed);
}

/// A proxy that runs.
#[derive(Debug)]
pub struct Standing {
    server: Server,
    keep: Arc<Keep>,
    subject: Subject,
    target: PathBuf,
}

impl Standing {
    /// Listens at `address`. `subject` is whose requests will come, if that is known.
    ///
    /// # Errors
    /// The address cannot be listened on, or the file's folder not be written to.
    pub async fn start(
        upstream: Arc<Upstream>,
        address: SocketAddr,
        target: &Path,
        subject: Option<&Subject>,
        witness: Arc<dyn Witness>,
    ) -> Result<Self, RunError> {
        let known = subject.cloned().unwrap_or_default();
        let mut header = known.header("", "", "base");
        header.provenance = "recorded".to_owned();
        header.upstream = Some(upstream.host().to_owned());
        if subject.is_none() {
            header.agent = "unknown".to_owned();
            header.rules.clear();
        }
        let keep = Arc::new(Keep::new(header.clone(), target, witness));
        let config = ProxyConfig {
            upstream,
            observer: keep.clone(),
            mask: subject.map(|subject| subject.mask(&[])),
            listen: address.into(),
            first_seq: 0,
            settle: false,
            talk: Talk::Any,
            gate: None,
        };
        let server = Server::record(config).await.map_err(RunErrorKind::Server)?;
        // Whether it can be written shows before anything is asked; and behind the port, which
        // another session for the same file holds.
        Log::create(target, &header)?;
        Ok(Self { server, keep, subject: known, target: target.to_owned() })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Lets answers under way finish, closes, and writes the file, if anything was said.
    ///
    /// # Errors
    /// The file cannot be written; what was written as it went along is still there.
    pub async fn stop(self) -> Result<Account, RunError> {
        self.server.stop().await;
        let (recording, account) = self.keep.finish();
        if !recording.exchanges.is_empty() {
            // The proxy has taken secrets out; this looks at the file as a whole.
            self.subject.kept(&recording, &Secrets::default()).save(&self.target)?;
        }
        Log::remove(&self.target);
        Ok(account)
    }
}

/// What an earlier session for this file left when it did not end, written to a file of its own
/// beside it: its name, and how many exchanges it holds.
///
/// # Errors
/// What is left cannot be read, or the file for it is there already.
pub fn recover(target: &Path) -> Result<Option<(PathBuf, usize)>, RecordingError> {
    let Some(recording) = Log::recover(target)? else { return Ok(None) };
    let mut path = target.to_owned();
    let mut number = 1;
    loop {
        let stem = target.file_stem().unwrap_or_default().to_string_lossy();
        let stem = stem.trim_end_matches(".jsonl");
        path.set_file_name(format!("{stem}.recovered-{number}.jsonl"));
        if !path.exists() {
            break;
        }
        number += 1;
    }
    recording.save(&path)?;
    Log::remove(target);
    Ok(Some((path, recording.exchanges.len())))
}
