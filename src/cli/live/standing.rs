//! A proxy that stays until it is told to end, for whoever comes.

use super::{Wrong, file};
use crate::cli::args::RecordArgs;
use crate::cli::project::Project;
use crate::cli::serve::base_url;
use crate::cli::{Exit, console, options};
use crate::report::{passed_line, proxying, recorded};
use crate::run::RunErrorKind;
use crate::run::record::{Account, Passed, Standing, Witness, recover};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// The port that `unreel serve` listens on, too.
const PORT: u16 = 4141;

/// Records until ctrl-C or SIGTERM.
pub(super) fn record(args: &RecordArgs, url: &str) -> Result<Exit, Wrong> {
    let Some(target) = file(args.out.as_deref()) else {
        return Err(Wrong::Usage(
            "without a SCENARIO, what passes goes into one recording\nhelp: add --out FILE.jsonl \
             (or FILE.jsonl.zst)"
                .to_owned(),
        ));
    };
    if let Some((path, exchanges)) = recover(target)? {
        console::note(&format!(
            "an earlier session for {} did not end well; what it had recorded ({exchanges} \
             exchanges) is in {}",
            target.display(),
            path.display()
        ));
    }
    let account = until_told(args, url, target)?;
    if let Some(failure) = &account.failure {
        console::warning(&format!("the recording was not kept while it was made: {failure}"));
    }
    console::out(&recorded(&account, target));
    Ok(Exit::Good)
}

fn until_told(args: &RecordArgs, url: &str, target: &Path) -> Result<Account, Wrong> {
    let live = &args.live;
    let upstream = live.upstream(url)?;
    let subjects = match &args.agent {
        Some(name) => {
            let project = Project::here()?;
            options::subjects(&project, std::slice::from_ref(name), args.agent_path.as_deref())?
        }
        None => Vec::new(),
    };
    let failed = |error: std::io::Error| RunErrorKind::Runtime(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(failed)?.block_on(async {
        // Before anybody can know the address: whoever reads it may end the proxy at once.
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let address = SocketAddr::new(live.listen, live.port.unwrap_or(PORT));
        let witness = Arc::new(Lines { quiet: live.quiet });
        let name = upstream.name();
        let standing =
            Standing::start(upstream, address, target, subjects.first(), witness).await?;
        if !live.listen.is_loopback() {
            console::warning(&format!(
                "{} is no loopback address: whoever reaches this machine can ask the upstream{}",
                live.listen,
                if live.key_env.is_some() { " with your key" } else { "" }
            ));
        }
        let has_key = live.key_env.is_some();
        console::out(&proxying(&name, &base_url(standing.address()), target, has_key));
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(standing.stop().await?)
    })
}

/// A line for each request.
#[derive(Debug)]
struct Lines {
    quiet: bool,
}

impl Witness for Lines {
    fn passed(&self, passed: &Passed) {
        if !self.quiet {
            console::note(&passed_line(passed));
        }
    }
}
