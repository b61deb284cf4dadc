//! The grid, inputs x layouts x compactions x caches, and its rows.

use super::latency::Latency;
use super::layout::{Compaction, Layout};
use super::refusal::Refusal;
use super::session::Session;
use super::totals::{Request, Totals};
use crate::cache::Prices;
use crate::scenario::CacheSpec;
use serde::Serialize;

/// One recording or run.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its threads, the main one first.
    pub sessions: Vec<Session>,
}

/// What is to be compared.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Layouts.
    pub layouts: Vec<Layout>,
    /// Compactions.
    pub compactions: Vec<Compaction>,
    /// Caches.
    pub caches: Vec<CacheSpec>,
    /// What tokens cost.
    pub prices: Prices,
    /// The model that all requests name, instead of their own: for prices, and for caches that go by
    /// it.
    pub model: Option<String>,
    /// How long clients wait.
    pub latency: Latency,
    /// Whether single requests are told, too.
    pub requests: bool,
}

/// One session under one combination.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Name of the input.
    pub input: String,
    /// Thread of it.
    pub thread: u32,
    /// What it shares with sessions that are not independent of it.
    pub cluster: String,
    /// Model in its requests.
    pub model: String,
    /// The layout.
    pub layout: String,
    /// The compaction.
    pub compaction: String,
    /// The cache.
    pub cache: String,
    /// What it comes to.
    #[serde(flatten)]
    pub totals: Totals,
    /// Each request, if that was asked for.
    #[serde(skip)]
    pub requests: Vec<Request>,
}

/// All rows, and what could not be laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// By input, layout, compaction, cache, thread.
    pub rows: Vec<Row>,
    /// Layouts and compactions that do not fit an input.
    pub refused: Vec<Refusal>,
}
