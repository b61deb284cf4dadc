//! What differs from run to run in the requests of an agent, although nothing changed.
//!
//! The agent follows a script twice, with what its rules know of already replaced. Whatever still
//! differs is volatile: rules are proposed for it.

use super::pool::{Progress, execute};
use super::{Matrix, OutDir, RunError, RunReport, RunSpec, Subject};
use crate::recording::journal::{Verdict, read_run};
use crate::recording::volatile::{Proposal, propose};
use crate::wire::Request;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The second run begins so much later, for times that are told in seconds to differ.
const GAP: Duration = Duration::from_millis(1_100);

/// What two runs came to.
#[derive(Clone, Debug)]
pub struct Learned {
    /// The runs that were done: both, unless one did not end well.
    pub reports: Vec<RunReport>,
    /// Requests of the first.
    pub requests: usize,
    /// What differs.
    pub proposal: Proposal,
}

/// Does a run twice, one after the other, each into a folder of its own. The second is left out if
/// the first did not pass.
///
/// # Errors
/// No run comes about, or its journal cannot be read.
pub fn learn(
    spec: &RunSpec,
    matrix: &Matrix,
    outs: [&OutDir; 2],
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Learned, RunError> {
    let mut reports = Vec::new();
    let mut seen: Vec<Vec<Request>> = Vec::new();
    for out in outs {
        if !seen.is_empty() {
            std::thread::sleep(GAP);
        }
        let specs = std::slice::from_ref(spec);
        reports.extend(execute(matrix, out, specs, progress, cancel)?);
        let passed = reports.last().is_some_and(|report| report.verdict == Verdict::Pass);
        if !passed || cancel.load(Ordering::Relaxed) {
            break;
        }
        let log = read_run(out.path(), &spec.key.to_string())?;
        let exchanges = log.into_iter().flat_map(|log| log.exchanges);
        seen.push(exchanges.map(|exchange| exchange.request).collect());
    }
    let requests = seen.first().map_or(0, Vec::len);
    let mut proposal = match seen.as_slice() {
        [one, two] => propose(one, two),
        _ => Proposal::default(),
    };
    if let Subject::External(agent) = &spec.subject {
        let taken: Vec<&str> =
            agent.file.volatile.rules.iter().map(|rule| rule.name.as_str()).collect();
        for rule in &mut proposal.rules {
            let name = rule.name.clone();
            let mut number = 2;
            while taken.contains(&rule.name.as_str()) {
                rule.name = format!("{name} ({number})");
                number += 1;
            }
        }
    }
    Ok(Learned { reports, requests, proposal })
}
