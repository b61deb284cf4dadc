//! Rules that several files of a scenario share; each objects at its place.

use super::paths::outside;
use super::yaml::Problem;
use super::{Fact, Retention, TOOLS};
use regex::Regex;
use std::collections::BTreeSet;

/// All well, or the first objection.
pub(super) type Checked = Result<(), Problem>;

pub(super) fn folder(pointer: &str, path: &str) -> Checked {
    match outside(path) {
        Some(why) => Err(Problem::new(pointer, format!("`{path}`: {why}"))),
        None => Ok(()),
    }
}

pub(super) fn exactly_one(at: &str, what: &str, given: &[(&str, bool)]) -> Checked {
    let names = |all: bool| {
        let picked = given.iter().filter(|(_, on)| all || *on).map(|(name, _)| format!("`{name}`"));
        picked.collect::<Vec<_>>()
    };
    match names(false).as_slice() {
        [_] => Ok(()),
        [] => Err(Problem::new(at, format!("no {what}"))
            .help(format!("give one of {}", names(true).join(", ")))),
        several => Err(Problem::new(at, format!("{} in one entry", several.join(" and ")))
            .help(format!("exactly one {what}: make two entries"))),
    }
}

pub(super) fn unique<'a>(list: &str, key: &str, names: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = BTreeSet::new();
    for (i, name) in names.enumerate() {
        let at = format!("{list}/{i}/{key}");
        if name.trim().is_empty() {
            return Err(Problem::new(at, format!("the {key} is empty")));
        }
        if !seen.insert(name) {
            return Err(Problem::new(at, format!("the {key} `{name}` is taken")));
        }
    }
    Ok(())
}

/// Compiles, or objects in one line.
pub(super) fn pattern(pointer: impl Into<String>, text: &str) -> Checked {
    match Regex::new(text) {
        Ok(_) => Ok(()),
        Err(error) => {
            // The message draws the pattern over several lines; the last one says what is wrong.
            let message = error.to_string();
            let last = message.lines().last().unwrap_or_default();
            let why = last.trim().trim_start_matches("error: ");
            let help = r"in single quotes, with a backslash before a literal sign: 'f\(x\) \[1\]'";
            Err(Problem::new(pointer, format!("bad pattern `{text}`: {why}")).help(help))
        }
    }
}

/// The tools must be those of the built-in agent, each once.
pub(super) fn tools(at: &str, names: Option<&[String]>) -> Checked {
    let names = names.unwrap_or_default();
    for (i, name) in names.iter().enumerate() {
        let problem = |what: String| Problem::new(format!("{at}/{i}"), what);
        if !TOOLS.contains(&name.as_str()) {
            let help = super::error::suggest(name, &TOOLS);
            return Err(problem(format!("unknown tool `{name}`")).help(help));
        }
        if names[..i].contains(name) {
            return Err(problem(format!("the tool `{name}` stands twice")));
        }
    }
    Ok(())
}

/// The facts that a retention names must be there.
pub(super) fn retention(at: &str, retention: Option<&Retention>, facts: &[Fact]) -> Checked {
    let Some(Retention::Oracle { facts: ids }) = retention else { return Ok(()) };
    for (i, id) in ids.iter().enumerate() {
        known_fact(format!("{at}/oracle/facts/{i}"), id, facts)?;
    }
    Ok(())
}

/// The fact must be one of the scenario's.
pub(super) fn known_fact(pointer: String, id: &str, facts: &[Fact]) -> Checked {
    if facts.iter().any(|fact| fact.id == id) {
        return Ok(());
    }
    let ids: Vec<&str> = facts.iter().map(|fact| fact.id.as_str()).collect();
    let help = match ids.is_empty() {
        true => "the scenario plants no facts".into(),
        false => super::error::suggest(id, &ids),
    };
    Err(Problem::new(pointer, format!("unknown fact `{id}`")).help(help))
}
