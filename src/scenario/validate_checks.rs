//! What must hold of the checks: one kind each, patterns that compile, and a statement of how the
//! check fails on the untouched seed.

use super::rules::{Checked, exactly_one, folder, pattern, unique};
use super::yaml::Problem;
use super::{Check, OutputExpect};

pub(super) fn checks(checks: &[Check]) -> Checked {
    if checks.is_empty() {
        return Err(Problem::new("checks", "there is no check: nothing decides success"));
    }
    unique("checks", "name", checks.iter().map(|check| check.name.as_str()))?;
    checks.iter().enumerate().try_for_each(|(i, one)| check(&format!("checks/{i}"), one))
}

fn check(at: &str, check: &Check) -> Checked {
    let given = [
        ("run", check.run.is_some()),
        ("file", check.file.is_some()),
        ("tree", check.tree.is_some()),
        ("forbidden", check.forbidden.is_some()),
    ];
    exactly_one(at, "kind of check", &given)?;
    if let Some(run) = &check.run {
        output(&format!("{at}/run/output"), &run.output)?;
        if run.seconds == 0 {
            return Err(Problem::new(format!("{at}/run/seconds"), "a budget of 0 seconds"));
        }
    }
    if let Some(file) = &check.file {
        folder(&format!("{at}/file/path"), &file.path)?;
        output(&format!("{at}/file/text"), &file.text)?;
        if file.absent && (file.text != OutputExpect::default() || file.executable.is_some()) {
            let what = "a file that must be absent cannot have text or mode";
            return Err(Problem::new(format!("{at}/file/absent"), what));
        }
    }
    if let Some(forbidden) = &check.forbidden {
        if forbidden.commands.is_empty() && forbidden.paths.is_empty() {
            return Err(Problem::new(format!("{at}/forbidden"), "nothing is forbidden")
                .help("give `commands` (patterns) or `paths` (globs)"));
        }
        for (i, text) in forbidden.commands.iter().enumerate() {
            pattern(format!("{at}/forbidden/commands/{i}"), text)?;
        }
    }
    on_seed(at, check)
}

fn output(at: &str, expect: &OutputExpect) -> Checked {
    match &expect.matches {
        Some(text) => pattern(format!("{at}/matches"), text),
        None => Ok(()),
    }
}

fn on_seed(at: &str, check: &Check) -> Checked {
    let seed = &check.on_seed;
    let wrong = |key: &str, what: &str| Err(Problem::new(format!("{at}/on_seed/{key}"), what));
    let says_how = seed.exit.is_some() || seed.contains.is_some() || seed.missing;
    if seed.holds {
        return if says_how { wrong("holds", "it holds, yet says how it fails") } else { Ok(()) };
    }
    if check.run.is_none() && check.file.is_none() {
        return Err(Problem::new(format!("{at}/on_seed"), "a guard holds on the seed")
            .help("write `on_seed: {holds: true}`"));
    }
    if !says_how {
        return Err(Problem::new(format!("{at}/on_seed"), "it does not say how the check fails")
            .help("give `exit`, `contains` or `missing`, or `holds: true` for a guard"));
    }
    if seed.exit.is_some() && check.run.is_none() {
        return wrong("exit", "only a command has an exit code");
    }
    if seed.missing && check.file.is_none() {
        return wrong("missing", "only a file can be missing");
    }
    if seed.missing && seed.contains.is_some() {
        return wrong("contains", "a file that is missing contains nothing");
    }
    Ok(())
}
