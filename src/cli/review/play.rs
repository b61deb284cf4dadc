//! A recording played by the agent as it is now: what comes of it, and what it is asked.

use crate::cli::scratch::Scratch;
use crate::measure::measure;
use crate::recording::journal::RunKey;
use crate::recording::journal::{RunLog, read_run};
use crate::recording::matching::{Policy, Severity};
use crate::recording::{Recorded, Recording};
use crate::report::outcome;
use crate::run::{
    Matrix, Progress, RunError, RunReport, RunSpec, Source, Subject, execute, expand,
};
use crate::scenario::{BASE, Scenario, find};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Where recordings are played.
pub(super) struct Playground {
    pub(super) scenarios: PathBuf,
    pub(super) matrix: Matrix,
    pub(super) subject: Subject,
}

/// A recording whose requests were replaced.
pub(super) struct Stale {
    pub(super) recording: Recording,
    /// Words of the outcomes with the old recording and with this one.
    pub(super) before: String,
    pub(super) after: String,
}

impl Playground {
    /// The word of what comes of a recording; `None` where its scenario is not here.
    pub(super) fn outcome(
        &self,
        path: &Path,
        recording: &Recording,
    ) -> Result<Option<String>, RunError> {
        Ok(self.play(path, recording)?.map(|(log, _)| word(&log)))
    }

    /// The same answers under the requests that come now, or why that is no recording.
    pub(super) fn stale(
        &self,
        path: &Path,
        old: &Recording,
    ) -> Result<Result<Stale, String>, RunError> {
        let Some((log, report)) = self.play(path, old)? else {
            let scenario = &old.header.scenario;
            return Ok(Err(format!("there is no scenario `{scenario}` to play it with")));
        };
        let severity = log.drifts.iter().map(|event| event.severity).max();
        let unplayed = log.finished.as_ref().is_none_or(|finished| finished.unplayed > 0);
        let Some(new) = report.recording.filter(|_| !unplayed) else {
            return Ok(Err("the agent no longer asks for all of its answers".to_owned()));
        };
        if severity.is_some_and(Severity::is_off_policy) {
            return Ok(Err("its answers belong to another world: not only the prompt \
                           changed, but what tools gave or what happened"
                .to_owned()));
        }
        let recording = merged(old, new);
        let after = self.outcome(path, &recording)?.unwrap_or_default();
        Ok(Ok(Stale { recording, before: word(&log), after }))
    }

    /// One run under the policy that answers whatever it recognises.
    fn play(
        &self,
        path: &Path,
        recording: &Recording,
    ) -> Result<Option<(RunLog, RunReport)>, RunError> {
        let header = &recording.header;
        let Ok(scenarios) = find(&self.scenarios, std::slice::from_ref(&header.scenario)) else {
            return Ok(None);
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let source = Source::Recording(name.into_owned(), Arc::new(recording.clone()));
        let variant = variant(path, &header.scenario);
        let specs: Vec<RunSpec> = expand(
            scenarios,
            std::slice::from_ref(&variant),
            std::slice::from_ref(&self.subject),
            1,
            1,
            |_: &Scenario, _: &str, _: &Subject| Ok(source.clone()),
        )?;
        let matrix = Matrix { matching: Policy::Report, ..self.matrix.clone() };
        let scratch = Scratch::new("review")?;
        let reports = execute(&matrix, scratch.out(), &specs, &Silent, &AtomicBool::new(false))?;
        let Some(report) = reports.into_iter().next() else { return Ok(None) };
        let log = read_run(scratch.out().path(), &report.key.to_string())?;
        Ok(log.map(|log| (log, report)))
    }
}

/// The variant that a recording is played for: `NAME@VARIANT.jsonl`.
fn variant(path: &Path, scenario: &str) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let own = name.strip_prefix(scenario).and_then(|rest| rest.strip_prefix('@'));
    own.unwrap_or(BASE).to_owned()
}

fn word(log: &RunLog) -> String {
    outcome(&measure(log)).as_str().to_owned()
}

/// The new requests with what the old recording knows of its answers. An answer is stale where the
/// request is not the one that it was given to.
fn merged(old: &Recording, new: Recording) -> Recording {
    let mut header = old.header.clone();
    header.agent.clone_from(&new.header.agent);
    header.rules.clone_from(&new.header.rules);
    let mut merged = Recording { header, ..new };
    let asked = |one: &Recorded| {
        let mut fields = one.fields.clone();
        fields.sort();
        (one.endpoint, fields, one.input.clone())
    };
    for exchange in &mut merged.exchanges {
        let id = &exchange.response_id;
        let Some(before) = old.exchanges.iter().find(|one| one.response_id == *id) else {
            continue;
        };
        exchange.stale = before.stale || asked(before) != asked(exchange);
        exchange.at_ms = before.at_ms;
    }
    merged
}

/// Nobody watches.
struct Silent;

impl Progress for Silent {
    fn started(&self, _: &RunKey) {}

    fn finished(&self, _: &RunReport) {}
}
