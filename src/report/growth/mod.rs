//! The growth of sessions: a table for a terminal, pictures, a page.

mod chart;
mod files;
mod page;
mod picture;
#[cfg(test)]
mod testing;
mod text;

pub use files::write_growth;
pub use text::growth_text;

use crate::measure::growth::{Curves, Rates};
use crate::report::format::plural;

/// What must stand beside the figures.
fn caveats(all: &[Curves]) -> Vec<String> {
    let mut lines = vec![
        "Sampling requests of the main thread; those for compactions are left out. sent: tokens of \
         rendered prompts (o200k, own rendering). new: behind the longest prefix of any earlier \
         request, the bound of an ideal cache; providers cache less."
            .to_owned(),
        "closed form: T = n p + s n(n-1)/2 sent and U = p + (n-1) s new, with p the first request and s \
         the slope of size over number. It holds where a session only appends (R2 near 1), and means \
         little after a compaction."
            .to_owned(),
    ];
    if all.iter().any(|one| one.simulated) {
        lines.push(
            "Simulated sessions: answers held fixed; cached and billed as the named cache counts."
                .to_owned(),
        );
    }
    let counted = all.iter().filter(|one| one.last().billed.is_some());
    let mut rates: Vec<String> = counted.map(|one| weights(&one.rates)).collect();
    rates.sort();
    rates.dedup();
    if !rates.is_empty() {
        lines.push(format!(
            "cached: read from the cache, by the server's count of input. billed: its count of input in tokens at the plain \
             price, estimate; {}.",
            rates.join("; ")
        ));
    }
    let gaps: Vec<&Curves> =
        all.iter().filter(|one| one.last().billed.is_some() && one.last().uncounted > 0).collect();
    if !gaps.is_empty() {
        let uncounted: u64 = gaps.iter().map(|one| one.last().uncounted).sum();
        let several = match gaps.len() {
            _ if all.len() == 1 => String::new(),
            many => format!(" in {}", plural(many, "session")),
        };
        lines.push(format!(
            "{}{several} without a count of the server: cached and billed leave them out, too low by \
             what these cost.",
            plural(usize::try_from(uncounted).unwrap_or(usize::MAX), "request")
        ));
    }
    if all.iter().any(|one| one.exponent.is_some()) {
        lines.push(
            "exponent: of the history share against n, over the second half of the requests, from 50 \
             requests on. What was sent is a mixed sum and has none."
                .to_owned(),
        );
    }
    lines
}

/// `gpt-5.4: read 0.1, write 1`
fn weights(rates: &Rates) -> String {
    let model = rates.model.as_deref().unwrap_or("no price known, assumed");
    format!(
        "{model}: a cached token costs {}, a written one {}",
        round(rates.read),
        round(rates.write)
    )
}

/// A ratio of prices: three digits behind the point at most.
fn round(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How far a measured sum is from the closed form, in percent; how many times as much, where it is
/// another matter altogether.
fn off(measured: u64, law: u64) -> String {
    match law {
        0 => String::new(),
        _ => {
            let percent = (measured as f64 / law as f64 - 1.0) * 100.0;
            match format!("{percent:+.1} %").as_str() {
                "-0.0 %" | "+0.0 %" => "=".to_owned(),
                _ if percent >= 999.5 => format!("{:.0}x", measured as f64 / law as f64),
                _ if percent >= 99.95 => format!("{percent:+.0} %"),
                text => text.to_owned(),
            }
        }
    }
}
