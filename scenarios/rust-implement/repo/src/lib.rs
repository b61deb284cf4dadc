//! Bookings of a berth and the free windows between them.

pub mod plan;
pub mod span;

#[cfg(test)]
mod tests;
