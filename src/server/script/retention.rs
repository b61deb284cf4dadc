//! What the server's compaction keeps: a fixed function of what is visible, chosen before the run.

use crate::measure::{Channel, Sought, View, visibility};
use crate::scenario::{Fact, FactClass, Retention};

/// The text of a compaction: what a blob holds, or a summary says.
pub(super) fn keep(retention: &Retention, facts: &[Fact], view: &View) -> String {
    let mut known: Vec<&Fact> =
        facts.iter().filter(|fact| visibility(fact, view).survives()).collect();
    match retention {
        Retention::All => return all_text(view),
        Retention::Empty => known.clear(),
        Retention::Oracle { facts } => known.retain(|fact| facts.contains(&fact.id)),
        Retention::Structured { facts: cap } => {
            known.sort_by_key(|fact| (class_rank(fact.class), first_seen(fact, view)));
            known.truncate(*cap as usize);
        }
        Retention::Recency { facts: cap } => {
            known.sort_by_key(|fact| last_seen(fact, view));
            let surplus = known.len().saturating_sub(*cap as usize);
            known.drain(..surplus);
        }
    }
    let line = |fact: &&Fact| fact.forms.first().map(|form| format!("- {form}\n"));
    known.iter().filter_map(line).collect()
}

/// Everything the client does not send again by itself.
fn all_text(view: &View) -> String {
    let again = |channel: Channel| {
        matches!(channel, Channel::Instructions | Channel::Tools | Channel::Developer)
    };
    let leaves = view.leaves.iter().filter(|leaf| !again(leaf.channel));
    leaves.map(|leaf| format!("{}\n", leaf.text)).collect()
}

fn class_rank(class: FactClass) -> u8 {
    match class {
        FactClass::Constraint => 0,
        FactClass::Decision => 1,
        FactClass::Needle => 2,
        FactClass::Error => 3,
        FactClass::Path => 4,
        FactClass::Todo => 5,
        _ => 6,
    }
}

fn first_seen(fact: &Fact, view: &View) -> usize {
    let fact = Sought::new(fact);
    view.leaves.iter().position(|leaf| fact.in_leaf(leaf).survives()).unwrap_or(usize::MAX)
}

fn last_seen(fact: &Fact, view: &View) -> usize {
    let fact = Sought::new(fact);
    view.leaves.iter().rposition(|leaf| fact.in_leaf(leaf).survives()).unwrap_or(0)
}
