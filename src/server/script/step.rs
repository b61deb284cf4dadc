//! What a step does, given what is visible: its own actions, or the next of its fallbacks.

use crate::measure::{Sought, View, Visibility, visibility};
use crate::scenario::{Action, Bind, BindBy, Fact, Fallback, Step};
use indexmap::IndexMap;
use regex::Regex;

/// Each re-acquiring call is tried this often before the next fallback.
const REACQUIRE_TRIES: usize = 2;

/// What is answered.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) actions: Vec<Action>,
    /// Values for the placeholders.
    pub(super) values: IndexMap<String, String>,
    /// Whether the step is done with this.
    pub(super) done: bool,
    /// Fallbacks used so far, if it is not.
    pub(super) fallbacks: u32,
    /// For the log: empty, or `: reacquire cap`.
    pub(super) why: String,
}

/// Decides by what is visible in this very request.
pub(super) fn choose(step: &Step, used: u32, facts: &[Fact], view: &View) -> Choice {
    let mut missing: Vec<String> = Vec::new();
    for id in &step.requires {
        if !facts.iter().any(|fact| fact.id == *id && is_known(fact, view)) {
            missing.push(id.clone());
        }
    }
    let mut values = IndexMap::new();
    for (name, bind) in &step.bind {
        match bound(bind, facts, view) {
            Some(value) => {
                values.insert(name.clone(), value);
            }
            None => {
                let what = bind.fact.clone().unwrap_or_else(|| name.clone());
                if !missing.contains(&what) {
                    missing.push(what);
                }
            }
        }
    }
    if missing.is_empty() {
        let actions = step.actions.clone();
        return Choice { actions, values, done: true, fallbacks: 0, why: String::new() };
    }
    fallback(step, used, values, &missing.join(","))
}

/// A stale value counts as known: the wrong value then goes into the call, and the checks decide.
fn is_known(fact: &Fact, view: &View) -> bool {
    let seen = visibility(fact, view);
    seen.survives() || seen == Visibility::Stale
}

fn fallback(step: &Step, used: u32, mut values: IndexMap<String, String>, missing: &str) -> Choice {
    let mut ladder: Vec<&Fallback> = Vec::new();
    for fallback in &step.on_missing {
        let tries = if matches!(fallback, Fallback::Reacquire(_)) { REACQUIRE_TRIES } else { 1 };
        ladder.extend(std::iter::repeat_n(fallback, tries));
    }
    let next = |actions: Vec<Action>, values, what: &str| Choice {
        actions,
        values,
        done: false,
        fallbacks: used + 1,
        why: format!(": {what} {missing}"),
    };
    match ladder.get(used as usize) {
        Some(Fallback::Reacquire(action)) => next(vec![action.clone()], values, "reacquire"),
        Some(Fallback::Ask(question)) => next(vec![Action::Say(question.clone())], values, "ask"),
        Some(Fallback::Guess(guesses)) => {
            for (name, value) in guesses {
                values.entry(name.clone()).or_insert_with(|| value.clone());
            }
            let why = format!(": guess {missing}");
            Choice { actions: step.actions.clone(), values, done: true, fallbacks: 0, why }
        }
        Some(Fallback::Stop) | None => {
            let text = format!("I cannot go on: I no longer know {missing}.");
            Choice {
                actions: vec![Action::Say(text)],
                values,
                done: false,
                // Not counted: a later message may bring the fact back.
                fallbacks: used,
                why: format!(": stop, missing {missing}"),
            }
        }
    }
}

/// The value of a bind: the last match in item order, or the one of the highest role.
fn bound(bind: &Bind, facts: &[Fact], view: &View) -> Option<String> {
    let pattern = Regex::new(&bind.pattern).ok()?;
    let fact = match &bind.fact {
        Some(id) => Some(Sought::new(facts.iter().find(|fact| fact.id == *id)?)),
        None => None,
    };
    let mut best: Option<(u8, String)> = None;
    for leaf in &view.leaves {
        // A stale value counts: the last match then carries it into the call.
        let shows = |fact: &Sought| fact.in_leaf(leaf).survives() || fact.superseded_in_leaf(leaf);
        if fact.as_ref().is_some_and(|fact| !shows(fact)) {
            continue;
        }
        let Some(found) = pattern.captures_iter(&leaf.text).last() else { continue };
        let Some(value) = found.get(1).or_else(|| found.get(0)) else { continue };
        let better = match (bind.by, &best) {
            (BindBy::Rank, Some((rank, _))) => leaf.role_rank >= *rank,
            _ => true,
        };
        if better {
            best = Some((leaf.role_rank, value.as_str().to_owned()));
        }
    }
    best.map(|(_, value)| value)
}
