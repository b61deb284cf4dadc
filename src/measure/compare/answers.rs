//! Answers that say or call something else.

use super::AnswerChange;
use super::align::{Aligned, said};
use super::text::{Edit, changed_lines};
use crate::measure::story::{brief_call, one_line};
use crate::recording::Exchange;
use crate::recording::journal::RunLog;
use crate::wire::{Item, Raw};

/// Whether two answers differ in what they say, call or come to.
pub(super) fn differ(a: &Exchange, b: &Exchange) -> bool {
    let parts = |exchange: &Exchange| -> Vec<String> {
        exchange.output.iter().map(|raw| said(&raw.item())).collect()
    };
    a.outcome != b.outcome || a.status != b.status || parts(a) != parts(b)
}

/// All of them; `b` in the names of A.
pub(super) fn changes(a: &RunLog, b: &[Exchange], aligned: &Aligned) -> Vec<AnswerChange> {
    let pairs = aligned.pairs.iter().map(|(left, right)| (&a.exchanges[*left], &b[*right]));
    let differing = pairs.filter(|(left, right)| differ(left, right));
    differing
        .map(|(left, right)| AnswerChange {
            exchange_a: left.seq,
            exchange_b: right.seq,
            calls: calls(left) != calls(right),
            lines: lines(left, right),
        })
        .collect()
}

fn calls(exchange: &Exchange) -> Vec<String> {
    let items = exchange.output.iter().map(Raw::item);
    items.filter(|item| item.kind().is_call()).map(|item| said(&item)).collect()
}

/// The parts, one a line. Where two of them differ in a later line only, their texts are compared.
fn lines(a: &Exchange, b: &Exchange) -> Vec<Edit> {
    let shown = |exchange: &Exchange| -> Vec<(String, String)> {
        let parts = exchange.output.iter().map(Raw::item);
        let mut parts: Vec<_> = parts.map(|item| (brief(&item), said(&item))).collect();
        let ending = format!("ends: {:?}", exchange.outcome).to_lowercase();
        parts.push((ending.clone(), ending));
        parts
    };
    let (old, new) = (shown(a), shown(b));
    let whole = |parts: &[(String, String)]| -> Vec<String> {
        parts.iter().map(|(_, whole)| whole.clone()).collect()
    };
    let ops = similar::capture_diff_slices(similar::Algorithm::Myers, &whole(&old), &whole(&new));
    let mut lines = Vec::new();
    for op in ops {
        let (left, right) = (&old[op.old_range()], &new[op.new_range()]);
        if matches!(op, similar::DiffOp::Equal { .. }) {
            continue;
        }
        let alike = |(a, b): (&(String, String), &(String, String))| a.0 == b.0;
        if left.len() == right.len() && left.iter().zip(right).any(alike) {
            for (left, right) in left.iter().zip(right) {
                lines.extend(changed_lines(&left.1, &right.1));
            }
            continue;
        }
        lines.extend(left.iter().map(|(brief, _)| Edit::new('-', brief)));
        lines.extend(right.iter().map(|(brief, _)| Edit::new('+', brief)));
    }
    lines
}

fn brief(item: &Item) -> String {
    let name = item.str("name").or(item.str("type")).unwrap_or_default();
    match item.arguments() {
        Some(arguments) if item.kind().is_call() => format!("{name}  {}", brief_call(arguments)),
        _ => one_line(&said(item)),
    }
}
