//! A scan as a table for the terminal: at most [`WIDTH`] columns, blank where nothing applies, what
//! to know about the figures in the last lines.

use super::format::{WIDTH, bytes, count, cut, percent, plural, wrap};
use super::scan::{Scan, ScanRow};
use std::fmt::Write;

/// Characters of a session's name.
const NAME: usize = 29;

impl Scan {
    /// The table with its first `rows` rows.
    #[must_use]
    pub fn text(&self, rows: usize) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:<NAME$} {:<10} {:>5} {:>8} {:>8} {:>6} {:>4} {:>6} {:>7} {:>8}",
            "session",
            "started",
            "req",
            "sent",
            "new",
            "cached",
            "cold",
            "breaks",
            "compact",
            "cost"
        );
        for row in self.sessions.iter().take(rows) {
            let _ = writeln!(text, "{}", line(&name(row), row));
        }
        let hidden = self.sessions.len().saturating_sub(rows);
        if hidden > 0 {
            let _ = writeln!(text, "({hidden} more; --all)");
        }
        if self.sessions.len() > 1 {
            let name = format!("all {}", plural(self.sessions.len(), "session"));
            let _ = writeln!(text, "{}", line(&name, &self.totals));
        }
        for (file, why) in &self.unreadable {
            let why = why.strip_prefix(file.as_str()).unwrap_or(why);
            let _ = writeln!(
                text,
                "unreadable: {file}{}",
                if why.starts_with(':') { why.to_owned() } else { format!(": {why}") }
            );
        }
        for caveat in caveats(self) {
            let _ = writeln!(text, "{}", wrap(&caveat, WIDTH, "  ").join("\n"));
        }
        if let Some(row) = self.sessions.first() {
            let _ = writeln!(
                text,
                "next: unreel import {} '{}'",
                row.format,
                row.file.replace('\'', "'\\''")
            );
        }
        text
    }
}

/// The folder of the work and the time, which people know a session by; else the file.
fn name(row: &ScanRow) -> String {
    let file = row.file.rsplit('/').next().unwrap_or(&row.file);
    let folder = row.folder.as_deref().and_then(|folder| folder.rsplit(['/', '\\']).next());
    let name = match folder.filter(|folder| !folder.is_empty()) {
        Some(folder) => format!("{} {folder}", row.format),
        None => format!("{} {file}", row.format),
    };
    cut(&name, NAME)
}

fn line(name: &str, row: &ScanRow) -> String {
    let started = row.started.as_deref().and_then(|at| at.get(..10)).unwrap_or_default();
    let some = |count: u64| if count == 0 { String::new() } else { count.to_string() };
    let cached = match (row.cached_tokens, row.input_tokens) {
        (Some(cached), Some(input)) => percent(cached, input),
        _ => String::new(),
    };
    let cold = if row.input_tokens.is_some() { some(row.cold) } else { String::new() };
    let breaks = some(row.other_breaks().map(|(_, count)| count).sum());
    format!(
        "{name:<NAME$} {started:<10} {:>5} {:>8} {:>8} {cached:>6} {cold:>4} {breaks:>6} {:>7} {:>8}",
        row.requests,
        bytes(row.sent_bytes),
        bytes(row.new_bytes),
        some(row.compactions),
        row.cost_nano_usd.map(dollars).unwrap_or_default(),
    )
    .trim_end()
    .to_owned()
}

/// `$12.3`, `$0.042`.
fn dollars(nano: u64) -> String {
    let dollars = nano as f64 / 1e9;
    match dollars {
        _ if dollars >= 99.95 => format!("${}", count(dollars.round() as u64)),
        _ if dollars >= 0.9995 => format!("${dollars:.2}"),
        _ => format!("${dollars:.3}"),
    }
}

/// What to know about the figures.
pub(super) fn caveats(scan: &Scan) -> Vec<String> {
    let mut caveats = Vec::new();
    let totals = &scan.totals;
    let breaks: Vec<String> =
        totals.breaks.iter().map(|(cause, count)| format!("{cause} {count}")).collect();
    if !breaks.is_empty() {
        caveats.push(format!("prefix breaks by cause: {}", breaks.join(" · ")));
    }
    if let (Some(input), Some(cached)) = (totals.input_tokens, totals.cached_tokens) {
        caveats.push(format!(
            "provider's count: {} tokens in, {} of them cached; {} out",
            count(input),
            count(cached),
            count(totals.output_tokens.unwrap_or_default())
        ));
    }
    caveats.push(
        "sent, new: prompts put together from the logs, which lack tool definitions and more, so the \
         provider counts more; new = bound of an ideal prefix cache. cached = share of input tokens \
         by the provider's own count. cold = nothing cached although 1,024 tokens or more were sent before. breaks = \
         without those of compactions, which have their own column."
            .to_owned(),
    );
    let priced = scan.sessions.iter().filter(|row| row.cost_nano_usd.is_some()).count();
    let mut money = format!(
        "cost: estimate, list prices of {}, for {priced} of {}",
        scan.prices,
        plural(scan.sessions.len(), "session")
    );
    if !totals.unpriced.is_empty() {
        money.push_str(&format!("; no price known for {}", totals.unpriced.join(", ")));
    }
    let uncounted = scan.sessions.len() - priced;
    if uncounted > 0 && totals.unpriced.is_empty() {
        money.push_str("; the others lack a count of tokens for some answer");
    }
    caveats.push(money);
    if totals.notes > 0 {
        let notes = plural(usize::try_from(totals.notes).unwrap_or(usize::MAX), "note");
        caveats
            .push(format!("{notes} on skipped lines and other doubts: `unreel import` shows them"));
    }
    if scan.empty > 0 {
        let empty = usize::try_from(scan.empty).unwrap_or(usize::MAX);
        caveats.push(format!("{} without any answer left out", plural(empty, "log")));
    }
    caveats
}
