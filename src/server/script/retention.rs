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

#[cfg(test)]
mod tests {
    use super::keep;
    use crate::measure::View;
    use crate::scenario::{Fact, Retention};
    use crate::wire::Request;
    use serde_json::{Value, json};

    fn view(items: &[&str]) -> View {
        let said = |text: &&str| json!({"role": "user", "content": text});
        let input: Vec<Value> = items.iter().map(said).collect();
        let body = json!({"model": "m", "input": input}).to_string();
        View::of(&Request::parse(body.as_bytes()).unwrap())
    }

    /// Of each class one that is called like it, and a second constraint; in no order at all.
    fn facts() -> Vec<Fact> {
        let classes =
            ["preference", "todo", "path", "constraint", "artifact", "needle", "error", "decision"];
        let fact = |(id, class): (&str, &str)| {
            let fact = json!({"id": id, "class": class, "value": id,
                "forms": [format!("the {id}"), format!("that {id}")],
                "superseded": [format!("the old {id}")]});
            serde_json::from_value(fact).unwrap()
        };
        classes
            .iter()
            .map(|class| (*class, *class))
            .chain([("rule", "constraint")])
            .map(fact)
            .collect()
    }

    /// What is kept of these texts, as ids.
    fn kept(retention: &Retention, items: &[&str]) -> Vec<String> {
        let text = keep(retention, &facts(), &view(items));
        assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
        let id = |line: &str| line.strip_prefix("- the ").expect("a line per fact").to_owned();
        text.lines().map(id).collect()
    }

    const ALL: [&str; 4] = [
        "the preference, the rule, the todo, the path, the error, the artifact",
        "the needle, the decision",
        "the constraint",
        "the todo again",
    ];

    fn structured(facts: u32) -> Retention {
        Retention::Structured { facts }
    }

    fn recency(facts: u32) -> Retention {
        Retention::Recency { facts }
    }

    #[test]
    fn structured_goes_by_class_then_by_first_appearance() {
        let ranked = ["rule", "constraint", "decision", "needle", "error", "path", "todo"];
        // Classes without a rank come last; in one text the author's order decides.
        let rest = ["preference", "artifact"];
        assert_eq!(kept(&structured(99), &ALL), [&ranked[..], &rest[..]].concat());
        for cap in 0..=9 {
            let all = [&ranked[..], &rest[..]].concat();
            assert_eq!(kept(&structured(cap), &ALL), all[..cap as usize], "{cap}");
        }
        assert_eq!(kept(&structured(1), &["the constraint", "the rule"]), ["constraint"]);
        assert_eq!(kept(&structured(1), &["the rule", "the constraint"]), ["rule"]);
        assert_eq!(kept(&structured(1), &["the rule and the constraint"]), ["constraint"]);
    }

    #[test]
    fn recency_keeps_those_seen_last_the_newest_at_the_end() {
        assert_eq!(kept(&recency(4), &ALL), ["needle", "decision", "constraint", "todo"]);
        assert_eq!(kept(&recency(3), &ALL), ["decision", "constraint", "todo"], "a tie is cut");
        assert_eq!(kept(&recency(1), &ALL), ["todo"]);
        assert_eq!(kept(&recency(0), &ALL), [""; 0]);
        assert_eq!(kept(&recency(99), &ALL).len(), 9);
    }

    #[test]
    fn an_oracle_names_what_it_keeps_if_it_can_be_read() {
        let oracle = |ids: &[&str]| Retention::Oracle {
            facts: ids.iter().map(|id| (*id).to_owned()).collect(),
        };
        let wanted = oracle(&["rule", "path", "nobody"]);
        assert_eq!(kept(&wanted, &ALL), ["path", "rule"], "in the author's order");
        assert_eq!(
            kept(&wanted, &["the rule"]),
            ["rule"],
            "it knows no more than the request shows"
        );
        assert_eq!(kept(&oracle(&[]), &ALL), [""; 0]);
    }

    #[test]
    fn empty_keeps_nothing_and_nobody_keeps_what_is_not_there() {
        assert_eq!(kept(&Retention::Empty, &ALL), [""; 0]);
        for retention in [structured(99), recency(99), Retention::Empty] {
            assert_eq!(kept(&retention, &["the old rule", "nothing"]), [""; 0], "{retention:?}");
        }
    }

    #[test]
    fn another_form_is_kept_as_the_first() {
        assert_eq!(kept(&structured(9), &["that needle"]), ["needle"]);
        assert_eq!(kept(&recency(9), &["the old rule, now that rule"]), ["rule"]);
    }

    #[test]
    fn all_keeps_every_text_that_the_client_does_not_send_again_by_itself() {
        let body = json!({
            "model": "m", "instructions": "INSTRUCTIONS",
            "tools": [{"type": "function", "name": "TOOL", "description": "DESCRIPTION"}],
            "input": [
                {"role": "developer", "content": "DEVELOPER"},
                {"role": "user", "content": "said\ntwice"},
                {"type": "function_call", "call_id": "c", "arguments": "{\"cmd\":\"ls\"}"},
                {"type": "function_call_output", "call_id": "c", "output": "a.txt"},
                {"role": "assistant", "content": "Done."},
            ],
        });
        let view = View::of(&Request::parse(body.to_string().as_bytes()).unwrap());
        assert_eq!(keep(&Retention::All, &facts(), &view), "said\ntwice\nls\na.txt\nDone.\n");
    }
}
