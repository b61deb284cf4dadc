//! What must hold in a `scenario.yaml` beyond its types. The first objection is reported, at its
//! place.

use super::paths::{is_name, variant_file};
use super::rules::{Checked, exactly_one, folder, pattern, retention, tools, unique};
use super::seed::SeedFile;
use super::yaml::Problem;
use super::{Fact, Recover, ScenarioFile, TimelineEntry};
use std::path::Path;

pub(super) fn scenario(
    file: &ScenarioFile,
    seed: &[SeedFile],
    dir: &Path,
    base: Option<&Path>,
) -> Checked {
    if !is_date(&file.date) {
        let what = format!("`{}` is not a date", file.date);
        return Err(Problem::new("date", what).help("write it as YYYY-MM-DD"));
    }
    folder("folder", &file.folder)?;
    let start = super::paths::tidy(&file.folder);
    if !start.is_empty() && !seed.iter().any(|file| file.path.starts_with(&format!("{start}/"))) {
        let what = format!("the folder `{}` is not in the seed", file.folder);
        return Err(Problem::new("folder", what));
    }
    writable("permissions", &file.permissions.writable)?;
    if let Some(i) = file.setup.iter().position(|cmd| cmd.trim().is_empty()) {
        return Err(Problem::new(format!("setup/{i}"), "the command is empty"));
    }
    for (i, skill) in file.skills.iter().enumerate() {
        folder(&format!("skills/{i}/file"), &skill.file)?;
    }
    messages(file)?;
    timeline(&file.timeline, file)?;
    tools("tools", file.tools.as_deref())?;
    facts(&file.facts)?;
    super::validate_checks::checks(&file.checks)?;
    for (i, volatile) in file.volatile.iter().enumerate() {
        pattern(format!("volatile/{i}/pattern"), &volatile.pattern)?;
    }
    retention("retention", file.retention.as_ref(), &file.facts)?;
    variants(file, dir, base)
}

/// `YYYY-MM-DD`, a day that exists.
fn is_date(text: &str) -> bool {
    let digits = |part: &str, len: usize| {
        (part.len() == len && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    // The virtual clock counts from 1970.
    year >= 1970 && (1..=days).contains(&day)
}

fn writable(pointer: &str, folders: &[String]) -> Checked {
    for (i, path) in folders.iter().enumerate() {
        if !path.starts_with('/') || path.split('/').any(|part| part == "..") {
            let what = format!("`{path}` is not an absolute path inside the sandbox");
            return Err(Problem::new(format!("{pointer}/writable/{i}"), what));
        }
    }
    Ok(())
}

fn messages(file: &ScenarioFile) -> Checked {
    if file.messages.is_empty() {
        return Err(Problem::new("messages", "there is no message: the agent has nothing to do"));
    }
    match file.messages.iter().position(|message| message.text.trim().is_empty()) {
        Some(i) => Err(Problem::new(format!("messages/{i}/text"), "the message is empty")),
        None => Ok(()),
    }
}

/// The timeline of a scenario or variant.
pub(super) fn timeline(entries: &[TimelineEntry], file: &ScenarioFile) -> Checked {
    let each = |(i, entry)| happens(&format!("timeline/{i}"), entry, file.messages.len());
    entries.iter().enumerate().try_for_each(each)
}

fn happens(at: &str, entry: &TimelineEntry, turns: usize) -> Checked {
    if entry.turn == 0 || entry.turn as usize > turns {
        let what = format!("there is no turn {}: the scenario has {turns}", entry.turn);
        return Err(Problem::new(format!("{at}/turn"), what).help("turns count from 1"));
    }
    let given = [
        ("set_folder", entry.set_folder.is_some()),
        ("set_permissions", entry.set_permissions.is_some()),
        ("set_model", entry.set_model.is_some()),
        ("set_effort", entry.set_effort.is_some()),
        ("set_tools", entry.set_tools.is_some()),
        ("edit", entry.edit.is_some()),
        ("restart_server", entry.restart_server),
    ];
    exactly_one(at, "action", &given)?;
    if let Some(path) = &entry.set_folder {
        folder(&format!("{at}/set_folder"), path)?;
    }
    if let Some(permissions) = &entry.set_permissions {
        writable(&format!("{at}/set_permissions"), &permissions.writable)?;
    }
    tools(&format!("{at}/set_tools"), entry.set_tools.as_deref())?;
    match &entry.edit {
        Some(edit) => folder(&format!("{at}/edit/path"), &edit.path),
        None => Ok(()),
    }
}

fn facts(facts: &[Fact]) -> Checked {
    unique("facts", "id", facts.iter().map(|fact| fact.id.as_str()))?;
    for (i, fact) in facts.iter().enumerate() {
        let at = |key: &str| format!("facts/{i}/{key}");
        if fact.value.trim().is_empty() {
            return Err(Problem::new(at("value"), "the value is empty"));
        }
        for (key, texts) in
            [("forms", &fact.forms), ("tokens", &fact.tokens), ("superseded", &fact.superseded)]
        {
            if texts.iter().any(|text| text.trim().is_empty()) {
                return Err(Problem::new(at(key), "an empty text is visible everywhere"));
            }
        }
        if fact.forms.is_empty() {
            return Err(Problem::new(at("forms"), "a fact needs at least one form")
                .help("a form is a text in which the fact counts as visible"));
        }
        match (fact.recover, &fact.answer) {
            (Recover::User, None) => {
                return Err(Problem::new(at("recover"), "`recover: user` needs an `answer`")
                    .help("write in `answer` what the user says when asked"));
            }
            (Recover::None | Recover::Env, Some(_)) => {
                let what = "an `answer` is only given with `recover: user`";
                return Err(Problem::new(at("answer"), what));
            }
            _ => {}
        }
    }
    Ok(())
}

fn variants(file: &ScenarioFile, dir: &Path, base: Option<&Path>) -> Checked {
    for name in file.variants.keys() {
        let at = format!("variants/{name}");
        if !is_name(name) {
            return Err(Problem::new(at, format!("`{name}` cannot be the name of a variant")));
        }
        if name != "base" && variant_file(dir, base, name).is_none() {
            let what = format!("there is no `variants/{name}.yaml`");
            return Err(Problem::new(at, what)
                .help("it belongs beside scenario.yaml, or beside the scenario's folder"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_that_exist() {
        for good in ["2026-01-15", "2024-02-29", "2000-02-29", "1970-01-01"] {
            assert!(is_date(good), "{good}");
        }
        for bad in
            ["2026-1-15", "2025-02-29", "1900-02-29", "2026-13-01", "2026-04-31", "2026-01-00", "x"]
        {
            assert!(!is_date(bad), "{bad}");
        }
    }
}
