//! Layouts and compactions as they are written: `NAME[:key=value,..]`.

use super::layout::{Block, Compaction, Layout, Mark, Spot, What};
use crate::recording::Transport;
use crate::scenario::suggest;
use std::str::FromStr;

/// Names of layouts, each with its keys and one line for people.
pub const LAYOUTS: [(&str, &str, &str); 18] = [
    ("append", "", "a stateless client that only appends to its history"),
    ("recorded", "", "what the log holds, to the byte"),
    ("tools-sorted", "", "tools in order of their names"),
    ("tools-shuffled", "seed=1", "tools in another order in every request"),
    ("tools-changed", "at=K", "another definition of the first tool from request K on"),
    ("list-changed", "at=K", "a tool added behind the others before request K"),
    ("timestamp-first", "tokens=E", "the time before everything, new in every request"),
    ("timestamp-in-place", "tokens=E", "the time behind the fixed layers, new in every request"),
    ("timestamp-appended", "tokens=E", "the time at the end, new in every request"),
    ("environment-first", "tokens=E", "the environment block before everything, rewritten"),
    ("environment-in-place", "tokens=E", "the environment block where it stands, rewritten"),
    ("environment-appended", "tokens=E", "the environment block at the end, rewritten"),
    (
        "clear-tool-results",
        "keep=5,every=1,stub=C",
        "old tool results give way to a stub, `every` at once",
    ),
    ("window", "turns=W,keep=W", "only the newest W steps; cut down to `keep` at once"),
    ("stateless", "", "append; every body says everything"),
    ("previous-response", "", "append; bodies name the response that they go on from"),
    ("websocket", "", "append; frames say what is new"),
    ("breakpoints", "at=static+tail+previous", "append; explicit breakpoints at these places"),
];

/// Why a text is no layout or compaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}\nhelp: {help}")]
pub struct SpecError {
    what: String,
    help: String,
}

impl SpecError {
    fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what: what.into(), help: help.into() }
    }
}

/// A name and its settings, which are taken out one by one.
struct Settings<'a> {
    kind: &'static str,
    name: &'a str,
    given: Vec<(&'a str, &'a str)>,
}

impl<'a> Settings<'a> {
    fn of(kind: &'static str, text: &'a str) -> Result<Self, SpecError> {
        let (name, rest) = match text.split_once(':') {
            Some((name, rest)) => (name.trim(), Some(rest)),
            None => (text.trim(), None),
        };
        let mut given: Vec<(&str, &str)> = Vec::new();
        for part in rest.into_iter().flat_map(|rest| rest.split(',')) {
            let Some((key, value)) = part.split_once('=') else {
                let what = format!("`{}` after `{name}:` is no setting", part.trim());
                return Err(SpecError::new(what, "settings are key=value"));
            };
            if given.iter().any(|(known, _)| *known == key.trim()) {
                let what = format!("`{}` of {kind} `{name}` stands twice", key.trim());
                return Err(SpecError::new(what, "leave one of them out"));
            }
            given.push((key.trim(), value.trim()));
        }
        Ok(Self { kind, name, given })
    }

    fn word(&mut self, key: &str) -> Option<&'a str> {
        let at = self.given.iter().position(|(known, _)| *known == key)?;
        Some(self.given.remove(at).1)
    }

    fn number(&mut self, key: &str, least: u64) -> Result<Option<u64>, SpecError> {
        let Some(word) = self.word(key) else { return Ok(None) };
        let number = word.replace('_', "").parse::<u64>().ok();
        let number = number.filter(|number| (least..=1 << 40).contains(number));
        number.map(Some).ok_or_else(|| {
            let what = format!("`{key}={word}` of {} `{}` is not possible", self.kind, self.name);
            SpecError::new(what, format!("{key} is a whole number from {least} on"))
        })
    }

    fn needed(&mut self, key: &str, least: u64) -> Result<u64, SpecError> {
        self.number(key, least)?.ok_or_else(|| {
            let what = format!("{} `{}` needs `{key}`", self.kind, self.name);
            SpecError::new(what, format!("as in {}:{key}=20", self.name))
        })
    }

    fn done(self, keys: &str) -> Result<(), SpecError> {
        match self.given.first() {
            None => Ok(()),
            Some((key, _)) => {
                let what = format!("{} `{}` has no `{key}`", self.kind, self.name);
                let help = match keys {
                    "" => "it has no settings".to_owned(),
                    keys => format!("it has {keys}"),
                };
                Err(SpecError::new(what, help))
            }
        }
    }
}

impl FromStr for Layout {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let mut given = Settings::of("layout", text)?;
        let name = given.name;
        let Some((_, keys, _)) = LAYOUTS.iter().find(|(known, ..)| *known == name) else {
            let names = LAYOUTS.map(|(name, ..)| name);
            return Err(SpecError::new(format!("unknown layout `{name}`"), suggest(name, &names)));
        };
        let what = match name {
            "append" => What::Append,
            "recorded" => What::Recorded,
            "tools-sorted" => What::ToolsSorted,
            "tools-shuffled" => What::ToolsShuffled { seed: given.number("seed", 0)?.unwrap_or(1) },
            "tools-changed" => What::ToolsChanged { at: given.needed("at", 2)? as usize },
            "list-changed" => What::ListChanged { at: given.needed("at", 2)? as usize },
            "clear-tool-results" => What::Clear {
                keep: given.number("keep", 0)?.unwrap_or(5) as usize,
                every: given.number("every", 1)?.unwrap_or(1) as usize,
                stub: given.number("stub", 1)?,
            },
            "window" => window(&mut given)?,
            "stateless" => What::Over(Transport::Http),
            "previous-response" => What::Over(Transport::HttpPrevious),
            "websocket" => What::Over(Transport::Websocket),
            "breakpoints" => breakpoints(&mut given)?,
            _ => volatile(name, given.number("tokens", 1)?),
        };
        given.done(keys)?;
        Ok(Self { name: text.trim().to_owned(), what })
    }
}

fn window(given: &mut Settings<'_>) -> Result<What, SpecError> {
    let turns = given.needed("turns", 1)?;
    let keep = given.number("keep", 1)?.unwrap_or(turns);
    if keep > turns {
        let what = format!("layout `window` cannot keep {keep} of {turns} turns");
        return Err(SpecError::new(what, "keep is at most turns"));
    }
    Ok(What::Window { turns: turns as usize, keep: keep as usize })
}

fn breakpoints(given: &mut Settings<'_>) -> Result<What, SpecError> {
    let words = given.word("at").unwrap_or("static+tail+previous");
    let mark = |word: &str| match word {
        "tools" => Ok(Mark::Tools),
        "static" => Ok(Mark::Static),
        "tail" => Ok(Mark::Tail),
        "previous" => Ok(Mark::Previous),
        other => {
            let what = format!("layout `breakpoints` has no place `{other}`");
            Err(SpecError::new(what, suggest(other, &["tools", "static", "tail", "previous"])))
        }
    };
    let marks: Result<Vec<Mark>, SpecError> = words.split('+').map(mark).collect();
    Ok(What::Breakpoints(marks?))
}

fn volatile(name: &str, tokens: Option<u64>) -> What {
    let (block, place) = name.split_once('-').unwrap_or((name, ""));
    let block = if block == "timestamp" { Block::Timestamp } else { Block::Environment };
    let place = match place {
        "first" => Spot::First,
        "in-place" => Spot::InPlace,
        _ => Spot::Appended,
    };
    What::Volatile { block, place, tokens }
}

impl FromStr for Compaction {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        // `threshold:60000,to=2000` is short for `threshold:at=60000,to=2000`.
        let short = text
            .trim()
            .strip_prefix("threshold:")
            .filter(|rest| rest.split(',').next().is_some_and(|first| !first.contains('=')));
        let whole = short.map(|rest| format!("threshold:at={rest}"));
        let mut given = Settings::of("compaction", whole.as_deref().unwrap_or(text))?;
        let threshold = match given.name {
            "none" => None,
            "threshold" => Some((given.needed("at", 1)?, given.number("to", 1)?.unwrap_or(2_000))),
            other => {
                let what = format!("unknown compaction `{other}`");
                return Err(SpecError::new(what, suggest(other, &["none", "threshold"])));
            }
        };
        given.done("at, to")?;
        Ok(Self { name: text.trim().to_owned(), threshold })
    }
}

/// Parts a list of specs, whose settings are parted by commas as well.
#[must_use]
pub fn split_specs(text: &str) -> Vec<String> {
    let mut specs: Vec<String> = Vec::new();
    for part in text.split(',') {
        let name = part.split(':').next().unwrap_or_default();
        match specs.last_mut() {
            Some(last) if name.contains('=') => {
                last.push(',');
                last.push_str(part);
            }
            _ => specs.push(part.to_owned()),
        }
    }
    specs
}

#[cfg(test)]
mod tests {
    use super::{LAYOUTS, split_specs};
    use crate::measure::simulate::{Compaction, Layout};

    fn error(text: &str) -> String {
        text.parse::<Layout>().unwrap_err().to_string()
    }

    #[test]
    fn lists_are_parted_at_names() {
        let all = split_specs("append,window:turns=20,keep=14,tools-sorted");
        assert_eq!(all, ["append", "window:turns=20,keep=14", "tools-sorted"]);
        assert_eq!(split_specs("none"), ["none"]);
    }

    #[test]
    fn every_name_is_a_layout() {
        for (name, keys, _) in LAYOUTS {
            let needs =
                keys.split(',').filter_map(|key| key.strip_suffix("=K").or(key.strip_suffix("=W")));
            let needs: Vec<String> = needs.map(|key| format!("{key}=3")).collect();
            let text = match needs.is_empty() {
                true => name.to_owned(),
                false => format!("{name}:{}", needs.join(",")),
            };
            assert_eq!(text.parse::<Layout>().unwrap().name, text);
        }
    }

    #[test]
    fn errors_name_what_there_is() {
        assert_eq!(
            error("tools-sortd"),
            "unknown layout `tools-sortd`\nhelp: did you mean `tools-sorted`?"
        );
        assert_eq!(error("append:at=3"), "layout `append` has no `at`\nhelp: it has no settings");
        assert_eq!(error("window"), "layout `window` needs `turns`\nhelp: as in window:turns=20");
        assert_eq!(
            error("window:turns=3,keep=4"),
            "layout `window` cannot keep 4 of 3 turns\nhelp: keep is at most turns"
        );
        assert_eq!(
            error("tools-changed:at=1"),
            "`at=1` of layout `tools-changed` is not possible\nhelp: at is a whole number from 2 on"
        );
        let error = "treshold:at=3".parse::<Compaction>().unwrap_err().to_string();
        assert_eq!(error, "unknown compaction `treshold`\nhelp: did you mean `threshold`?");
    }
}
