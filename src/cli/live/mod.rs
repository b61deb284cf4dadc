//! What a real endpoint says: `unreel record --upstream`, to agents in scenarios or to any client, and
//! `unreel run --live`, to agents in many trials.

mod dry;
mod scenarios;
mod standing;
mod trials;

pub(in crate::cli) use trials::run;

use super::args::{LiveArgs, RecordArgs};
use super::{Exit, console};
use crate::run::{RunError, RunErrorKind};
use crate::server::Upstream;
use std::path::Path;
use std::sync::Arc;

impl LiveArgs {
    /// The upstream that is asked for at `url`.
    pub(in crate::cli) fn upstream(&self, url: &str) -> Result<Arc<Upstream>, Wrong> {
        let key = self.key_env.as_deref().map(key).transpose()?;
        endpoint(url, self.upstream_ca.as_deref(), key)
    }
}

/// The endpoint at `url`, with a private authority's certificates and a key, if they are given.
fn endpoint(url: &str, ca: Option<&Path>, key: Option<String>) -> Result<Arc<Upstream>, Wrong> {
    let ca = ca.map(read).transpose()?;
    let upstream = Upstream::new(url, ca.as_deref(), key);
    Ok(Arc::new(upstream.map_err(RunErrorKind::Upstream)?))
}

/// The key in a variable of the environment.
fn key(name: &str) -> Result<String, Wrong> {
    std::env::var(name).map_err(|_| {
        Wrong::Usage(format!(
            "--key-env {name}: there is no such variable in the environment\nhelp: export {name}=.. \
             with the key of the upstream, or leave the option out"
        ))
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Wrong> {
    std::fs::read(path)
        .map_err(|error| Wrong::Usage(format!("--upstream-ca {}: {error}", path.display())))
}

/// Why there is nothing to record.
pub(in crate::cli) enum Wrong {
    /// The command line or the environment.
    Usage(String),
    /// Everything else.
    Run(RunError),
}

impl<E: Into<RunError>> From<E> for Wrong {
    fn from(error: E) -> Self {
        Self::Run(error.into())
    }
}

/// Records.
pub(in crate::cli) fn record(args: &RecordArgs, url: &str) -> Result<Exit, RunError> {
    told(match args.common.scenarios.is_empty() {
        true => standing::record(args, url),
        false => scenarios::record(args, url),
    })
}

/// Says what is wrong with a command line; leaves the rest to the caller.
fn told(done: Result<Exit, Wrong>) -> Result<Exit, RunError> {
    match done {
        Ok(exit) => Ok(exit),
        Err(Wrong::Run(error)) => Err(error),
        Err(Wrong::Usage(message)) => {
            console::error(&message);
            Ok(Exit::Usage)
        }
    }
}

/// The file that `--out` names, if it names one.
fn file(out: Option<&Path>) -> Option<&Path> {
    out.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")
    })
}
