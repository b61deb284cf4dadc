//! A session tried out: done again in one sandbox, its checks held against the seed in another.

use super::account::gaps;
use super::commit::{self, Clues};
use super::places::Places;
use super::propose::{self, Proposal};
use super::redact::Redaction;
use super::replay::{self, Replayed};
use super::story::Turn;
use super::tools::Deed;
use super::{FromSession, FromSessionError, Workbench, seed_at, tree};
use crate::sandbox::{Limits, Sandbox, SandboxSpec};
use crate::scenario::checks::command_writes;
use crate::scenario::patch::Patch;
use crate::scenario::{Check, Found, Seed, resolve, workspace};
use std::collections::BTreeSet;
use std::path::Path;

/// Bytes of what a command of the harness prints, at most.
const OUTPUT_BYTES: u64 = 64 << 20;

/// A session on its way to a scenario.
pub(super) struct Drafting<'a> {
    pub(super) bench: &'a Workbench<'a>,
    pub(super) seed: &'a Seed,
    pub(super) missing: Vec<String>,
    pub(super) redaction: Redaction,
}

/// What came of it.
pub(super) struct Draft {
    pub(super) replayed: Replayed,
    pub(super) requires: Vec<String>,
    pub(super) checks: Vec<Check>,
    pub(super) tried: Vec<String>,
    pub(super) solution: Vec<u8>,
    pub(super) changed: Vec<String>,
}

impl Drafting<'_> {
    pub(super) async fn work(
        &mut self,
        asked: &FromSession<'_>,
        places: &Places,
        turns: &[Turn],
    ) -> Result<Draft, FromSessionError> {
        let wanted = wanted(turns);
        let (found, absent) = self.programs(&wanted);
        let (sandbox, commit) = self.sandbox(&found).await?;
        let replayed = replay::replay(&sandbox, places, &mut self.redaction, turns).await?;
        let sandbox = match asked.solution {
            None => sandbox,
            Some(name) => self.solution(asked.repository, name, &found).await?,
        };
        let difference = tree::difference(&sandbox, self.seed, &commit).await?;
        if difference.paths.is_empty() {
            return Err(FromSessionError::Nothing {
                what: "the session's changes, done again on the commit, leave every file as it is: \
                       there is nothing to check",
                because: gaps(&replayed),
            });
        }
        let mut proposals = propose::proposals(&replayed.commands);
        if !replay::is_apart(&sandbox) {
            proposals.retain(|one| {
                let is_tried = !command_writes(&one.cmd);
                if !is_tried {
                    let shown = replay::shown(&one.cmd);
                    let why = "the sandbox cannot keep files apart here";
                    self.missing.push(format!("`{shown}` is not tried: {why}"));
                }
                is_tried
            });
        }
        let mut requires: BTreeSet<String> = BTreeSet::new();
        let (mut checks, mut tried) = (Vec::new(), Vec::new());
        let untouched =
            if proposals.is_empty() { None } else { Some(self.sandbox(&found).await?.0) };
        for proposal in &proposals {
            let needs = propose::programs(&proposal.cmd);
            let lacking = needs.iter().find(|name| absent.contains(*name));
            let check = match (lacking, &untouched) {
                (Some(name), _) => {
                    let shown = replay::shown(&proposal.cmd);
                    self.missing.push(format!("`{shown}` could not be tried: {name} is not here"));
                    Some((propose::check(proposal, proposal.first), true))
                }
                (None, Some(untouched)) => self.tried(untouched, &sandbox, proposal).await?,
                (None, None) => None,
            };
            if let Some((check, decides)) = check {
                requires.extend(needs);
                tried.push((replay::shown(&proposal.cmd), decides));
                let check = propose::named_apart(check, &checks);
                checks.push(check);
            }
        }
        if !tried.iter().any(|(_, decides)| *decides) {
            self.missing.push(match proposals.is_empty() {
                true => {
                    "no command failed early and passed late: checks compare lines of files, write \
                         better ones"
                        .to_owned()
                }
                false => {
                    "no command tells the seed from the solution: checks compare lines of files, \
                          write better ones"
                        .to_owned()
                }
            });
            checks.extend(propose::text_checks(&difference.texts));
        }
        if checks.is_empty() {
            return Err(FromSessionError::Nothing {
                what: "nothing that the session did can be checked",
                because: gaps(&replayed),
            });
        }
        let effects = replayed.commands.iter().filter(|ran| command_writes(&ran.cmd));
        requires.extend(effects.flat_map(|ran| propose::programs(&ran.cmd)));
        self.missing.extend(gaps(&replayed));
        Ok(Draft {
            replayed,
            requires: requires.into_iter().collect(),
            checks,
            tried: tried.into_iter().map(|(cmd, _)| cmd).collect(),
            solution: difference.patch,
            changed: difference.paths,
        })
    }

    /// A check out of a proposal that holds on the final tree, and whether the seed fails it.
    async fn tried(
        &mut self,
        seed: &Sandbox,
        last: &Sandbox,
        proposal: &Proposal,
    ) -> Result<Option<(Check, bool)>, FromSessionError> {
        let shown = replay::shown(&proposal.cmd);
        let how = |exit: Option<i32>| match exit {
            Some(exit) => format!("ends with exit code {exit}"),
            None => "does not end".to_owned(),
        };
        let end = propose::trial(last, proposal).await?;
        if end != Some(0) {
            let how = how(end);
            self.missing
                .push(format!("`{shown}` passed in the session, and {how} here: no check of it"));
            return Ok(None);
        }
        let before = propose::trial(seed, proposal).await?;
        let Some(exit) = before else {
            self.missing.push(format!("`{shown}` {} on the seed: no check of it", how(before)));
            return Ok(None);
        };
        if exit == 0 {
            self.missing.push(format!(
                "`{shown}` failed in the session, and passes on the seed: what made it fail came later"
            ));
        }
        Ok(Some((propose::check(proposal, exit), exit != 0)))
    }

    /// The programs that are here, and the names of those that are not.
    fn programs(&self, wanted: &BTreeSet<String>) -> (Vec<Found>, BTreeSet<String>) {
        let (mut found, mut absent) = (Vec::new(), BTreeSet::new());
        for name in wanted {
            match resolve(std::slice::from_ref(name), self.bench.path) {
                Ok(some) => found.extend(some),
                Err(_) => {
                    absent.insert(name.clone());
                }
            }
        }
        (found, absent)
    }

    /// A sandbox with the seed in it, and the commit of that.
    async fn sandbox(&self, found: &[Found]) -> Result<(Sandbox, String), FromSessionError> {
        let mut programs = Vec::new();
        for program in found.iter().filter_map(|one| one.program.clone()) {
            if !programs.contains(&program) {
                programs.push(program);
            }
        }
        let spec = SandboxSpec {
            mode: self.bench.mode,
            programs,
            env: Vec::new(),
            limits: Limits { output_bytes: OUTPUT_BYTES, ..Limits::default() },
            scratch: self.bench.scratch.to_owned(),
            listen: None,
        };
        let sandbox = Sandbox::start(self.bench.helper, &spec).await?;
        let files = self.seed.files().iter();
        let files = files.map(|file| (file.path.clone(), file.content.clone())).collect();
        let commit = workspace::make(&sandbox, self.seed, &files).await?;
        Ok((sandbox, commit))
    }

    /// A sandbox with the seed's commit and the files of another one.
    async fn solution(
        &self,
        repository: &Path,
        name: &str,
        found: &[Found],
    ) -> Result<Sandbox, FromSessionError> {
        let clues = Clues { given: Some(name), ..Clues::default() };
        let chosen = commit::choose(repository, clues).map_err(FromSessionError::Lacks)?;
        let last = seed_at(repository, &chosen.id)?;
        let (sandbox, _) = self.sandbox(found).await?;
        tree::become_like(&sandbox, self.seed, &last).await?;
        Ok(sandbox)
    }
}

/// The programs that commands of the session may need.
fn wanted(turns: &[Turn]) -> BTreeSet<String> {
    let answers = turns.iter().flat_map(|turn| &turn.answers);
    let deeds = answers.flat_map(|answer| &answer.calls).map(|call| &call.deed);
    let commands = deeds.filter_map(|deed| match deed {
        Deed::Run { cmd, .. } => Some(cmd),
        _ => None,
    });
    commands.flat_map(|cmd| propose::programs(cmd)).collect()
}

/// Every path that a call names.
pub(super) fn named_paths(turns: &[Turn]) -> Vec<String> {
    let answers = turns.iter().flat_map(|turn| &turn.answers);
    let deeds = answers.flat_map(|answer| &answer.calls).map(|call| &call.deed);
    let mut out = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Write { path, .. } | Deed::Edit { path, .. } | Deed::Read { path, .. } => {
                out.push(path.clone());
            }
            Deed::Patch { text, workdir: None } => {
                if let Ok(patch) = Patch::parse(text) {
                    out.extend(patch.reads().into_iter().map(str::to_owned));
                }
            }
            Deed::Run { cmd, .. } => {
                let words = cmd.split(|c: char| c.is_whitespace() || "'\"=:();|&<>".contains(c));
                out.extend(words.filter(|word| word.contains('/')).map(str::to_owned));
            }
            _ => {}
        }
    }
    out
}
