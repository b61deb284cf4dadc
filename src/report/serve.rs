//! What a server of `unreel serve` says: how to reach it, each request, and the account at its end.

use super::format::{WIDTH, bytes, call, percent, plural, wrap};
use crate::recording::matching::Drift;
use crate::run::serve::{Answered, Offer, Seen, Served};

/// So many unplayed parts are named; the rest is counted.
const NAMED: usize = 12;

/// What is served and what to paste to use it.
#[must_use]
pub fn serving(offer: &Offer, base_url: &str) -> String {
    let size = offer.size().map(|(count, what)| format!(", {}", plural(count, what)));
    let (size, cache) = (size.unwrap_or_default(), &offer.cache);
    let model = offer.models.first().map(|model| format!("-m {model} ")).unwrap_or_default();
    format!(
        "serving {}{size}, cache: {cache}\n\
         export OPENAI_BASE_URL={base_url}\n\
         export OPENAI_API_KEY=unreel\n\
         codex exec {model}-c model_provider=unreel \\\n  \
         -c 'model_providers.unreel={{name=\"unreel\",base_url=\"{base_url}\"}}'\n\
         ctrl-C ends it and tells what was played\n",
        offer.title
    )
}

/// One line for a request.
#[must_use]
pub fn request_line(seen: &Seen) -> String {
    let call = call(seen.endpoint, seen.transport);
    let answer = match &seen.answer {
        Ok(answered) => name(answered),
        Err(error) => {
            let code = error.code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
            format!("{code}{}", error.message)
        }
    };
    format!(
        "#{} {call} {} · {} · thread {} · {answer}{}{}",
        seen.number,
        seen.status,
        bytes(seen.wire_bytes),
        seen.thread,
        drift(seen),
        if seen.cut { " · cut" } else { "" }
    )
}

/// How far an answered request is from the recorded one.
fn drift(seen: &Seen) -> String {
    match seen.drift.as_ref().filter(|_| seen.answer.is_ok()).and_then(Drift::worst) {
        Some(worst) => format!(" · {} drift {worst}", worst.severity.as_str()),
        None => String::new(),
    }
}

/// The account at the end.
#[must_use]
pub fn served(served: &Served) -> String {
    let mut lines = vec![format!(
        "{} · {} on the wire · prompts: sent {}, new {}, cached {}",
        plural(served.requests as usize, "request"),
        bytes(served.wire_bytes),
        bytes(served.sent_bytes),
        bytes(served.new_bytes),
        match percent(served.cached_tokens, served.input_tokens) {
            share if share.is_empty() => "0 %".to_owned(),
            share => share,
        },
    )];
    let mut times: Vec<u32> = served.played.iter().map(|part| part.times).collect();
    times.sort_unstable();
    times.dedup();
    for times in times {
        let parts = served.played.iter().filter(|part| part.times == times);
        lines.push(format!("asked {}: {}", often(times), names(parts.map(|part| &part.what))));
    }
    if !served.unplayed.is_empty() {
        lines.push(format!("never asked: {}", with_steps(&served.unplayed)));
    }
    if served.faults > 0 {
        lines.push(format!("answers spoilt by faults of the variant: {}", served.faults));
    }
    for one in &served.drifts {
        let (severity, difference) = (one.difference.severity.as_str(), &one.difference);
        let (number, exchange) = (one.number, one.exchange);
        lines.push(format!(
            "{severity} drift in {}, first #{number} from exchange {exchange} {difference}",
            plural(one.times as usize, "request")
        ));
    }
    if served.stale > 0 {
        lines.push(format!("{} stale", plural(served.stale as usize, "answer")));
    }
    for refused in &served.refused {
        let code = refused.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
        let first = if refused.times > 1 { ", first" } else { "" };
        lines.push(format!(
            "refused {}{first}: HTTP {}{code}: {}",
            often(refused.times),
            refused.status,
            refused.message
        ));
    }
    let lines = lines.iter().flat_map(|line| wrap(line, WIDTH, "  "));
    lines.map(|line| format!("{line}\n")).collect()
}

fn often(times: u32) -> String {
    match times {
        1 => "once".to_owned(),
        _ => format!("{times} times"),
    }
}

fn name(answered: &Answered) -> String {
    match answered {
        Answered::Exchange(number, by) if by.is_empty() => format!("exchange {number}"),
        Answered::Exchange(number, by) => format!("exchange {number} ({by})"),
        Answered::By(by) => by.clone(),
    }
}

/// What nobody asked for, with the steps to look for: `exchanges 1 (step fix), 2 (step done)`.
fn with_steps(all: &[Answered]) -> String {
    let mut names: Vec<String> = all.iter().take(NAMED).map(name).collect();
    for other in names.iter_mut().skip(1) {
        if let Some(number) = other.strip_prefix("exchange ") {
            *other = number.to_owned();
        }
    }
    if names.len() > 1 {
        names[0] = names[0].replacen("exchange ", "exchanges ", 1);
    }
    if all.len() > NAMED {
        names.push(format!("and {} more", all.len() - NAMED));
    }
    names.join(", ")
}

/// Exchanges as ranges of numbers, everything else by name.
fn names<'a>(all: impl Iterator<Item = &'a Answered>) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for answered in all {
        match (answered, ranges.last_mut()) {
            (Answered::Exchange(number, _), Some((_, last))) if *last + 1 == *number => {
                *last = *number;
            }
            (Answered::Exchange(number, _), _) => ranges.push((*number, *number)),
            (Answered::By(by), _) => names.push(by.clone()),
        }
    }
    let several = ranges.len() > 1 || ranges.iter().any(|(first, last)| first != last);
    let ranges: Vec<String> = ranges
        .into_iter()
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    if !ranges.is_empty() {
        let word = if several { "exchanges" } else { "exchange" };
        names.insert(0, format!("{word} {}", ranges.join(", ")));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{NAMED, names, served};
    use crate::run::serve::{Answered, Part, Served};

    fn exchange(number: u32) -> Answered {
        Answered::Exchange(number, format!("step s{number}"))
    }

    #[test]
    fn numbers_that_follow_each_other_are_ranges() {
        let named = |numbers: &[u32]| {
            let all: Vec<Answered> = numbers.iter().copied().map(exchange).collect();
            names(all.iter())
        };
        assert_eq!(named(&[3]), "exchange 3");
        assert_eq!(named(&[0, 1, 2, 5, 7, 8]), "exchanges 0-2, 5, 7-8");
        assert_eq!(names([Answered::By("step a".into())].iter()), "step a");
    }

    #[test]
    fn a_long_rest_is_counted() {
        let account = Served {
            played: vec![Part { what: exchange(0), times: 2 }],
            unplayed: (1..20).map(exchange).collect(),
            ..Served::default()
        };
        let text = served(&account);
        assert!(text.contains(
            "asked 2 times: exchange 0\nnever asked: exchanges 1 (step s1), 2 (step s2), "
        ));
        assert!(text.contains(&format!("and {} more", 19 - NAMED)), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= super::WIDTH), "{text}");
    }
}
