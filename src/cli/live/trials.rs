//! `unreel run --live`: trials of scenarios and variants with a live model, each recorded.

use super::{Wrong, dry, endpoint, key, told};
use crate::cache::Prices;
use crate::cli::args::RunArgs;
use crate::cli::progress::Shown;
use crate::cli::project::Project;
use crate::cli::{Exit, console, interrupt, options, report};
use crate::recording::journal::Verdict;
use crate::report::{Used, trials_closing};
use crate::run::{
    Allowance, Limits, Live, OutDir, RunError, RunReport, RunSpec, Source, Subject, execute, expand,
};
use crate::scenario::Scenario;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Runs the matrix with a live model.
pub(in crate::cli) fn run(args: &RunArgs, url: &str) -> Result<Exit, RunError> {
    told(all(args, url))
}

fn all(args: &RunArgs, url: &str) -> Result<Exit, Wrong> {
    let (start, live) = (Instant::now(), &args.live);
    let prices = match &live.prices {
        Some(path) => Prices::read(path),
        None => Prices::shipped(),
    };
    let prices = prices.map_err(RunError::from)?;
    // A dry run uses no key, so it needs none.
    let name = live.key_env.as_deref().filter(|_| !live.dry_run);
    let upstream = endpoint(url, live.upstream_ca.as_deref(), name.map(key).transpose()?)?;
    let project = Project::here()?;
    let mut scenarios = options::scenarios(&project, &args.common)?;
    let mut subjects = options::subjects(&project, &args.agent, args.agent_path.as_deref())?;
    options::ask_for(args.model.as_deref(), &mut scenarios, &mut subjects);
    let limits = Limits { requests: live.max_requests, spend: live.max_spend };
    let allowance = Arc::new(Allowance::new(limits, prices));
    let model = Live { upstream, allowance: Some(Arc::clone(&allowance)) };
    let source = |_: &Scenario, _: &str, _: &Subject| Ok(Source::Live(model.clone()));
    let specs = expand(scenarios, &args.variant, &subjects, args.trials, args.seed, source)?;
    if live.max_spend.is_some() {
        priced(&specs, allowance.prices())?;
    }
    let mut matrix = options::matrix(&args.common, args.seed, args.trials, true)?;
    if args.common.jobs.is_none() {
        // Providers limit rates; who knows theirs may ask for more.
        matrix.jobs = 1;
    }
    if live.dry_run {
        return dry::run(args, &specs, &matrix, &model.upstream.name(), allowance.prices());
    }
    matrix.keep = true;
    let out = OutDir::prepare(&project.report(args.out.as_deref()))?;
    let (cancel, shown) = (interrupt::flag(), Shown::new(specs.len()));
    let reports = execute(&matrix, &out, &specs, &shown, &cancel)?;
    shown.clear();
    options::name_missing(&reports);
    let wall = format!("{:.1} s", start.elapsed().as_secs_f64());
    let exit = report::of(out.path(), args.all, &wall);
    let spent = allowance.spent();
    let used = Used {
        requests: spent.requests,
        money: spent.money,
        unpriced: spent.unpriced.as_deref(),
        prices: &allowance.prices().date,
    };
    let mut kept: Vec<&RunReport> =
        reports.iter().filter(|report| out.recording(&report.key).exists()).collect();
    kept.sort_by_key(|report| report.verdict != Verdict::Pass);
    let kept: Vec<_> = kept.iter().map(|report| &report.key).collect();
    console::out(&trials_closing(&out.path().display().to_string(), &kept, &used));
    Ok(if cancel.load(Ordering::Relaxed) { Exit::Interrupted } else { exit })
}

/// Refuses to watch over money that nobody can count.
fn priced(specs: &[RunSpec], prices: &Prices) -> Result<(), Wrong> {
    for spec in specs {
        let file = &spec.scenario.file;
        let timeline = spec.effective.timeline(&spec.scenario);
        let later = timeline.iter().filter_map(|entry| entry.set_model.as_deref());
        let first = spec.subject.model(&file.model);
        let mut models = [first].into_iter().chain(later);
        if let Some(model) = models.find(|model| !prices.knows(model)) {
            return Err(Wrong::Usage(format!(
                "--max-spend: {} asks for the model {model}, which is not in the price list of {}\n\
                 help: add --prices FILE with its price (docs/formats.md has the shape), ask for \
                 another with --model, or limit --max-requests instead",
                spec.key.scenario, prices.date
            )));
        }
    }
    Ok(())
}
