//! What a real endpoint says: `unreel record --upstream`, to agents in scenarios or to any client, and
//! `unreel run --live`, to agents in many trials.

mod dry;
mod scenarios;
mod standing;
mod trials;

pub(in crate::cli) use trials::{TrialArgs, run};

use super::args::RecordArgs;
use super::{Exit, console};
use crate::run::{RunError, RunErrorKind};
use crate::server::Upstream;
use clap::Args;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Options of everything that asks a live endpoint.
#[derive(Debug, Args)]
pub(in crate::cli) struct LiveArgs {
    /// Record what this Responses endpoint says: its base URL, as https://api.openai.com/v1.
    /// Without a SCENARIO, to any client, until ctrl-C
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) upstream: Option<String>,
    /// Environment variable that holds the key for the upstream [default: the client's own
    /// authorization is handed on]
    #[arg(long, value_name = "NAME", requires = "upstream")]
    key_env: Option<String>,
    /// Certificates of a private authority to trust for the upstream, in PEM
    #[arg(long, value_name = "FILE", requires = "upstream")]
    upstream_ca: Option<PathBuf>,
    /// Model to ask for instead of the scenario's
    #[arg(long, value_name = "NAME", requires = "upstream")]
    pub(in crate::cli) model: Option<String>,
    /// Port to listen on; 0 takes a free one [default: 4141]
    #[arg(long, value_name = "PORT", requires = "upstream")]
    port: Option<u16>,
    /// IP address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    listen: IpAddr,
    /// No line for each request
    #[arg(long, short)]
    quiet: bool,
}

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
