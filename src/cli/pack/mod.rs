//! `unreel pack`: runs a scenario once more and puts all that it takes to repeat it into one file.

mod play;
mod structure;

pub(super) use play::play;

use super::args::{Common, SandboxChoice};
use super::project::Project;
use super::scratch::Scratch;
use super::{Exit, console, interrupt, options, progress::Shown};
use crate::recording::file::write_bytes;
use crate::recording::journal::Verdict;
use crate::recording::secrets::Secrets;
use crate::report::plural;
use crate::run::pack::{Pack, PackHeader, Packed, collect};
use crate::run::{
    RunError, RunErrorKind, RunSpec, Source, Subject, execute, expand, recording_name,
};
use crate::scenario::{BASE, Scenario};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct PackArgs {
    /// Name of a scenario, or the path of its folder; with --structure-only also a recording
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Put figures and digests in the place of all texts: a recording that can be shown and measured
    /// like the one it is made from, and not played
    #[arg(long)]
    structure_only: bool,
    /// Variant to run: a name
    #[arg(long, value_name = "NAME", default_value = BASE)]
    variant: String,
    /// Agent that runs: builtin, codex, opencode [default: builtin, or as unreel.toml says]
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Where the agent is installed, if not on PATH: its program, or a folder that holds it
    #[arg(long, value_name = "PATH")]
    agent_path: Option<PathBuf>,
    /// Seed of everything that is drawn
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Folder that holds the scenarios [default: scenarios, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Folder that holds the recordings [default: recordings, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// What to do where the sandbox cannot give every guarantee
    #[arg(long, value_enum, default_value = "best-effort")]
    sandbox: SandboxChoice,
}

impl PackArgs {
    /// As if its one scenario were to be run.
    fn common(&self) -> Common {
        Common {
            scenarios: vec![self.scenario.clone()],
            root: self.root.clone(),
            jobs: Some(1),
            sandbox: self.sandbox,
            cache_dir: None,
        }
    }
}

/// Packs.
pub(super) fn pack(args: &PackArgs) -> Exit {
    let packed = if args.structure_only { structure::write(args) } else { all(args) };
    match packed {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn all(args: &PackArgs) -> Result<Exit, RunError> {
    let project = Project::here()?;
    let common = args.common();
    let scenarios = options::scenarios(&project, &common)?;
    let refuse = |why: &str| RunErrorKind::Pack { path: args.out.clone(), why: why.into() };
    if scenarios.len() != 1 {
        return Err(refuse("a pack holds one scenario; name one").into());
    }
    let subjects = options::subjects(&project, args.agent.as_slice(), args.agent_path.as_deref())?;
    let recordings = project.recordings(args.recordings.as_deref());
    let source = |scenario: &Scenario, variant: &str, subject: &Subject| {
        Source::recorded(&recordings, scenario, variant, subject)
    };
    let variants = [args.variant.clone()];
    let specs = expand(scenarios, &variants, &subjects, 1, args.seed, source)?;
    let Some(spec) = specs.first() else { return Ok(Exit::Failed) };
    if args.variant.contains('/') {
        return Err(refuse("name the variant; a pack holds those of the scenarios' folders").into());
    }
    // What cannot be packed is told before anything is run.
    let files = files(spec).map_err(|why| refuse(&why))?;
    let matrix = options::matrix(&common, args.seed, 1, false)?;
    let scratch = Scratch::new("pack")?;
    let (cancel, shown) = (interrupt::flag(), Shown::new(1));
    let reports = execute(&matrix, scratch.out(), &specs, &shown, &cancel)?;
    shown.clear();
    options::name_missing(&reports);
    let Some(report) = reports.into_iter().next() else { return Ok(Exit::Interrupted) };
    let expected = match report.expect_fail {
        Some(_) => matches!(report.verdict, Verdict::Fail | Verdict::Unfinished),
        None => report.verdict == Verdict::Pass,
    };
    if !expected {
        let why = report.reason.unwrap_or_else(|| "it passed, unexpectedly".into());
        console::error(&format!("{}: not packed: {why}", report.key));
        return Ok(Exit::Failed);
    }
    let events = events(scratch.out().path(), spec)?;
    let header = PackHeader::new(spec.subject.label(), spec.key.clone(), args.seed, &events);
    let pack = Pack { header, files, events };
    let bytes = pack.to_bytes().map_err(|error| refuse(&error.to_string()))?;
    write_bytes(&args.out, &bytes)?;
    warn(&pack);
    console::out(&format!(
        "{}: {}, {}, journal {}\n",
        args.out.display(),
        pack.header.run,
        plural(pack.files.len(), "file"),
        pack.header.journal
    ));
    Ok(Exit::Good)
}

/// The events of the only run of a folder of results.
fn events(out: &Path, spec: &RunSpec) -> Result<String, RunError> {
    let path = out.join("runs").join(spec.key.to_string()).join("events.jsonl");
    let read = std::fs::read_to_string(&path);
    Ok(read.map_err(|cause| crate::recording::RecordingError::read(&path, cause))?)
}

/// Everything that the run reads, at the places where a project has it.
fn files(spec: &RunSpec) -> Result<Vec<Packed>, String> {
    let scenario = &spec.scenario;
    if !scenario.seed_is_inside() {
        return Err(
            "the seed lies outside of the scenario's folder; put a folder or a git bundle \
                    into it"
                .into(),
        );
    }
    let folder = |dir: &Path, name: &str| {
        let at = format!("scenarios/{name}");
        collect(dir, &at).map_err(|error| format!("{}: {error}", dir.display()))
    };
    let mut files = folder(&scenario.dir, &scenario.name)?;
    if let (Some(dir), Some(name)) = (scenario.base_dir(), &scenario.file.extends) {
        files.extend(folder(&dir, name)?);
    }
    // Those for all scenarios; a scenario may name them.
    let common = scenario.dir.join("../variants");
    if common.is_dir() {
        files.extend(folder(&common, "variants")?);
    }
    let Source::Recording(_, recording) = &spec.source else {
        return Err("there is no recording; make one with unreel record".into());
    };
    let name = recording_name(&scenario.name, &spec.key.variant);
    match &spec.subject {
        Subject::Builtin => {
            files.push(Packed::text(&format!("recordings/{name}"), recording.to_jsonl()));
        }
        Subject::External(agent) => {
            let agent = &agent.file.name;
            if crate::external::shipped(agent).is_none() {
                return Err(format!("{agent} is an agent of your own, and would not be there"));
            }
            files.push(Packed::text(&format!("recordings/{agent}/{name}"), recording.to_jsonl()));
            let rules = crate::external::shipped(agent).unwrap_or_default();
            files.push(Packed::text(&format!("agents/{agent}.yaml"), rules.to_owned()));
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

/// A pack is made to be given away.
fn warn(pack: &Pack) {
    let secrets = Secrets::default();
    for file in &pack.files {
        let hits = file.text.as_deref().map_or(0, |text| secrets.scan(text).len());
        if hits > 0 {
            let what = plural(hits, "secret");
            console::warning(&format!("{} holds {what}; unreel lint says where", file.path));
        }
    }
}
