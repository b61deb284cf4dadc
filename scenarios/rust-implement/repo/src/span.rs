//! A span of minutes within one day.

use std::fmt;

/// Minutes of a whole day.
pub const DAY: u32 = 24 * 60;

/// From a minute to another, the end not included. Never empty, never beyond the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First minute since midnight.
    pub start: u32,
    /// First minute after the span.
    pub end: u32,
}

impl Span {
    /// A span, or nothing when it would be empty or reach beyond the day.
    pub fn new(start: u32, end: u32) -> Option<Self> {
        (start < end && end <= DAY).then_some(Self { start, end })
    }

    /// Reads `08:30-10:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.trim().split_once('-')?;
        Self::new(minute(start)?, minute(end)?)
    }

    /// How many minutes it covers.
    pub fn minutes(self) -> u32 {
        self.end - self.start
    }
}

fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start, self.end);
        write!(f, "{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60)
    }
}
