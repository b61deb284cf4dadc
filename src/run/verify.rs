//! Whether scenarios can be trusted: the checks fail on the seed as stated and pass with the
//! solution, the script needs what it claims to need, and every effect of it is checked.

use super::{Matrix, OutDir, RunError, RunErrorKind, RunSpec, Source, Subject, run_one};
use crate::recording::journal::{RunKey, Verdict};
use crate::sandbox::{Sandbox, SandboxSpec};
use crate::scenario::{
    self, Effective, Evidence, Finding, Found, Scenario, Script, Workshop, WorkspaceError,
    WorkspaceErrorKind, load_variant,
};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What was found about one scenario.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Its name.
    pub scenario: String,
    /// What is wrong; empty if all is well.
    pub findings: Vec<Finding>,
    /// Checks run on seed and solution.
    pub checks: usize,
    /// Mutations tried.
    pub mutations: usize,
    /// Why it could not be verified here (a program is missing).
    pub skipped: Option<String>,
}

/// Verifies scenarios, in order; `mutate` also drops each effectful step of the script in turn.
/// After `cancel` is set none is begun, and those that were not done are left out.
pub fn verify(
    matrix: &Matrix,
    out: &OutDir,
    scenarios: Vec<Scenario>,
    mutate: bool,
    cancel: &AtomicBool,
) -> Result<Vec<Verified>, RunError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(matrix.jobs)
        .build()
        .map_err(|error| RunErrorKind::Pool(error.to_string()))?;
    let each = |scenario: &Scenario| match cancel.load(Ordering::Relaxed) {
        true => Ok(None),
        false => {
            let verified = one(matrix, out, scenario, mutate, cancel)?;
            Ok(Some(verified).filter(|_| !cancel.load(Ordering::Relaxed)))
        }
    };
    let verified: Result<Vec<Option<Verified>>, RunError> =
        pool.install(|| scenarios.par_iter().map(each).collect());
    Ok(verified?.into_iter().flatten().collect())
}

fn one(
    matrix: &Matrix,
    out: &OutDir,
    scenario: &Scenario,
    mutate: bool,
    cancel: &AtomicBool,
) -> Result<Verified, RunError> {
    let mut verified = Verified {
        scenario: scenario.name.clone(),
        findings: Vec::new(),
        checks: scenario.file.checks.len(),
        mutations: 0,
        skipped: None,
    };
    let found = match scenario::resolve(&scenario.file.requires, &matrix.host.path) {
        Ok(found) => found,
        Err(broken) if broken.is_present() => return Err(harness(scenario, &broken)),
        Err(missing) => {
            verified.skipped = Some(missing.to_string());
            return Ok(verified);
        }
    };
    let (variant, settings) = load_variant(scenario, "base")?;
    let effective = Effective::new(scenario, &variant, &settings);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| harness(scenario, &error))?;
    match runtime.block_on(trees(matrix, scenario, &effective, &found)) {
        Ok(findings) => verified.findings.extend(findings),
        Err(error) => verified.findings.push(unusable(scenario, &error)?),
    }
    let Some(path) = &scenario.script else { return Ok(verified) };
    let script = Script::load(path)?;
    script.check_against(scenario)?;
    let text = std::fs::read_to_string(path).unwrap_or_default();
    verified.findings.extend(scenario::literal_facts(scenario, &text));
    verified.findings.extend(scenario::parallel_writes(&scenario.name, &script));
    if mutate && scenario.file.expect_fail.is_none() {
        for (number, (name, mutated)) in scenario::mutations(&script).into_iter().enumerate() {
            verified.mutations += 1;
            let variant = format!("without {name}");
            let key = RunKey::builtin(&scenario.name, &variant, number as u32 + 1);
            let spec = RunSpec {
                key,
                scenario: Arc::new(scenario.clone()),
                effective: Arc::new(effective.clone()),
                subject: Subject::Builtin,
                source: Source::Script(Arc::new(mutated)),
                seed: 0,
            };
            let report = run_one(&spec, matrix, out, cancel)?;
            if report.verdict == Verdict::Error {
                return Err(harness(scenario, &report.reason.unwrap_or_default()));
            }
            if report.verdict == Verdict::Pass {
                let expected = "some check fails without this step";
                let place = format!("step {name}");
                let what = "dropping what it does goes unnoticed";
                let found = "all checks pass";
                verified.findings.push(finding(scenario, &place, what, expected, found));
            }
        }
    }
    Ok(verified)
}

/// Checks on the untouched seed, then on the solution.
async fn trees(
    matrix: &Matrix,
    scenario: &Scenario,
    effective: &Effective,
    found: &[Found],
) -> Result<Vec<Finding>, WorkspaceError> {
    let spec = SandboxSpec {
        mode: matrix.host.sandbox,
        programs: found.iter().filter_map(|found| found.program.clone()).collect(),
        env: Vec::new(),
        limits: Default::default(),
        scratch: matrix.host.scratch.clone(),
        listen: None,
    };
    let sandbox = Sandbox::start(&matrix.host.helper, &spec).await?;
    scenario::probe(&sandbox, found).await??;
    let host = &matrix.host;
    let workshop = Workshop { helper: &host.helper, spec: &spec, found, cache: &host.cache };
    let differs = scenario::setup_differs(&sandbox, scenario, effective, &workshop).await?;
    let seeded = scenario::fill(&sandbox, scenario, effective, &workshop).await?;
    let evidence = Evidence { seed: seeded.entries, ..Evidence::default() };
    let seed = scenario::observe(&sandbox, scenario, &evidence).await?;
    let mut findings: Vec<Finding> = unsteady(scenario, &differs).into_iter().collect();
    findings.extend(scenario::verify_on_seed(scenario, &seed));
    scenario::apply_solution(&sandbox, scenario).await?;
    let solved = scenario::observe(&sandbox, scenario, &evidence).await?;
    findings.extend(scenario::verify_solution(scenario, &solved));
    sandbox.stop().await?;
    Ok(findings)
}

/// So many paths of a setup that varies are shown.
const SHOWN: usize = 5;

/// What is wrong with a setup whose two executions leave these paths different.
fn unsteady(scenario: &Scenario, differs: &[String]) -> Option<Finding> {
    let mut found = differs.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    if differs.len() > SHOWN {
        found.push_str(&format!("\nand {} more", differs.len() - SHOWN));
    }
    let what = "two executions leave different files: no two machines would run the same scenario";
    let expected = "the same files, whenever and wherever it is run";
    (!differs.is_empty()).then(|| finding(scenario, "setup", what, expected, &found))
}

/// A failure of this machine, which says nothing about the scenario.
fn harness(scenario: &Scenario, error: &dyn std::fmt::Display) -> RunError {
    let (scenario, error) = (scenario.name.clone(), error.to_string());
    RunErrorKind::Harness { scenario, error }.into()
}

/// What keeps a workspace from being made of the scenario's files; the error is the machine's.
fn unusable(scenario: &Scenario, error: &WorkspaceError) -> Result<Finding, RunError> {
    let text = error.to_string();
    match error.kind() {
        WorkspaceErrorKind::Sandbox(_)
        | WorkspaceErrorKind::Program(_)
        | WorkspaceErrorKind::Cache(_) => Err(harness(scenario, error)),
        WorkspaceErrorKind::NoSolution => {
            let expected =
                "a patch that `git apply` puts on the seed, after which every check holds";
            Ok(finding(scenario, "solution.patch", "there is none", expected, ""))
        }
        _ => Ok(finding(scenario, "workspace", "cannot be made", "", &text)),
    }
}

fn finding(scenario: &Scenario, place: &str, what: &str, expected: &str, found: &str) -> Finding {
    Finding {
        scenario: scenario.name.clone(),
        place: place.to_owned(),
        what: what.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}
