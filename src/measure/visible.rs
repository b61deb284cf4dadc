//! Whether a fact is visible in a request.
//!
//! Visible means: the model could have read it there, not that it used it. A form must stand in one
//! text, and the fact's tokens near it, so that a cap without its number is lost.

use super::leaf::{Channel, Leaf};
use super::normal::{Normaliser, is_path_char, nfc};
use super::view::View;
use crate::scenario::{Fact, FactClass};

/// The tokens of a fact must stand within so many characters, its form included.
const WINDOW: usize = 400;

/// How much of a fact can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Visibility {
    /// A form stands there as the author wrote it (after Unicode NFC).
    Exact,
    /// The same after the normaliser of the fact's class.
    Norm,
    /// The new value and one that it replaced.
    Conflict,
    /// Only parts of it; lost.
    Partial,
    /// Only a value that it replaced; lost.
    Stale,
    /// Nothing; lost.
    None,
}

impl Visibility {
    /// Whether the fact counts as kept.
    #[must_use]
    pub fn survives(self) -> bool {
        matches!(self, Self::Exact | Self::Norm | Self::Conflict)
    }
}

/// How well a fact can be read in a request.
#[must_use]
pub fn visibility(fact: &Fact, view: &View) -> Visibility {
    Sought::new(fact).in_view(view)
}

/// In which channel a fact can be read: that of the first text that shows it exactly, else of the
/// first that shows it after normalisation; `None` if it is lost.
#[must_use]
pub fn channel(fact: &Fact, view: &View) -> Option<Channel> {
    Sought::new(fact).first_leaf(view).map(|leaf| leaf.channel)
}

/// A fact prepared for looking; make it once where many texts are searched.
#[derive(Clone, Debug)]
pub struct Sought {
    normaliser: Normaliser,
    edge: Edge,
    exact: Parts,
    norm: Parts,
}

/// What is looked for in one normal form.
#[derive(Clone, Debug)]
struct Parts {
    forms: Vec<String>,
    tokens: Vec<String>,
    superseded: Vec<String>,
}

/// What may not stand directly beside a match, lest it be part of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// Prose: a number may not go on (`37` is not in `370`).
    Number,
    /// Names and codes: a word may not go on (`parse` is not in `parse_all`).
    Word,
    /// Paths: a segment may not go on (`src/a.rs` is not in `src/a.rs.bak`, but in `b/src/a.rs`).
    Segment,
}

impl Sought {
    /// Prepares a fact. Without forms its value is the only one.
    #[must_use]
    pub fn new(fact: &Fact) -> Self {
        let normaliser = Normaliser::of(fact.class);
        let edge = match (normaliser, fact.class) {
            (Normaliser::Path, _) => Edge::Segment,
            (_, FactClass::Needle | FactClass::Identifier | FactClass::Error) => Edge::Word,
            _ => Edge::Number,
        };
        let forms = match fact.forms.iter().all(String::is_empty) {
            true => std::slice::from_ref(&fact.value),
            false => &fact.forms,
        };
        let parts = |normaliser: Normaliser| Parts {
            forms: prepared(forms, fact.class, normaliser),
            tokens: prepared(&fact.tokens, fact.class, normaliser),
            superseded: prepared(&fact.superseded, fact.class, normaliser),
        };
        Self { normaliser, edge, exact: parts(Normaliser::Exact), norm: parts(normaliser) }
    }

    /// How well the fact can be read in a whole request.
    #[must_use]
    pub fn in_view(&self, view: &View) -> Visibility {
        let shown = self.first(view).map(|(visibility, _)| visibility);
        let stale = view.leaves.iter().any(|leaf| self.superseded_in_leaf(leaf));
        match (shown, stale) {
            (Some(_), true) => Visibility::Conflict,
            (Some(visibility), false) => visibility,
            (None, true) => Visibility::Stale,
            (None, false) if view.leaves.iter().any(|leaf| self.shows_part(leaf)) => {
                Visibility::Partial
            }
            (None, false) => Visibility::None,
        }
    }

    /// How well the fact can be read in one text: `Exact`, `Norm` or `None`; replaced values do not
    /// count here.
    #[must_use]
    pub fn in_leaf(&self, leaf: &Leaf) -> Visibility {
        match () {
            () if self.shows(leaf, Normaliser::Exact) => Visibility::Exact,
            () if self.shows(leaf, self.normaliser) => Visibility::Norm,
            () => Visibility::None,
        }
    }

    /// The first text that shows the fact exactly, else the first that shows it after
    /// normalisation.
    #[must_use]
    pub fn first_leaf<'a>(&self, view: &'a View) -> Option<&'a Leaf> {
        self.first(view).map(|(_, leaf)| leaf)
    }

    fn first<'a>(&self, view: &'a View) -> Option<(Visibility, &'a Leaf)> {
        let with = |normaliser| view.leaves.iter().find(|leaf| self.shows(leaf, normaliser));
        let exact = with(Normaliser::Exact).map(|leaf| (Visibility::Exact, leaf));
        exact.or_else(|| with(self.normaliser).map(|leaf| (Visibility::Norm, leaf)))
    }

    fn parts(&self, normaliser: Normaliser) -> &Parts {
        if normaliser == Normaliser::Exact { &self.exact } else { &self.norm }
    }

    fn shows(&self, leaf: &Leaf, normaliser: Normaliser) -> bool {
        let (text, parts) = (leaf.normal(normaliser), self.parts(normaliser));
        parts.forms.iter().any(|form| match parts.tokens.is_empty() {
            true => self.places(text, form).next().is_some(),
            false => self.together(text, form, &parts.tokens),
        })
    }

    /// Whether one text shows a value that the fact replaced.
    #[must_use]
    pub fn superseded_in_leaf(&self, leaf: &Leaf) -> bool {
        [Normaliser::Exact, self.normaliser].into_iter().any(|normaliser| {
            let text = leaf.normal(normaliser);
            let mut superseded = self.parts(normaliser).superseded.iter();
            superseded.any(|form| self.places(text, form).next().is_some())
        })
    }

    fn shows_part(&self, leaf: &Leaf) -> bool {
        let (text, parts) = (leaf.normal(self.normaliser), &self.norm);
        let of_several = parts.forms.iter().filter(|_| !parts.tokens.is_empty());
        parts.tokens.iter().chain(of_several).any(|part| self.places(text, part).next().is_some())
    }

    /// Where a part stands with nothing beside it that it could be a piece of.
    fn places<'a>(&self, text: &'a str, part: &'a str) -> impl Iterator<Item = (usize, usize)> {
        let edge = self.edge;
        let mut from = 0;
        std::iter::from_fn(move || {
            loop {
                let start = from + text.get(from..)?.find(part)?;
                let end = start + part.len();
                // The next search starts one character on: matches may overlap.
                from = start + text[start..].chars().next().map_or(1, char::len_utf8);
                if edge.allows(text, start, end) {
                    return Some((start, end));
                }
            }
        })
    }

    /// Whether the form and all tokens stand within one window.
    fn together(&self, text: &str, form: &str, tokens: &[String]) -> bool {
        let window = WINDOW.max(form.chars().count());
        let parts: Vec<&str> = std::iter::once(form).chain(tokens.iter().map(|t| &**t)).collect();
        let places: Vec<Vec<(usize, usize)>> =
            parts.iter().map(|part| self.places(text, part).collect()).collect();
        if places.iter().any(Vec::is_empty) {
            return false;
        }
        let mut starts: Vec<usize> = places.iter().flatten().map(|&(start, _)| start).collect();
        starts.sort_unstable();
        starts.dedup();
        // For each leftmost start: the nearest place of every part from there on.
        let mut next = vec![0; places.len()];
        for left in starts {
            let mut right = left;
            for (part, at) in places.iter().zip(&mut next) {
                while part.get(*at).is_some_and(|&(start, _)| start < left) {
                    *at += 1;
                }
                match part.get(*at) {
                    Some(&(_, end)) => right = right.max(end),
                    None => return false,
                }
            }
            // Bytes bound characters from above and are cheap to compare.
            if right - left <= window
                || text[left..right].chars().take(window + 1).count() <= window
            {
                return true;
            }
        }
        false
    }
}

impl Edge {
    fn allows(self, text: &str, start: usize, end: usize) -> bool {
        let part = &text[start..end];
        let (first, last) = (part.chars().next(), part.chars().next_back());
        let before = text[..start].chars().next_back();
        let mut after = text[end..].chars();
        let (next, over_next) = (after.next(), after.next());
        let both = |a: Option<char>, b: Option<char>, test: fn(char) -> bool| {
            a.is_some_and(test) && b.is_some_and(test)
        };
        match self {
            Self::Number => {
                let digit = |c: char| c.is_ascii_digit();
                !both(before, first, digit) && !both(last, next, digit)
            }
            Self::Word => {
                let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
                !both(before, first, word) && !both(last, next, word)
            }
            Self::Segment => {
                let inner = |c: char| is_path_char(c) && c != '/';
                // A full stop may end a sentence.
                let goes_on = match next {
                    Some('.') => over_next.is_some_and(|c| c.is_alphanumeric()),
                    other => other.is_some_and(inner),
                };
                let cut_off = goes_on && last.is_some_and(inner);
                !both(before, first, inner) && !cut_off
            }
        }
    }
}

/// Forms in a normal form, without empty ones. Of an error only the head counts: its first line.
fn prepared(forms: &[String], class: FactClass, normaliser: Normaliser) -> Vec<String> {
    let head = class == FactClass::Error && normaliser != Normaliser::Exact;
    forms
        .iter()
        .map(|form| match head {
            true => form.trim_start().lines().next().unwrap_or_default(),
            false => form,
        })
        .map(|form| match normaliser {
            Normaliser::Exact => nfc(form).into_owned(),
            other => other.apply(&nfc(form)),
        })
        .filter(|form| !form.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Visibility::{Conflict, Exact, None, Norm, Partial, Stale};
    use super::{Visibility, channel, visibility};
    use crate::measure::testing::{exchange, user};
    use crate::measure::{Channel, View};
    use crate::scenario::{Fact, FactClass, Recover};
    use serde_json::json;

    fn fact(class: FactClass, forms: &[&str]) -> Fact {
        Fact {
            id: "f".into(),
            class,
            value: forms[0].into(),
            forms: forms.iter().map(|form| (*form).to_owned()).collect(),
            tokens: Vec::new(),
            superseded: Vec::new(),
            recover: Recover::None,
            answer: Option::None,
        }
    }

    fn seen(fact: &Fact, texts: &[&str]) -> Visibility {
        let items: Vec<_> = texts.iter().map(|text| user(text)).collect();
        visibility(fact, &View::of(&exchange(0, &items).request))
    }

    #[test]
    fn a_form_in_one_text_is_exact() {
        let cap = fact(FactClass::Constraint, &["at most 37 items"]);
        assert_eq!(seen(&cap, &["x", "use at most 37 items."]), Exact);
        assert_eq!(seen(&cap, &["use at\n  most 37 items."]), Norm, "white space folds");
        assert_eq!(seen(&cap, &["Use At Most 37 Items"]), None, "no other form of a constraint");
        assert_eq!(seen(&cap, &["at most", "37 items"]), None, "two texts are not one");
        assert_eq!(seen(&fact(FactClass::Entity, &["Zoë"]), &["Zoe\u{308}"]), Exact, "after NFC");
    }

    #[test]
    fn each_class_has_its_normaliser() {
        let decision = fact(FactClass::Decision, &["Use \"sqlite\" - not 12,000 files"]);
        assert_eq!(seen(&decision, &["use “SQLite” – not 12000 files"]), Norm);
        let name = fact(FactClass::Identifier, &["parse"]);
        assert_eq!(seen(&name, &["fn parse(x)"]), Exact);
        assert_eq!(seen(&name, &["parse_all, Parse, reparse"]), None);
        let path = fact(FactClass::Path, &["src/a.rs"]);
        assert_eq!(seen(&path, &["see ./src/a.rs."]), Exact, "the form stands there as it is");
        assert_eq!(seen(&path, &["src\\a.rs"]), Norm);
        assert_eq!(seen(&path, &["src/a.rs.bak lib/mysrc/a.rs"]), None);
        let deep = fact(FactClass::Path, &["/workspace/src/a.rs"]);
        assert_eq!(seen(&deep, &["in src/a.rs:3"]), Norm);
        let error = fact(FactClass::Error, &["error[E0308]: mismatched types\n --> src/a.rs"]);
        assert_eq!(seen(&error, &["error[E0308]:  mismatched types"]), Norm, "the head decides");
        let number = fact(FactClass::Entity, &["port 37"]);
        assert_eq!(seen(&number, &["port 370"]), None);
    }

    #[test]
    fn tokens_must_stand_near_the_form() {
        let mut cap = fact(FactClass::Decision, &["cap"]);
        cap.tokens = vec!["37".into(), "items".into()];
        assert_eq!(seen(&cap, &["the cap is 37 items"]), Exact);
        assert_eq!(seen(&cap, &["items: 37, that is the CAP"]), Norm);
        assert_eq!(seen(&cap, &["the cap is 370 items"]), Partial);
        assert_eq!(seen(&cap, &["the cap is lost"]), Partial);
        assert_eq!(seen(&cap, &["nothing"]), None);
        // "cap" + n + "37 items" spans n + 11 characters.
        let spread = |n: usize| format!("cap{}37 items", "-".repeat(n));
        assert_eq!(seen(&cap, &[&spread(389)]), Exact);
        assert_eq!(seen(&cap, &[&spread(390)]), Partial);
        assert_eq!(seen(&cap, &[&format!("cap {} 37 items cap", "-".repeat(400))]), Exact);
    }

    #[test]
    fn replaced_values_are_told_apart() {
        let mut limit = fact(FactClass::Constraint, &["limit 40"]);
        limit.superseded = vec!["limit 37".into()];
        assert_eq!(seen(&limit, &["limit 40"]), Exact);
        assert_eq!(seen(&limit, &["limit 37", "limit 40"]), Conflict);
        assert_eq!(seen(&limit, &["limit 37"]), Stale);
        assert_eq!(seen(&limit, &["limit 370"]), None);
        let survivors = [Exact, Norm, Conflict, Partial, Stale, None].map(Visibility::survives);
        assert_eq!(survivors, [true, true, true, false, false, false]);
    }

    #[test]
    fn the_channel_is_that_of_the_best_text() {
        let path = fact(FactClass::Path, &["src/a.rs"]);
        let items = [
            user("src\\a.rs"),
            json!({"type": "function_call_output", "call_id": "c", "output": "src/a.rs"}),
        ];
        let view = View::of(&exchange(0, &items).request);
        assert_eq!(channel(&path, &view), Some(Channel::ToolOutput));
        assert_eq!(channel(&path, &View::default()), Option::None);
    }
}
