//! `unreel serve`: a server that stays until it is told to end.

use super::args::ServeArgs;
use super::project::Project;
use super::{Exit, console, options};
use crate::recording::Recording;
use crate::report::{request_line, served, serving};
use crate::run::serve::{Listener, Offer, Seen, Served, Serving};
use crate::run::{RunError, RunErrorKind, Source, Subject};
use crate::scenario::{Effective, Scenario, find, load_variant};
use crate::server::Conformance;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until ctrl-C or SIGTERM, then tells what was played.
pub(super) fn serve(args: &ServeArgs) -> Exit {
    if args.script == Some(None) && args.scenario.is_none() {
        console::error(
            &"--script alone asks the script of a scenario, and none is named\nhelp: add --scenario \
              NAME, or name the file: --script scenarios/NAME/script.yaml",
        );
        return Exit::Usage;
    }
    match until_told(args) {
        Ok(served) => account(&served, args.allow_unplayed),
        Err(error) => options::fail(&error),
    }
}

fn until_told(args: &ServeArgs) -> Result<Served, RunError> {
    let mut offer = offer(args)?;
    offer.cache = args.cache.clone().unwrap_or(offer.cache);
    offer.done_marker = args.done_marker;
    if !args.models.is_empty() {
        offer.models.clone_from(&args.models);
    }
    let failed = |error: std::io::Error| RunErrorKind::Runtime(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(failed)?.block_on(async {
        // Before anybody can know the address: whoever reads it may end the server at once.
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let listener = Arc::new(Lines { quiet: args.quiet });
        let address = SocketAddr::new(args.listen, args.port);
        let server = Serving::start(offer, address, listener).await?;
        if !args.listen.is_loopback() {
            console::warning(&format!(
                "{} is no loopback address: whoever reaches this machine can read what is \
                 served",
                args.listen
            ));
        }
        console::out(&serving(server.offer(), &base_url(server.address())));
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(server.stop().await)
    })
}

/// What the options ask for.
fn offer(args: &ServeArgs) -> Result<Offer, RunError> {
    if args.conformance {
        let (models, model) = (Conformance::models(), Arc::new(Conformance::new()));
        return Ok(Offer::open("conformance models", models, model));
    }
    let policy = options::matching(args.matching);
    let project = Project::here()?;
    let named = args.agent.clone().or(project.default_agent().map(str::to_owned));
    let subjects = match &named {
        Some(name) => {
            options::subjects(&project, std::slice::from_ref(name), args.agent_path.as_deref())?
        }
        None => Vec::new(),
    };
    let whose = subjects.first();
    let subject = whose.unwrap_or(&Subject::Builtin);
    if let Some(path) = &args.recording {
        let recording = Recording::load_to_play(path).map_err(RunErrorKind::NoReplay)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let rules = &recording.header.rules;
        if !rules.is_empty() && !rules.contains_key(subject.name()) {
            console::warning(&format!(
                "{name} was recorded with {}, whose volatile fields are masked in it; name \
                 that agent with --agent, or its requests will not match",
                recording.header.agent
            ));
        }
        return Ok(Offer::recording(&name, Arc::new(recording), whose, policy));
    }
    let script = args.script.as_ref().map(Option::as_deref);
    let mut scenario = scenario(&project, args, script.flatten())?;
    if let Some(Some(file)) = script {
        scenario.script = Some(file.to_owned());
    }
    let (variant, settings) = load_variant(&scenario, &args.variant)?;
    let effective = Effective::new(&scenario, &variant, &settings);
    let source = match script {
        Some(_) => Source::scripted(&scenario)?,
        None => {
            let folder = project.recordings(args.recordings.as_deref());
            Source::recorded(&folder, &scenario, &variant, subject)?
        }
    };
    Offer::scenario(&source, &scenario, &effective, whose, policy)
}

/// The scenario that is named, or the one that lies beside the script.
fn scenario(
    project: &Project,
    args: &ServeArgs,
    script: Option<&Path>,
) -> Result<Scenario, RunError> {
    let Some(wanted) = &args.scenario else {
        let folder = script.and_then(Path::parent).unwrap_or(Path::new(""));
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        return Ok(Scenario::load(folder)?);
    };
    let mut found = find(&project.scenarios(args.root.as_deref()), std::slice::from_ref(wanted))?;
    match found.len() {
        1 => Ok(found.remove(0)),
        _ => {
            let names = found.into_iter().map(|scenario| scenario.name).collect();
            Err(RunErrorKind::Several { wanted: wanted.clone(), names }.into())
        }
    }
}

/// The address to use from this machine: one that stands for all of them is none to connect to.
pub(super) fn base_url(address: SocketAddr) -> String {
    let mut address = address;
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
            address.set_ip(Ipv4Addr::LOCALHOST.into())
        }
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
            address.set_ip(Ipv6Addr::LOCALHOST.into())
        }
        _ => {}
    }
    format!("http://{address}/v1")
}

fn account(of: &Served, allow_unplayed: bool) -> Exit {
    console::out(&served(of));
    let refused = of.refusals() > 0 || of.is_off_policy();
    match !refused && (allow_unplayed || of.unplayed.is_empty()) {
        true => Exit::Good,
        false => Exit::Failed,
    }
}

/// A line for each request.
#[derive(Debug)]
struct Lines {
    quiet: bool,
}

impl Listener for Lines {
    fn seen(&self, seen: &Seen) {
        if !self.quiet {
            console::note(&request_line(seen));
        }
    }
}
