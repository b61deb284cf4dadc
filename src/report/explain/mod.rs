//! What broke the cached prefix, for people: findings of one kind together, mistakes before what had
//! to be, each with its place, its price and its fix. As text for a terminal, as Markdown for an
//! issue.

mod markdown;
mod runs;
mod text;

pub use markdown::{explanation_markdown, explanations_markdown};
pub use runs::explanations_text;
pub use text::explanation_text;

use crate::cache::dollars;
use crate::measure::explain::{Also, Explanation, Finding, Fix, Found, Reports, What};
use crate::recording::Layer;
use crate::report::compare::ranges;
use crate::report::format::{bytes, count, plural};
use crate::report::story::layer_name;
use indexmap::IndexMap;
use std::cmp::Reverse;

/// Findings of one kind: the first is shown, the others are counted.
struct Group<'a>(Vec<&'a Finding>);

/// The groups, mistakes first, the dearest first.
fn groups(one: &Explanation) -> Vec<Group<'_>> {
    let mut groups: IndexMap<_, Group<'_>> = IndexMap::new();
    for finding in &one.findings {
        // A window begins where it begins, whatever stands there.
        let layer = match finding.what {
            What::HistoryDropped | What::Compacted => "",
            _ => finding.layer.as_str(),
        };
        let place = (layer, finding.recognised, finding.found as u8);
        let setting = if finding.found == Found::Setting { finding.pointer.as_str() } else { "" };
        let also: Vec<&str> = finding.also.iter().map(|also| also.pointer.as_str()).collect();
        let key = (finding.expected, finding.cause, finding.what, place, setting, also);
        groups.entry(key).or_insert_with(|| Group(Vec::new())).0.push(finding);
    }
    let mut groups: Vec<Group<'_>> = groups.into_values().collect();
    groups.sort_by_key(|group| {
        (group.first().expected, Reverse((group.sum(|one| one.tokens_again), group.lost())))
    });
    groups
}

impl<'a> Group<'a> {
    fn first(&self) -> &'a Finding {
        self.0[0]
    }

    fn sum(&self, of: impl Fn(&Finding) -> u64) -> u64 {
        self.0.iter().map(|finding| of(finding)).sum()
    }

    fn lost(&self) -> u64 {
        self.sum(|one| one.tokens_lost)
    }

    /// `tools_changed: the same tools in another order · 8 requests: #1-#8`
    fn title(&self) -> String {
        let first = self.first();
        let seqs: Vec<u32> = self.0.iter().map(|finding| finding.seq).collect();
        let expected = if first.expected { " · expected" } else { "" };
        let requests = plural(seqs.len(), "request");
        format!("{}: {}{expected} · {requests}: {}", first.cause, first.what.words(), ranges(&seqs))
    }

    /// Where it is; `name` dresses what comes from the log.
    fn place(&self, name: impl Fn(&str) -> String) -> String {
        let first = self.first();
        let mut at = format!("#{} after #{}", first.seq, first.after_seq);
        if let Some(gap) = first.gap_ms {
            at.push_str(&format!(", {} later", time(gap)));
        }
        if first.thread > 0 {
            at.push_str(&format!(" · thread {}", first.thread));
        }
        if first.layer != Layer::Other {
            at.push_str(&format!(" · {}", layer_name(first.layer)));
        }
        if !first.pointer.is_empty() {
            at.push_str(&format!(" · {}", name(&first.pointer)));
        }
        if let Some(byte) = first.byte {
            at.push_str(&format!(", byte {byte}"));
        }
        if let Some(kind) = first.recognised {
            at.push_str(&format!(" · a {kind}"));
        }
        if let Some(detail) = &first.detail {
            at.push_str(&format!(" · {}", name(detail)));
        }
        at
    }

    /// Whether there is something to mend, or only something to say.
    fn advice(&self) -> (&'static str, &'a str) {
        let first = self.first();
        (if first.fix == Fix::Nothing { "note" } else { "fix" }, &first.advice)
    }

    fn cost(&self) -> String {
        let (lost, again) = (self.lost(), self.sum(|one| one.tokens_again));
        let lost_bytes = match self.sum(|one| one.bytes_lost) {
            0 => String::new(),
            lost => format!(", {}", bytes(lost)),
        };
        let again = match again == lost {
            true => "all read again".to_owned(),
            false => format!("{} read again", count(again)),
        };
        let money = self.0.iter().map(|one| one.nano_usd).sum::<Option<u64>>();
        let money = money.map(|money| format!(" · {}", dollars(money))).unwrap_or_default();
        format!("{} tokens{lost_bytes} · {again}{money}", count(lost))
    }

    /// What the server itself counted, where it did.
    fn server(&self) -> Option<String> {
        let counted = |one: &&&Finding| one.input_tokens.is_some() && one.cached_tokens.is_some();
        let counted: Vec<_> = self.0.iter().filter(counted).collect();
        if counted.is_empty() {
            return None;
        }
        let sum = |of: fn(&Finding) -> Option<u64>| -> u64 {
            counted.iter().filter_map(|one| of(one)).fold(0, u64::saturating_add)
        };
        let (cached, input) = (sum(|one| one.cached_tokens), sum(|one| one.input_tokens));
        let all_the_same = match self.first().found {
            Found::Setting if cached >= input / 2 => "; it is not keyed by this, providers' are",
            _ => "",
        };
        Some(format!(
            "read {} of {} tokens from its cache{all_the_same}",
            count(cached),
            count(input)
        ))
    }
}

/// A setting that changed as well: `/model: gpt-5 → gpt-5.4 (model_changed)`
fn also(one: &Also, name: impl Fn(&str) -> String) -> String {
    let side = |side: &Option<String>| name(side.as_deref().unwrap_or_default());
    format!("{}: {} → {} ({})", name(&one.pointer), side(&one.old), side(&one.new), one.cause)
}

/// `12 s`, `4 min`, `2.5 h`
fn time(millis: u64) -> String {
    match millis / 1_000 {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7_199 => format!("{} min", seconds / 60),
        seconds => format!("{:.1} h", seconds as f64 / 3_600.0),
    }
}

/// One line about all of it.
fn headline(one: &Explanation) -> String {
    let (expected, mistakes): (Vec<&Finding>, Vec<&Finding>) =
        one.findings.iter().partition(|finding| finding.expected);
    let sent = format!(
        "{}, {} tokens sent: ",
        plural(one.requests as usize, "request"),
        count(one.sent_tokens)
    );
    let mut parts = Vec::new();
    for (found, word) in
        [(Found::Break, "prefix break"), (Found::Setting, "changed setting"), (Found::Miss, "miss")]
    {
        match mistakes.iter().filter(|finding| finding.found == found).count() {
            0 => {}
            // English.
            many if found == Found::Miss && many > 1 => {
                parts.push(format!("{many} misses without a break"));
            }
            many if found == Found::Miss => parts.push(format!("{many} miss without a break")),
            many => parts.push(plural(many, word)),
        }
    }
    let (back, compacted): (Vec<&Finding>, Vec<&Finding>) =
        expected.iter().partition(|finding| finding.what.is_given_up());
    if !compacted.is_empty() {
        parts.push(format!("{} expected after compactions", plural(compacted.len(), "break")));
    }
    if !back.is_empty() {
        parts.push(format!("{} where the conversation went back", plural(back.len(), "break")));
    }
    match parts.is_empty() {
        true if let Some(seq) = one.only => format!("{sent}nothing found at #{seq}"),
        true if one.requests < 2 => format!("{sent}nothing to compare"),
        true => format!("{sent}no break, every request extends the one before it"),
        false => format!("{sent}{}", parts.join(", ")),
    }
}

/// Head and rows of the summary by cause.
fn causes(one: &Explanation) -> Vec<Vec<String>> {
    let head = ["by cause", "found", "lost tokens", "read again", "bytes", "money"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for sum in &one.causes {
        let expected = if sum.expected { " (expected)" } else { "" };
        rows.push(vec![
            format!("{}{expected}", sum.cause),
            sum.count.to_string(),
            count(sum.tokens_lost),
            count(sum.tokens_again),
            if sum.bytes_lost == 0 { String::new() } else { bytes(sum.bytes_lost) },
            sum.nano_usd.map(dollars).unwrap_or_default(),
        ]);
    }
    rows
}

/// What must stand beside the figures.
fn caveats(one: &Explanation) -> Vec<String> {
    let mut lines = Vec::new();
    if !one.findings.is_empty() {
        lines.push(
            "lost: tokens of the request before it that a request does not begin with. read again: of \
             those, what it sends and no earlier request began with, the bound of an ideal cache. \
             Tokens: o200k, own rendering."
                .to_owned(),
        );
        let unpriced = match one.unpriced.as_slice() {
            [] => String::new(),
            models => format!("; no price known for {} (--price-as MODEL)", models.join(", ")),
        };
        lines.push(format!(
            "money: estimate, what was read again at the price of fresh less that of cached input, \
             list prices of {}{unpriced}",
            one.prices
        ));
    }
    match one.reports {
        Reports::Nothing => lines.push(
            "The answers hold no counts of cached tokens: misses without a break cannot be seen."
                .to_owned(),
        ),
        Reports::Never => lines.push(
            "The server never reported a cached token: it does not tell, or keeps nothing."
                .to_owned(),
        ),
        Reports::Cached => {}
    }
    if one.findings.iter().any(|one| one.found == Found::Miss && one.gap_ms.is_none()) {
        lines.push(
            "The log does not tell when these requests were sent: whether entries ran out cannot be \
             judged, and no miss is called expired."
                .to_owned(),
        );
    }
    if !one.about.lacks.is_empty() {
        lines.push(format!(
            "not in the log: {}; breaks in these layers cannot be seen",
            one.about.lacks.join(", ")
        ));
    }
    lines
}
