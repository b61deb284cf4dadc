//! What the bookings of a berth leave over.

use crate::span::Span;

/// Bookings in order of time, those that overlap or touch joined into one.
pub fn merged(bookings: &[Span]) -> Vec<Span> {
    let mut sorted = bookings.to_vec();
    sorted.sort();
    let mut out: Vec<Span> = Vec::new();
    for span in sorted {
        match out.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => out.push(span),
        }
    }
    out
}

/// Minutes of the day on which the berth is taken, each counted once.
pub fn busy_minutes(bookings: &[Span]) -> u32 {
    merged(bookings).into_iter().map(Span::minutes).sum()
}

/// The windows within `opening` in which a ship can lie for at least `at_least` minutes.
///
/// In order of time. Around each booking the berth is kept clear for the time that
/// `docs/rules.md` gives; the borders of `opening` need no such time. A window of no minutes is no
/// window, even if `at_least` is 0.
pub fn free_windows(opening: Span, bookings: &[Span], at_least: u32) -> Vec<Span> {
    let _ = (opening, bookings, at_least);
    todo!("the windows between the bookings")
}
