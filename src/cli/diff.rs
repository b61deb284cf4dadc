//! `unreel diff`

use super::format::PageFormat;
use super::prices::prices;
use super::source::{Found, NoSource, Source, find, is_meant, no_such_run, one_run, runs};
use super::{Exit, console};
use crate::measure::compare::{ReportDiff, SideOf, compare, compare_reports};
use crate::measure::paired::{Arms, Row, compare_arms};
use crate::recording::journal::{RunKey, RunLog};
use crate::report::{
    Paint, arms_markdown, arms_text, comparison_markdown, comparison_text, cost_markdown,
    cost_text, quoted, reports_markdown, reports_text,
};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "exit codes: 0 equal · 1 different · 2 wrong command line or file")]
pub(super) struct DiffArgs {
    /// The older side: a recording, a folder of results, or one of its runs/RUN
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The newer side; without it, two variants in A are compared, trial by trial
    #[arg(value_name = "B")]
    b: Option<PathBuf>,
    /// The two variants, the older first; of two folders, that of A and that of B [default: the two
    /// that A holds; of two folders each with itself]
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with = "run")]
    variant: Vec<String>,
    /// Which run of folders of results [default: all; beside a recording, that of its scenario]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// A price list of your own, in the shape of the one that comes along
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// What the two variants, or folders of results, cost, instead of how often they succeed
    #[arg(long, conflicts_with = "run")]
    cost: bool,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: PageFormat,
}

/// Compares.
pub(super) fn diff(args: &DiffArgs) -> Exit {
    match compared(args) {
        Ok((text, equal)) => {
            console::out(&text);
            if equal { Exit::Good } else { Exit::Failed }
        }
        Err(error) => {
            console::error(&error);
            Exit::Usage
        }
    }
}

fn compared(args: &DiffArgs) -> Result<(String, bool), NoSource> {
    let paint = Paint::new(console::is_colourful());
    let a = find(&args.a)?;
    let Some(path_b) = &args.b else {
        return Ok(shown_arms(&within(args, &a)?, args, paint));
    };
    let b = find(path_b)?;
    if let (Found::Report(one), Found::Report(two), None) = (&a, &b, &args.run) {
        let (one_runs, two_runs) = (runs(one, |_| true)?, runs(two, |_| true)?);
        // Several trials are drawn, not replayed: rates are compared, not single runs.
        let drawn =
            [&one_runs, &two_runs].iter().all(|(keys, _)| keys.iter().any(|key| key.trial > 1));
        if args.cost || drawn || !args.variant.is_empty() {
            let arms = between(args, [one, two], [&one_runs.1, &two_runs.1])?;
            return Ok(shown_arms(&arms, args, paint));
        }
        let whole = reports(one, two)?;
        // One run each is a comparison of two runs, whatever their variants.
        let count = |only: &[String]| whole.runs.len() + only.len();
        if count(&whole.only_a) != 1 || count(&whole.only_b) != 1 {
            let again = format!("unreel diff {} {}", word(&args.a), word(path_b));
            let text = match args.format {
                PageFormat::Text => reports_text(&whole, &again, paint),
                PageFormat::Json => console::json(&whole),
                PageFormat::Markdown => reports_markdown(&whole),
            };
            return Ok((text, whole.equal));
        }
    }
    for (name, said) in [("--cost", args.cost), ("--variant", !args.variant.is_empty())] {
        if said {
            return Err(NoSource::new(
                format!("{name} tells of folders of results"),
                format!(
                    "name one folder that holds two variants, or two folders; or leave {name} away"
                ),
            ));
        }
    }
    let said = args.run.as_deref();
    let one = side(&args.a, &a, said, &b)?;
    let two = side(path_b, &b, said, &a)?;
    let comparison = compare(
        SideOf { about: &one.about, log: &one.log },
        SideOf { about: &two.about, log: &two.log },
    );
    let text = match args.format {
        PageFormat::Text => comparison_text(&comparison, paint),
        PageFormat::Json => console::json(&comparison),
        PageFormat::Markdown => comparison_markdown(&comparison),
    };
    Ok((text, comparison.equal))
}

/// The trials of two variants in one folder.
fn within(args: &DiffArgs, found: &Found) -> Result<Arms, NoSource> {
    let Found::Report(out) = found else {
        return Err(NoSource::new(
            format!("{}: there is nothing to compare it with", args.a.display()),
            "name a second recording or run, or a folder of results that holds two variants",
        ));
    };
    let (_, logs) = runs(out, |_| true)?;
    let variants = variants(&logs);
    let wanted: Vec<&str> = match args.variant.as_slice() {
        [] => variants.clone(),
        said => said.iter().map(String::as_str).collect(),
    };
    let known = wanted.iter().all(|name| variants.contains(name));
    let (&[a, b], true) = (wanted.as_slice(), known) else {
        return Err(NoSource::new(
            format!(
                "{}: two variants are compared, and it holds {}",
                out.display(),
                variants.join(", ")
            ),
            "say which: --variant A,B; or name a second folder of results",
        ));
    };
    Ok(compare_arms(&of(&logs, a), &of(&logs, b), &prices(args.prices.as_deref())?))
}

/// The trials of two folders: of each variant in both, or of one that was named in each.
fn between(
    args: &DiffArgs,
    [out_a, out_b]: [&Path; 2],
    [a, b]: [&[RunLog]; 2],
) -> Result<Arms, NoSource> {
    let prices = prices(args.prices.as_deref())?;
    let (have_a, have_b) = (variants(a), variants(b));
    let held = || {
        let (one, two) = (have_a.join(", "), have_b.join(", "));
        format!("{} holds {one}; {} holds {two}", out_a.display(), out_b.display())
    };
    let say = "say one of each: --variant A,B";
    match args.variant.as_slice() {
        [] => {
            let (all_a, all_b): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
            let arms = compare_arms(&all_a, &all_b, &prices);
            let several = have_a.len() > 1 || have_b.len() > 1;
            if arms.rows.is_empty() && several && !have_a.iter().any(|name| have_b.contains(name)) {
                return Err(NoSource::new(format!("no variant in both: {}", held()), say));
            }
            Ok(arms)
        }
        [one, two] if have_a.contains(&one.as_str()) && have_b.contains(&two.as_str()) => {
            Ok(compare_arms(&of(a, one), &of(b, two), &prices))
        }
        _ => Err(NoSource::new(format!("no such two variants: {}", held()), say)),
    }
}

/// Names of the variants, as they come.
fn variants(logs: &[RunLog]) -> Vec<&str> {
    let mut variants: Vec<&str> = Vec::new();
    for log in logs {
        let name = log.started.run.variant.as_str();
        if !variants.contains(&name) {
            variants.push(name);
        }
    }
    variants
}

/// The trials of a variant.
fn of<'a>(logs: &'a [RunLog], variant: &str) -> Vec<&'a RunLog> {
    logs.iter().filter(|log| log.started.run.variant == variant).collect()
}

fn shown_arms(arms: &Arms, args: &DiffArgs, paint: Paint) -> (String, bool) {
    let text = match (args.format, args.cost) {
        (PageFormat::Text, false) => arms_text(arms, paint),
        (PageFormat::Text, true) => cost_text(arms, paint),
        (PageFormat::Json, _) => console::json(arms),
        (PageFormat::Markdown, false) => arms_markdown(arms),
        (PageFormat::Markdown, true) => cost_markdown(arms),
    };
    let same = |row: &Row| if args.cost { row.costs_the_same() } else { row.delta == 0.0 };
    (text, arms.rows.iter().all(same) && arms.unpaired.is_empty())
}

fn word(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// One side: of a folder the run that was named, or that of the recording on the other side.
fn side(path: &Path, found: &Found, said: Option<&str>, other: &Found) -> Result<Source, NoSource> {
    match (found, said, other) {
        (Found::Recording(recording), ..) => Ok(Source::of_recording(path, recording)),
        (Found::Run(out, name), ..) => one_run(out, Some(name)),
        (Found::Report(out), None, Found::Recording(recording)) => {
            let header = &recording.header;
            let agent = header.agent.split(' ').next().unwrap_or_default();
            like(out, |key| {
                (key.scenario == header.scenario && key.variant == header.variant)
                    && key.agent == agent
            })
        }
        (Found::Report(out), None, Found::Run(_, name)) => like(out, |key| is_meant(key, name)),
        (Found::Report(out), said, _) => one_run(out, said),
    }
}

/// The run of a folder that is like the other side, or the only one that it has.
fn like(out: &Path, wanted: impl Fn(&RunKey) -> bool) -> Result<Source, NoSource> {
    let (keys, mut logs) = runs(out, |key| wanted(key))?;
    match (logs.len(), keys.as_slice()) {
        (1, _) => Ok(Source::of_run(logs.remove(0))),
        (0, [_]) => one_run(out, None),
        _ => Err(no_such_run(out, &keys, None)),
    }
}

/// All runs of two folders.
fn reports(a: &Path, b: &Path) -> Result<ReportDiff, NoSource> {
    let all = |out: &Path| -> Result<Vec<Source>, NoSource> {
        let (keys, logs) = runs(out, |_| true)?;
        match keys.is_empty() {
            true => Err(no_such_run(out, &keys, None)),
            false => Ok(logs.into_iter().map(Source::of_run).collect()),
        }
    };
    let (one, two) = (all(a)?, all(b)?);
    Ok(compare_reports(&keyed(&one), &keyed(&two)))
}

fn keyed<'a>(sources: &'a [Source]) -> Vec<(RunKey, SideOf<'a>)> {
    let one = |source: &'a Source| {
        (source.log.started.run.clone(), SideOf { about: &source.about, log: &source.log })
    };
    sources.iter().map(one).collect()
}
