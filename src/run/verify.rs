//! Whether scenarios can be trusted: the checks fail on the seed as stated and pass with the
//! solution, the script needs what it claims to need, and every effect of it is checked.

use super::pool::Matrix;
use super::{OutDir, RunError, RunSpec, Source, run_one};
use crate::recording::journal::{RunKey, Verdict};
use crate::sandbox::{Sandbox, SandboxError, SandboxSpec};
use crate::scenario::{
    Effective, Finding, Scenario, Script, checks, literal_facts, load_variant, mutations,
    parallel_writes, programs, verify_on_seed, verify_solution, workspace,
};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

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
pub fn verify(
    matrix: &Matrix,
    out: &OutDir,
    scenarios: Vec<Scenario>,
    mutate: bool,
) -> Result<Vec<Verified>, RunError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(matrix.jobs)
        .build()
        .map_err(|error| super::RunErrorKind::Pool(error.to_string()))?;
    let each = |scenario: &Scenario| one(matrix, out, scenario, mutate);
    pool.install(|| scenarios.par_iter().map(each).collect())
}

fn one(
    matrix: &Matrix,
    out: &OutDir,
    scenario: &Scenario,
    mutate: bool,
) -> Result<Verified, RunError> {
    let mut verified = Verified {
        scenario: scenario.name.clone(),
        findings: Vec::new(),
        checks: scenario.file.checks.len(),
        mutations: 0,
        skipped: None,
    };
    if let Err(missing) = programs::resolve(&scenario.file.requires, &matrix.host.path) {
        verified.skipped = Some(missing.to_string());
        return Ok(verified);
    }
    let (variant, settings) = load_variant(scenario, "base")?;
    let effective = Effective::of(scenario, &variant, &settings);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let trees = match runtime {
        Ok(runtime) => runtime.block_on(trees(matrix, scenario, &effective)),
        Err(error) => {
            let error = error.to_string();
            verified.findings.push(Finding::new(&scenario.name, "runtime", "starts", &error));
            return Ok(verified);
        }
    };
    match trees {
        Ok(findings) => verified.findings.extend(findings),
        Err(error) => {
            let error = error.to_string();
            verified.findings.push(Finding::new(&scenario.name, "sandbox", "works", &error));
        }
    }
    let Some(path) = &scenario.script else { return Ok(verified) };
    let script = Script::load(path)?;
    script.check_against(scenario)?;
    let text = std::fs::read_to_string(path).unwrap_or_default();
    verified.findings.extend(literal_facts(scenario, &text));
    verified.findings.extend(parallel_writes(scenario, &script));
    if mutate && scenario.file.expect_fail.is_none() {
        for (number, (name, mutated)) in mutations(&script).into_iter().enumerate() {
            verified.mutations += 1;
            let key = RunKey {
                scenario: scenario.name.clone(),
                variant: format!("without {name}"),
                trial: number as u32 + 1,
            };
            let spec = RunSpec {
                key,
                scenario: Arc::new(scenario.clone()),
                effective: Arc::new(effective.clone()),
                source: Source::Script(Arc::new(mutated)),
                seed: 0,
            };
            let report = run_one(&spec, matrix, out, &AtomicBool::new(false))?;
            if matches!(report.verdict, Verdict::Pass | Verdict::Error) {
                let expected = "some check fails without this step";
                let found = report.reason.unwrap_or_else(|| "all checks pass".to_owned());
                let what = format!("mutation of step {name}");
                verified.findings.push(Finding::new(&scenario.name, &what, expected, &found));
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
) -> Result<Vec<Finding>, SandboxError> {
    let found = programs::resolve(&scenario.file.requires, &matrix.host.path).unwrap_or_default();
    let spec = SandboxSpec {
        mode: matrix.host.sandbox,
        programs: found.iter().filter_map(|found| found.program.clone()).collect(),
        env: Vec::new(),
        limits: Default::default(),
        scratch: matrix.host.scratch.clone(),
    };
    let sandbox = Sandbox::start(&matrix.host.helper, &spec).await?;
    workspace::fill(&sandbox, scenario, effective).await?;
    let seed = checks::run_checks(&sandbox, scenario, &Default::default()).await?;
    let mut findings = verify_on_seed(scenario, &seed);
    findings.extend(checks::apply_solution(&sandbox, scenario).await?);
    let solved = checks::run_checks(&sandbox, scenario, &Default::default()).await?;
    findings.extend(verify_solution(scenario, &solved));
    sandbox.stop().await?;
    Ok(findings)
}
