//! Layouts and compactions as they are written: `NAME[:key=value,..]`, the grammar of cache policies.

use super::layout::{Block, Compaction, Layout, Mark, Spot, What};
use crate::recording::Transport;
use crate::scenario::{CacheSpecError, NO_YES, Parameter, Settings, limit, number, suggest, word};
use std::str::FromStr;

/// A layout, for the parser and for people.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// What can be set.
    pub parameters: &'static [Parameter],
    /// One line for people.
    pub help: &'static str,
}

const fn known(name: &'static str, parameters: &'static [Parameter], help: &'static str) -> Known {
    Known { name, parameters, help }
}

const NOTHING: &[Parameter] = &[];
const FROM: &[Parameter] = &[number("at", 2, "", "the request from which it holds, from 1")];
const SEED: &[Parameter] = &[number("seed", 0, "1", "of the orders")];
const VOLATILE: &[Parameter] =
    &[limit("tokens", 1, "no", "a size in the place of a text, in tokens")];
const CLEAR: &[Parameter] = &[
    number("keep", 0, "5", "the newest results that stay"),
    number("every", 1, "1", "how many are cleared at once"),
    limit("stub", 1, "no", "a size of the stub in the place of its text, in tokens"),
];
const WINDOW: &[Parameter] = &[
    number("turns", 1, "", "the most steps shown"),
    limit("keep", 1, "no", "what it is cut down to; `no`: turns"),
];
const BREAKPOINTS: &[Parameter] = &[
    word("tools", NO_YES, "no", "behind the last tool"),
    word("static", NO_YES, "yes", "behind the first request's prompt"),
    word("previous", NO_YES, "yes", "where the prompt before ended"),
    word("tail", NO_YES, "yes", "at the end"),
    word("mode", &["implicit", "explicit"], "implicit", "whether there are implicit ones beside"),
];
const THRESHOLD: &[Parameter] = &[
    number("at", 1, "", "the most tokens of an input"),
    number("to", 1, "2000", "tokens of the summary"),
];

/// All layouts.
pub const LAYOUTS: [Known; 18] = [
    known("append", NOTHING, "a stateless client that only appends"),
    known("recorded", NOTHING, "what the log holds, to the byte"),
    known("tools-sorted", NOTHING, "tools in order of their names"),
    known("tools-shuffled", SEED, "tools in another order in every request"),
    known("tools-changed", FROM, "another definition of the first tool from a request on"),
    known("list-changed", FROM, "a tool added behind the others before a request"),
    known("timestamp-first", VOLATILE, "the time before everything, new in every request"),
    known("timestamp-in-place", VOLATILE, "the time behind the fixed layers, new every time"),
    known("timestamp-appended", VOLATILE, "the time at the end, new in every request"),
    known("environment-first", VOLATILE, "the environment block before everything, rewritten"),
    known("environment-in-place", VOLATILE, "the environment block where it stands, rewritten"),
    known("environment-appended", VOLATILE, "the environment block at the end, rewritten"),
    known("clear-tool-results", CLEAR, "a stub in the place of old tool results"),
    known("window", WINDOW, "only the newest steps"),
    known("stateless", NOTHING, "append; every body says everything"),
    known("previous-response", NOTHING, "append; bodies name the response they go on from"),
    known("websocket", NOTHING, "append; frames say what is new"),
    known("breakpoints", BREAKPOINTS, "append; explicit breakpoints"),
];

impl FromStr for Layout {
    type Err = CacheSpecError;

    fn from_str(text: &str) -> Result<Self, CacheSpecError> {
        let (name, settings) = Settings::parted(text);
        let Some(known) = LAYOUTS.iter().find(|known| known.name == name) else {
            let names = LAYOUTS.map(|known| known.name);
            let what = format!("unknown layout `{name}`");
            return Err(CacheSpecError::new(what, suggest(name, &names)));
        };
        let given = Settings::read("layout", name, known.parameters, settings)?;
        let number = |key: &str| given.number(key).unwrap_or_default() as usize;
        let what = match name {
            "append" => What::Append,
            "recorded" => What::Recorded,
            "tools-sorted" => What::ToolsSorted,
            "tools-shuffled" => What::ToolsShuffled { seed: number("seed") as u64 },
            "tools-changed" => What::ToolsChanged { at: number("at") },
            "list-changed" => What::ListChanged { at: number("at") },
            "clear-tool-results" => What::Clear {
                keep: number("keep"),
                every: number("every"),
                stub: given.number("stub"),
            },
            "window" => {
                let turns = number("turns");
                let keep = given.number("keep").map_or(turns, |keep| keep as usize);
                if keep > turns {
                    let what = format!("layout `window` cannot keep {keep} of {turns} turns");
                    return Err(CacheSpecError::new(what, "keep is at most turns".into()));
                }
                What::Window { turns, keep }
            }
            "stateless" => What::Over(Transport::Http),
            "previous-response" => What::Over(Transport::HttpPrevious),
            "websocket" => What::Over(Transport::Websocket),
            "breakpoints" => breakpoints(&given),
            _ => volatile(name, given.number("tokens")),
        };
        Ok(Self { name: text.trim().to_owned(), what })
    }
}

fn breakpoints(given: &Settings) -> What {
    let all = [
        ("tools", Mark::Tools),
        ("static", Mark::Static),
        ("previous", Mark::Previous),
        ("tail", Mark::Tail),
    ];
    let wanted = all.into_iter().filter(|(key, _)| given.word(key) == "yes");
    let places = wanted.map(|(_, mark)| mark).collect();
    What::Breakpoints { places, explicit: given.word("mode") == "explicit" }
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
    type Err = CacheSpecError;

    fn from_str(text: &str) -> Result<Self, CacheSpecError> {
        let (name, settings) = Settings::parted(text);
        let threshold = match name {
            "none" => Settings::read("compaction", name, NOTHING, settings).map(|_| None)?,
            "threshold" => {
                let whole = settings.map(at_length).transpose()?;
                let given = Settings::read("compaction", name, THRESHOLD, whole.as_deref())?;
                given.number("at").zip(given.number("to"))
            }
            other => {
                let what = format!("unknown compaction `{other}`");
                return Err(CacheSpecError::new(what, suggest(other, &["none", "threshold"])));
            }
        };
        Ok(Self { name: text.trim().to_owned(), threshold })
    }
}

/// `60000,to=2000` behind `threshold:` is short for `at=60000,to=2000`.
fn at_length(settings: &str) -> Result<String, CacheSpecError> {
    let first = settings.split(',').next().unwrap_or_default().trim();
    if first.contains('=') {
        return Ok(settings.to_owned());
    }
    let at = &THRESHOLD[0];
    if first.replace('_', "").parse::<u64>().is_err() {
        let what = format!("`{first}` of compaction `threshold` is not possible");
        let help = format!("as in threshold:60000; it is {}", at.expected());
        return Err(CacheSpecError::new(what, help));
    }
    Ok(format!("{}={settings}", at.key))
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
        for known in LAYOUTS {
            let needs = known.parameters.iter().filter(|one| one.usual.is_empty());
            let needs: Vec<String> = needs.map(|one| format!("{}=3", one.key)).collect();
            let text = match needs.is_empty() {
                true => known.name.to_owned(),
                false => format!("{}:{}", known.name, needs.join(",")),
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
        assert_eq!(
            error("window"),
            "layout `window` needs `turns`\nhelp: as in window:turns=20; turns is a whole number from \
             1 on"
        );
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
        for (wrong, told) in [
            (
                "threshold:abc",
                "`abc` of compaction `threshold` is not possible\n\
                 help: as in threshold:60000; it is a whole number from 1 on",
            ),
            (
                "threshold:-5,to=3",
                "`-5` of compaction `threshold` is not possible\n\
                 help: as in threshold:60000; it is a whole number from 1 on",
            ),
            ("none:abc", "`abc` after `none:` is no setting\nhelp: settings are key=value"),
        ] {
            assert_eq!(wrong.parse::<Compaction>().unwrap_err().to_string(), told);
        }
        let short: Compaction = "threshold:60_000,to=7".parse().unwrap();
        let long: Compaction = "threshold:at=60000,to=7".parse().unwrap();
        assert_eq!(short.threshold, long.threshold);
    }
}
