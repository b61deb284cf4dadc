//! Agents at work in scenarios, with the upstream as their model. What is said is recorded whether
//! or not the work is done: that a model fails is worth keeping, too.

use super::{Wrong, file};
use crate::cli::args::RecordArgs;
use crate::cli::progress::Shown;
use crate::cli::project::Project;
use crate::cli::record::{name, worse, writable};
use crate::cli::scratch::Scratch;
use crate::cli::{Exit, console, interrupt, options};
use crate::recording::RecordingError;
use crate::recording::journal::Verdict;
use crate::run::{Live, RunReport, Source, Subject, execute, expand, recordings_of};
use crate::scenario::Scenario;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Records one conversation for each scenario and variant.
pub(super) fn record(args: &RecordArgs, url: &str) -> Result<Exit, Wrong> {
    let upstream = args.live.upstream(url)?;
    let project = Project::here()?;
    let mut scenarios = options::scenarios(&project, &args.common)?;
    let mut subjects =
        options::subjects(&project, args.agent.as_slice(), args.agent_path.as_deref())?;
    options::ask_for(args.live.model.as_deref(), &mut scenarios, &mut subjects);
    let live = Live { upstream, allowance: None };
    let source = |_: &Scenario, _: &str, _: &Subject| Ok(Source::Live(live.clone()));
    let specs = expand(scenarios, &args.variant, &subjects, 1, 1, source)?;
    let target = match file(args.out.as_deref()) {
        Some(_) if specs.len() != 1 => {
            return Err(Wrong::Usage(format!(
                "--out names one file, and there are {} recordings to write\nhelp: name a folder",
                specs.len()
            )));
        }
        Some(file) => Target::File(file.to_owned()),
        None => Target::Folder(recordings_of(
            &project.recordings(args.out.as_deref()),
            subjects[0].name(),
        )),
    };
    writable(target.folder())?;
    let matrix = options::matrix(&args.common, 1, 1, true)?;
    let scratch = Scratch::new("record")?;
    let (cancel, shown) = (interrupt::flag(), Shown::new(specs.len()));
    let reports = execute(&matrix, scratch.out(), &specs, &shown, &cancel)?;
    shown.clear();
    options::name_missing(&reports);
    let mut exit = Exit::Good;
    for report in reports {
        exit = worse(exit, save(&report, &target)?);
    }
    Ok(match cancel.load(Ordering::Relaxed) {
        true => Exit::Interrupted,
        false => exit,
    })
}

/// Where recordings go.
enum Target {
    File(PathBuf),
    Folder(PathBuf),
}

impl Target {
    fn folder(&self) -> &Path {
        match self {
            Self::File(path) => match path.parent() {
                Some(folder) if folder != Path::new("") => folder,
                _ => Path::new("."),
            },
            Self::Folder(folder) => folder,
        }
    }

    fn path(&self, report: &RunReport) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Folder(folder) => folder.join(name(report)),
        }
    }
}

fn save(report: &RunReport, target: &Target) -> Result<Exit, RecordingError> {
    let key = &report.key;
    let reason = report.reason.as_deref().unwrap_or_default();
    let said = report.recording.as_ref().filter(|recording| !recording.exchanges.is_empty());
    if let Some(recording) = said {
        let path = target.path(report);
        recording.save(&path)?;
        let exchanges = recording.exchanges.len();
        console::out(&format!("{}: {exchanges} exchanges\n", path.display()));
    }
    Ok(match report.verdict {
        Verdict::Pass => Exit::Good,
        Verdict::Skipped => {
            console::note(&format!("skipped {key}: {reason}"));
            Exit::Good
        }
        Verdict::Error | Verdict::Interrupted => {
            let kept = if said.is_some() { "recorded up to here" } else { "not recorded" };
            console::error(&format!("{key}: {kept}: {reason}"));
            if report.verdict == Verdict::Error { Exit::Harness } else { Exit::Good }
        }
        _ if said.is_none() => {
            console::error(&format!("{key}: not recorded: {reason}"));
            Exit::Failed
        }
        _ => {
            console::warning(&format!(
                "{key}: recorded, but the work was not done: {reason}. A replay of this recording \
                 fails in the same way"
            ));
            Exit::Failed
        }
    })
}
