use crate::plan::{busy_minutes, free_windows, merged};
use crate::span::Span;

fn span(text: &str) -> Span {
    Span::parse(text).unwrap()
}

fn shown(spans: &[Span]) -> String {
    let words: Vec<String> = spans.iter().map(Span::to_string).collect();
    words.join(" ")
}

#[test]
fn a_span_reads_and_prints_clock_times() {
    assert_eq!(span("08:05-10:00").to_string(), "08:05-10:00");
    assert_eq!(span("00:00-24:00").minutes(), 1440);
    for wrong in ["", "08:00", "10:00-08:00", "08:00-08:00", "08:60-09:00", "23:00-24:01"] {
        assert_eq!(Span::parse(wrong), None, "{}", wrong);
    }
}

#[test]
fn bookings_that_touch_are_joined() {
    let bookings = [span("12:00-13:00"), span("08:00-09:00"), span("09:00-10:30")];
    assert_eq!(shown(&merged(&bookings)), "08:00-10:30 12:00-13:00");
    assert_eq!(busy_minutes(&bookings), 210);
}

#[test]
fn without_bookings_all_opening_hours_are_free() {
    assert_eq!(shown(&free_windows(span("06:00-22:00"), &[], 30)), "06:00-22:00");
}

#[test]
fn short_windows_are_left_out() {
    let bookings = [span("06:00-12:00"), span("12:45-22:00")];
    assert_eq!(shown(&free_windows(span("06:00-22:00"), &bookings, 30)), "");
}
