//! What a live matrix would send: the first request of each run, made by the agent itself in its
//! sandbox, and answered by nobody.

use super::pool::{Progress, execute};
use super::{Matrix, OutDir, RunError, RunReport, RunSpec, Source};
use crate::cache::{Prices, render};
use crate::recording::journal::{RunKey, read_run};
use crate::server::{Answer, Ask, Declined, Model};
use crate::wire::{ApiError, Raw, Usage};
use std::sync::atomic::AtomicBool;

/// A model that answers nothing.
#[derive(Debug)]
pub(super) struct Silent;

impl Model for Silent {
    fn answer(&self, _: &Ask<'_>) -> Result<Answer, Declined> {
        Err(ApiError::invalid("dry_run", "unreel: a dry run answers nothing").into())
    }
}

/// What a run would begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The run; each of its trials begins alike.
    pub run: RunKey,
    /// Its first request; `None` if it sends none.
    pub first: Option<First>,
    /// Why it sends none.
    pub reason: Option<String>,
}

/// A first request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// The model that is asked.
    pub model: String,
    /// Bytes of its body.
    pub bytes: u64,
    /// Its tokens, by our own count.
    pub tokens: u64,
    /// What its prompt costs where nothing of it is cached, in billionths of a dollar; `None` without
    /// a price.
    pub money: Option<u64>,
    /// Names of the tools that it offers.
    pub tools: Vec<String>,
}

/// Lets each agent begin, once for all trials, and tells what it would send first.
///
/// # Errors
/// No run comes about, or its journal cannot be read.
pub fn plan(
    specs: &[RunSpec],
    matrix: &Matrix,
    out: &OutDir,
    prices: &Prices,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Vec<Plan>, RunError> {
    let firsts = specs.iter().filter(|spec| spec.key.trial == 1);
    let dry: Vec<RunSpec> =
        firsts.map(|spec| RunSpec { source: Source::Dry, ..spec.clone() }).collect();
    let reports = execute(matrix, out, &dry, progress, cancel)?;
    reports.into_iter().map(|report| begun(report, out, prices)).collect()
}

fn begun(report: RunReport, out: &OutDir, prices: &Prices) -> Result<Plan, RunError> {
    let log = read_run(out.path(), &report.key.to_string())?;
    let exchanges = log.into_iter().flat_map(|log| log.exchanges);
    // What the agent asks aside (a title, say) may come before. Nobody placed it in a thread, and it
    // offers no tools.
    let first =
        exchanges.min_by_key(|exchange| (exchange.request.tools().is_empty(), exchange.seq));
    let first = first.map(|exchange| {
        let request = &exchange.request;
        let model = request.text_field("model").unwrap_or_default();
        let tokens = render(request).iter().map(|segment| segment.tokens).sum();
        let money = prices.cost(&model, &Usage::new(tokens, 0, 0, 0, 0));
        let tools = request.tools().iter().map(tool).collect();
        First { model, bytes: exchange.wire_bytes, tokens, money, tools }
    });
    let reason = report.reason.filter(|_| first.is_none());
    Ok(Plan { run: report.key, first, reason })
}

/// A tool's name, or its kind where it has none.
fn tool(raw: &Raw) -> String {
    let item = raw.item();
    item.str("name").or(item.str("type")).unwrap_or_default().to_owned()
}
