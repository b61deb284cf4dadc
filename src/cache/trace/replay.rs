//! A trace played against caches of several rules and capacities.
//!
//! The next chunk is read while all caches play the one at hand, side by side; each plays the
//! requests in their order and knows nothing of the others, so that no number depends on how many
//! processors there are.

use super::error::{TraceError, TraceErrorKind as Kind};
use super::reader::{Chunk, Format, Source, TraceReader};
use super::share::Share;
use super::tally::{Tally, Totals};
use crate::cache::eviction::{Bank, Eviction, Foresight, Found, INFINITE};
use rayon::prelude::*;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Accesses of a chunk: enough that starting the caches costs nothing beside playing them.
const CHUNK: usize = 1 << 16;

/// The size of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// So many blocks.
    Blocks(u64),
    /// As many whole blocks as fit into so many tokens.
    Tokens(u64),
    /// It never evicts.
    Infinite,
}

/// What is asked of a trace.
#[derive(Clone, Debug)]
pub struct Question {
    /// Rules, as rows are to stand.
    pub evictions: Vec<Eviction>,
    /// Capacities of each.
    pub capacities: Vec<Capacity>,
    /// Tokens of a block, for traces that do not tell.
    pub block_size: Option<NonZeroU32>,
    /// The share of the requests that is played first and not counted.
    pub warm_up: Share,
}

/// One rule at one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The rule.
    pub eviction: Eviction,
    /// The capacity as it was asked for.
    pub asked: Capacity,
    /// In blocks; `None` if it never evicts.
    pub capacity: Option<u64>,
    /// What it had.
    pub tally: Tally,
}

/// A trace and what the caches had of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// The file.
    pub name: String,
    /// How it is written.
    pub format: Format,
    /// Tokens of a block.
    pub block_size: Option<u32>,
    /// The whole trace.
    pub all: Totals,
    /// Distinct blocks.
    pub distinct: u64,
    /// What is counted: all but the requests that warm up.
    pub counted: Totals,
    /// Rule by rule, capacity by capacity.
    pub rows: Vec<Row>,
}

/// Plays a trace.
pub fn play(source: &Source, question: &Question) -> Result<Played, TraceError> {
    let survey = survey(source, question)?;
    let mut reader = TraceReader::open(source, question.block_size)?;
    let (mut chunk, mut next) = (Chunk::default(), Chunk::default());
    reader.fill(&mut chunk, CHUNK)?;
    if chunk.is_empty() {
        return Err(source.error(Kind::Empty));
    }
    // The first line tells the size of a block, and that what a capacity in tokens is.
    let block = reader.block_size();
    let capacities: Option<Vec<usize>> =
        question.capacities.iter().map(|capacity| blocks(*capacity, block)).collect();
    let capacities = capacities.ok_or_else(|| source.error(Kind::NoBlockSize))?;
    let mut lanes: Vec<Lane> = Vec::new();
    for eviction in &question.evictions {
        for (places, bank) in eviction.banks(&capacities, &survey.future) {
            lanes.push(Lane::new(*eviction, places, bank, block));
        }
    }
    let (mut all, mut counted) = (Totals::default(), Totals::default());
    while !chunk.is_empty() {
        let skip = survey.warm_up.saturating_sub(all.requests);
        for (at, (request, blocks)) in (0..).zip(chunk.iter()) {
            all.add(blocks.len() as u64, request.tokens);
            if at >= skip {
                counted.add(blocks.len() as u64, request.tokens);
            }
        }
        let (read, ()) = rayon::join(
            || reader.fill(&mut next, CHUNK),
            || lanes.par_iter_mut().for_each(|lane| lane.play(&chunk, skip)),
        );
        read?;
        std::mem::swap(&mut chunk, &mut next);
    }
    if survey.requests.is_some_and(|requests| requests != all.requests) {
        return Err(source.error(Kind::Changed));
    }
    Ok(Played {
        name: source.name().to_owned(),
        format: reader.format(),
        block_size: block.map(NonZeroU32::get),
        all,
        distinct: reader.distinct() as u64,
        counted,
        rows: rows(question, &capacities, &lanes),
    })
}

/// What an earlier reading told.
#[derive(Default)]
struct Survey {
    /// Requests; `None` if there was no such reading.
    requests: Option<u64>,
    /// Of these the ones that only warm up.
    warm_up: u64,
    future: Arc<[u32]>,
}

fn survey(source: &Source, question: &Question) -> Result<Survey, TraceError> {
    let belady = question.evictions.contains(&Eviction::Belady);
    let what = match (belady, !question.warm_up.is_none()) {
        (true, _) => "belady",
        (false, true) => "a share of the requests as warm-up",
        (false, false) => return Ok(Survey::default()),
    };
    if !source.is_lasting() {
        return Err(source.error(Kind::Once(what)));
    }
    let mut reader = TraceReader::open(source, question.block_size)?;
    let (mut foresight, mut chunk, mut requests) = (Foresight::default(), Chunk::default(), 0);
    loop {
        reader.fill(&mut chunk, CHUNK)?;
        if chunk.is_empty() {
            break;
        }
        for (_, blocks) in chunk.iter() {
            requests += 1;
            if belady && !foresight.request(blocks) {
                return Err(source.error(Kind::Many("accesses")));
            }
        }
    }
    let warm_up = question.warm_up.of(requests);
    Ok(Survey { requests: Some(requests), warm_up, future: foresight.future() })
}

/// A capacity in blocks; nothing if it is said in tokens and nobody knows how many a block has.
fn blocks(capacity: Capacity, block: Option<NonZeroU32>) -> Option<usize> {
    let blocks = match capacity {
        Capacity::Blocks(blocks) => blocks,
        Capacity::Tokens(tokens) => tokens / u64::from(block?.get()),
        Capacity::Infinite => return Some(INFINITE),
    };
    // More blocks than can be numbered are never full.
    Some(usize::try_from(blocks).unwrap_or(INFINITE))
}

/// Caches that are played as one, with their tallies.
struct Lane {
    eviction: Eviction,
    /// Which of the capacities they have.
    places: Vec<usize>,
    bank: Box<dyn Bank>,
    block: u64,
    found: Vec<Found>,
    tallies: Vec<Tally>,
}

impl Lane {
    fn new(
        eviction: Eviction,
        places: Vec<usize>,
        bank: Box<dyn Bank>,
        block: Option<NonZeroU32>,
    ) -> Self {
        let found = vec![Found::default(); places.len()];
        let tallies = vec![Tally::default(); places.len()];
        let block = block.map_or(1, |block| block.get().into());
        Self { eviction, places, bank, block, found, tallies }
    }

    /// Plays a chunk; its first `skip` requests are not counted.
    fn play(&mut self, chunk: &Chunk, skip: u64) {
        for (at, (request, blocks)) in (0..).zip(chunk.iter()) {
            self.bank.play(blocks, &mut self.found);
            if at >= skip {
                for (tally, found) in self.tallies.iter_mut().zip(&self.found) {
                    tally.add(*found, blocks.len() as u64, request.tokens, self.block);
                }
            }
        }
    }
}

fn rows(question: &Question, capacities: &[usize], lanes: &[Lane]) -> Vec<Row> {
    let mut rows = Vec::new();
    for eviction in &question.evictions {
        let mut tallies = vec![Tally::default(); capacities.len()];
        for lane in lanes.iter().filter(|lane| lane.eviction == *eviction) {
            for (place, tally) in lane.places.iter().zip(&lane.tallies) {
                tallies[*place] = *tally;
            }
        }
        for ((asked, blocks), tally) in question.capacities.iter().zip(capacities).zip(tallies) {
            let capacity = (*blocks != INFINITE).then_some(*blocks as u64);
            rows.push(Row { eviction: *eviction, asked: *asked, capacity, tally });
        }
    }
    rows
}
