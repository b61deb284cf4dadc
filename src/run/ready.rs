//! Whether this machine can do what was asked, before anything is run or replaced.

use super::{Host, RunError, RunErrorKind};
use crate::sandbox::{Mode, Sandbox, SandboxSpec};

/// Starts and ends an empty sandbox where every guarantee is required: a refusal then comes once,
/// and not as the error of each run.
///
/// # Errors
/// The sandbox's refusal, which names each guarantee that is missing.
pub fn ready(host: &Host) -> Result<(), RunError> {
    if host.sandbox != Mode::Require {
        return Ok(());
    }
    let spec = SandboxSpec {
        mode: host.sandbox,
        programs: Vec::new(),
        env: Vec::new(),
        limits: Default::default(),
        scratch: host.scratch.clone(),
        listen: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RunErrorKind::Pool(error.to_string()))?;
    let started =
        runtime.block_on(async { Sandbox::start(&host.helper, &spec).await?.stop().await });
    Ok(started.map_err(RunErrorKind::Sandbox)?)
}
