//! The accounts of the plans of one input: its prompts are taken into one tree, once, and every
//! cache walks the same nodes. Threads go in the order in which their requests were recorded, for
//! caches that threads share.

use super::grid::Grid;
use super::layout::{Layout, Mark as Place, What};
use super::marks::Placed;
use super::plan::{Plan, Prompt};
use super::session::Session;
use super::totals::{Billed, Request, Totals};
use crate::cache::{Ask, Cache, Clock, Fields, Mark, Match, NodeId, Presence, Prompts, Segment};
use crate::recording::CacheMark;
use crate::scenario::CacheSpec;
use rayon::prelude::*;

/// What a thread comes to, and each of its requests.
pub(super) type Accounted = (Totals, Vec<Request>);

/// By cache, then by thread.
pub(super) fn account(
    sessions: &[Session],
    plans: &[Plan],
    layout: &Layout,
    grid: &Grid,
) -> Vec<Vec<Accounted>> {
    let (prompts, asked) = taken(sessions, plans, layout);
    let models = |session: &Session| session.models(grid.model.as_deref());
    let models: Vec<Vec<String>> = sessions.iter().map(models).collect();
    let account = |spec: &CacheSpec| {
        let mut cache = Cache::new(spec);
        let mut clock = Clock::new(spec.number("pause"), spec.is("shared"));
        let mut all: Vec<Accounted> = vec![(Totals::zero(), Vec::new()); sessions.len()];
        for one in &asked {
            let prompt = &plans[one.thread].prompts[one.number];
            let about = &prompt.about;
            let mut billed = Billed {
                new_bytes: one.whole.bytes - one.bound.bytes,
                new_tokens: one.whole.tokens - one.bound.tokens,
                ..Billed::default()
            };
            if about.processed {
                let thread = sessions[one.thread].thread;
                let times = clock.exchange(thread, about.sent_at, about.output_tokens);
                let account = cache.account(
                    &prompts,
                    &Ask {
                        times,
                        thread,
                        prompt: one.prompt,
                        output: one.output,
                        fields: &one.fields[about.fields as usize],
                        marks: &one.marks,
                    },
                );
                billed.read = account.read;
                billed.written = account.write;
                billed.plain = account.plain;
                billed.reason = account.reason;
            }
            let model = &models[one.thread][about.fields as usize];
            let (totals, requests) = &mut all[one.thread];
            let (prices, latency) = (&grid.prices, &grid.latency);
            let request = totals.add(one.seq, prompt, billed, model, prices, latency);
            if grid.requests {
                requests.push(request);
            }
        }
        all
    };
    grid.caches.par_iter().map(account).collect()
}

/// A request of a plan, in the tree of prompts.
struct Asked<'a> {
    /// Which plan, and which of its prompts.
    thread: usize,
    number: usize,
    seq: u32,
    prompt: NodeId,
    output: NodeId,
    whole: Match,
    /// What an ideal cache would have.
    bound: Match,
    fields: &'a [Fields],
    marks: Vec<Mark>,
}

/// All requests of an input, in order, in one tree.
fn taken<'a>(
    sessions: &[Session],
    plans: &'a [Plan],
    layout: &Layout,
) -> (Prompts, Vec<Asked<'a>>) {
    let mut order: Vec<(u32, usize, usize)> = Vec::new();
    for (thread, (session, plan)) in sessions.iter().zip(plans).enumerate() {
        let seq = |prompt: &Prompt| session.requests[prompt.about.asked].seq;
        let numbered = plan.prompts.iter().enumerate();
        order.extend(numbered.map(|(number, prompt)| (seq(prompt), thread, number)));
    }
    order.sort_unstable();
    let mut tree = Prompts::new();
    let mut paths: Vec<Path> = plans.iter().map(|_| Path::default()).collect();
    let mut asked = Vec::with_capacity(order.len());
    for (seq, thread, number) in order {
        let (plan, session) = (&plans[thread], &sessions[thread]);
        let prompt = &plan.prompts[number];
        let path = &mut paths[thread];
        path.go(&mut tree, plan, prompt);
        let leaf = path.leaf();
        let bound = path.sent.longest(&tree, leaf);
        path.sent.add(&tree, leaf);
        let output = match prompt.about.compacts {
            // What it says is not known, only how much.
            true => leaf,
            false => {
                let output = &session.requests[prompt.about.asked].output;
                let segments: Vec<Segment> =
                    output.iter().map(|id| plan.parts.get(*id).segment.clone()).collect();
                tree.extend(leaf, &segments).leaf
            }
        };
        let marks = match &layout.what {
            What::Breakpoints { places, .. } => path.marks(&tree, places, prompt),
            _ => path.own(&tree, prompt),
        };
        path.before = path.nodes.len();
        asked.push(Asked {
            thread,
            number,
            seq,
            prompt: leaf,
            output,
            whole: tree.total(leaf),
            bound,
            fields: &plan.fields,
            marks,
        });
    }
    (tree, asked)
}

/// The nodes of the prompt that a thread sent last.
#[derive(Default)]
struct Path {
    nodes: Vec<NodeId>,
    sent: Presence,
    /// Parts of the prompt before.
    before: usize,
}

impl Path {
    fn go(&mut self, tree: &mut Prompts, plan: &Plan, prompt: &Prompt) {
        self.nodes.truncate(prompt.keep);
        for id in &prompt.rest {
            let segment = &plan.parts.get(*id).segment;
            let node = tree.extend(self.leaf(), std::slice::from_ref(segment)).leaf;
            self.nodes.push(node);
        }
    }

    /// The client's own marks.
    fn own(&self, tree: &Prompts, prompt: &Prompt) -> Vec<Mark> {
        let of = |placed: &Placed| {
            let node = self.nodes[placed.at];
            let before = tree.total(tree.parent(node)).tokens;
            let mark = |mark: &CacheMark| {
                let (bytes, tokens, long) = (mark.bytes, before + mark.tokens, mark.long);
                Mark { node, bytes, tokens, long }
            };
            placed.marks.iter().map(mark).collect::<Vec<_>>()
        };
        prompt.marks.iter().flat_map(of).collect()
    }

    fn leaf(&self) -> NodeId {
        self.nodes.last().copied().unwrap_or(NodeId::ROOT)
    }

    /// Explicit breakpoints, in the order of the prompt, each place once.
    fn marks(&self, tree: &Prompts, places: &[Place], prompt: &Prompt) -> Vec<Mark> {
        let end = |place: &Place| match place {
            Place::Tools => prompt.about.tools,
            Place::Static => prompt.about.head,
            Place::Tail => self.nodes.len(),
            Place::Previous => self.before.min(prompt.keep),
        };
        let mut ends: Vec<usize> = places.iter().map(end).filter(|end| *end > 0).collect();
        ends.sort_unstable();
        ends.dedup();
        let mark = |end: usize| {
            let node = self.nodes[end - 1];
            let (bytes, tokens) = (tree.own(node).bytes, tree.total(node).tokens);
            Mark { node, bytes, tokens, long: false }
        };
        ends.into_iter().map(mark).collect()
    }
}
