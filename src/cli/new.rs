//! `unreel new`: a scenario out of the log of a real session.

use super::args::{Common, SandboxChoice};
use super::project::Project;
use super::scratch::Scratch;
use super::{Exit, console, interrupt, options, verify};
use crate::recording::import::{Imported, detect, load};
use crate::run::{Matrix, RunError, RunErrorKind};
use crate::scenario::{Drafted, FromSession, FromSessionError, Scenario, Workbench, from_session};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// The log of a session: a rollout of Codex, a session file of Claude Code or pi
    #[arg(long, value_name = "FILE")]
    from_session: PathBuf,
    /// The repository that the session worked in
    #[arg(long, value_name = "PATH")]
    repo: Option<PathBuf>,
    /// The commit it began at: an id, the beginning of one, or a branch [default: as the log says,
    /// else by time]
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
    /// A commit whose files are the solution [default: what the session's own changes give]
    #[arg(long = "final", value_name = "COMMIT")]
    solution: Option<String>,
    /// Put the files of the commit into the scenario's folder, as a bundle without history
    #[arg(long)]
    bundle: bool,
    /// Name of the scenario [default: words of the first message]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Folder that the scenario is put into [default: scenarios, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to do where the sandbox cannot give every guarantee
    #[arg(long, value_enum, default_value = "best-effort")]
    sandbox: SandboxChoice,
}

/// Makes the scenario, and verifies it.
pub(super) fn new(args: &NewArgs) -> Exit {
    match made(args) {
        Ok(exit) => exit,
        Err(error) => options::fail(&error),
    }
}

fn made(args: &NewArgs) -> Result<Exit, RunError> {
    let log = &args.from_session;
    let Some(format) = detect(log)? else {
        console::error(&format!(
            "{}: this is no log of a session\nhelp: Codex keeps them in ~/.codex/sessions, Claude Code \
             in ~/.claude/projects",
            log.display()
        ));
        return Ok(Exit::Usage);
    };
    let imported = load(format, log)?;
    let Some(repository) = &args.repo else {
        tell_of(&imported);
        console::error(&format!("{}: {}", log.display(), without_repository(&imported)));
        return Ok(Exit::Usage);
    };
    let out = Project::here()?.scenarios(args.out.as_deref());
    let common = Common {
        scenarios: Vec::new(),
        root: None,
        jobs: None,
        sandbox: args.sandbox,
        cache_dir: None,
    };
    let matrix = options::matrix(&common, 1, 1, false)?;
    let asked = FromSession {
        repository,
        commit: args.commit.as_deref(),
        solution: args.solution.as_deref(),
        bundle: args.bundle,
        out: &out,
        name: args.name.as_deref(),
    };
    match draft(&matrix, &asked, &imported)? {
        Ok(drafted) => {
            tell(&drafted);
            verified(&matrix, &drafted.folder)
        }
        Err(error) => {
            match &error {
                FromSessionError::Lacks(_) => tell_of(&imported),
                FromSessionError::Nothing { because, .. } => {
                    tell_of(&imported);
                    gaps(because);
                }
                _ => {}
            }
            Ok(refused(log, &error))
        }
    }
}

fn draft(
    matrix: &Matrix,
    asked: &FromSession<'_>,
    imported: &Imported,
) -> Result<Result<Drafted, FromSessionError>, RunError> {
    let host = &matrix.host;
    let bench = Workbench {
        helper: &host.helper,
        path: &host.path,
        scratch: &host.scratch,
        mode: host.sandbox,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| RunErrorKind::Runtime(error.to_string()))?;
    Ok(runtime.block_on(from_session(&bench, asked, imported)))
}

fn refused(log: &Path, error: &FromSessionError) -> Exit {
    match error {
        FromSessionError::Workspace(_) | FromSessionError::Sandbox(_) => {
            console::error(error);
            Exit::Harness
        }
        FromSessionError::Lacks(what) => {
            console::error(&format!("{}: no scenario: {what}{}", log.display(), help(what)));
            Exit::Usage
        }
        FromSessionError::Nothing { what, .. } => {
            let help = "if a commit holds what came of it, name that: --final COMMIT";
            console::error(&format!("{}: no scenario: {what}\nhelp: {help}", log.display()));
            Exit::Usage
        }
        _ => {
            console::error(error);
            Exit::Usage
        }
    }
}

/// How the lack of a commit is mended.
fn help(what: &str) -> &'static str {
    match what.contains("commit") && what.contains("the log names") {
        true => "\nhelp: fetch it, or say where the session began: --commit COMMIT",
        false => "",
    }
}

fn without_repository(imported: &Imported) -> String {
    let session = &imported.session;
    let what = match (&session.repository, &session.commit, &session.branch) {
        (Some(url), Some(commit), _) => format!("{url} at {commit}"),
        (None, Some(commit), _) => format!("the one with the commit {commit}"),
        (Some(url), None, Some(branch)) => format!("{url}, branch {branch}"),
        (None, None, Some(branch)) => format!("the one with the branch {branch}"),
        _ => "the one that it worked in".to_owned(),
    };
    format!(
        "the log does not hold the files that the session began with\nhelp: clone the repository \
         ({what}) and name it: --repo PATH"
    )
}

/// What is known of a session of which nothing was made.
fn tell_of(imported: &Imported) {
    let (session, header) = (&imported.session, &imported.recording.header);
    let line = |word: &str, text: Option<&str>| {
        console::out(&format!("{word:9}{}\n", text.unwrap_or("not in the log")));
    };
    line("session", Some(&header.agent));
    line("began", session.started.as_deref());
    line("folder", session.folder.as_deref());
    line("commit", session.commit.as_deref());
    line("branch", session.branch.as_deref());
    line("origin", session.repository.as_deref());
    let counts = format!(
        "{} of the user, {} answers",
        crate::report::plural(session.said.len(), "message"),
        imported.recording.exchanges.len()
    );
    line("holds", Some(&counts));
}

fn tell(drafted: &Drafted) {
    for (word, text) in &drafted.account {
        console::out(&format!("{word:9}{text}\n"));
    }
    gaps(&drafted.missing);
    console::out(&format!("wrote {}\n", drafted.folder.display()));
}

fn gaps(all: &[String]) {
    if !all.is_empty() {
        console::out("not recovered, or to be looked at:\n");
    }
    for what in all {
        console::out(&format!("  - {what}\n"));
    }
}

fn verified(matrix: &Matrix, folder: &Path) -> Result<Exit, RunError> {
    let scenarios = vec![Scenario::load(folder)?];
    let scratch = Scratch::new("new")?;
    let cancel = interrupt::flag();
    let verified = crate::run::verify::verify(matrix, scratch.out(), scenarios, false, &cancel)?;
    for one in &verified {
        console::out(&verify::line(one));
    }
    let bad = verified.iter().any(|one| !one.findings.is_empty());
    Ok(if bad { Exit::Failed } else { Exit::Good })
}
