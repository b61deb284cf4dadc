//! Values that are new in every request, by their shape: times, ids, counters. Naming one makes the
//! fix concrete, so a shape that a person may have typed is not taken for one: a word of eight
//! letters is no random id.

use crate::recording::volatile::varying;
use regex::Regex;
use std::sync::LazyLock;

static CLOCK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b\d{1,2}:\d\d(:\d\d)?\b").ok());
static DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let days = "Mon|Tue|Wed|Thu|Fri|Sat|Sun";
    let months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
    Regex::new(&format!(
        r"\b(({days})[a-z]*,? ({months})[a-z]* \d{{1,2}}|({days})[a-z]*, \d{{1,2}} ({months})|({months})[a-z]* \d{{1,2}}, \d{{4}})"
    ))
    .ok()
});

/// What varies at the first place where two texts differ.
pub(super) fn recognise(old: &str, new: &str) -> Option<&'static str> {
    let at = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    // What is equal in both did not change: it only stands beside what did.
    let both = |regex: &LazyLock<Option<Regex>>| {
        let found = covering(regex, old, at).zip(covering(regex, new, at));
        found.is_some_and(|(a, b)| a != b)
    };
    if both(&DAY) {
        return Some(if both(&CLOCK) { "timestamp" } else { "date" });
    }
    if both(&CLOCK) {
        return Some("timestamp");
    }
    let (shape, a, b) = varying(old, new)?;
    let (a, b) = (&old[a], &new[b]);
    match shape {
        "uuid" => Some("uuid"),
        "time" => Some("timestamp"),
        "date" => Some("date"),
        "decimal" | "number" => {
            let epoch = |text: &str| {
                let digits = text.split('.').next().unwrap_or(text);
                matches!(digits.len(), 10 | 13) && digits.starts_with('1')
            };
            Some(if epoch(a) && epoch(b) { "timestamp" } else { "counter" })
        }
        _ => {
            let random = |text: &str| {
                text.len() >= 6
                    && text.bytes().any(|byte| byte.is_ascii_digit())
                    && text.bytes().any(|byte| byte.is_ascii_alphabetic())
            };
            (random(a) && random(b)).then_some("random id")
        }
    }
}

/// The value that stands where two texts part, if it has this shape.
fn covering<'a>(regex: &LazyLock<Option<Regex>>, text: &'a str, at: usize) -> Option<&'a str> {
    let mut found = regex.as_ref()?.find_iter(text);
    found.find(|found| found.start() <= at && at <= found.end()).map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::recognise;

    #[test]
    fn values_by_their_shapes() {
        for (old, new, expected) in [
            ("at 2026-11-24T13:05:11Z.", "at 2026-11-24T13:05:12Z.", Some("timestamp")),
            ("It is 13:05.", "It is 13:06.", Some("timestamp")),
            ("Tue Nov 24 2026", "Wed Nov 25 2026", Some("date")),
            ("today: 2026-11-24", "today: 2026-11-25", Some("date")),
            ("now=1764000000123", "now=1764000000999", Some("timestamp")),
            ("turn 3 of 9", "turn 4 of 9", Some("counter")),
            (
                "id 0f8fad5b-d9cb-469f-a165-70867728950e",
                "id 7c9e6679-7425-40de-944b-e07fc1f90ae7",
                Some("uuid"),
            ),
            ("nonce 9f8a7b6c5d", "nonce 1a2b3c4d5e", Some("random id")),
            ("be very carefully brief", "be very cautiously brief", None),
            ("Due Tue Nov 24, in French", "Due Tue Nov 24: in German", None),
            ("Due Tue Nov 24", "Due Tue Nov 24 at the latest", None),
            ("At 13:05 stop.", "At 13:05, go on.", None),
            ("On 2026-11-24 stop.", "On 2026-11-24, go on.", None),
            ("run the tests twice", "run the tests once", None),
        ] {
            assert_eq!(recognise(old, new), expected, "{old}");
        }
    }
}
