//! Policies on prompts of letters, each letter a token.

use super::{Account, Ask, Mark, Times};
use crate::cache::fields::Fields;
use crate::cache::held::Cache;
use crate::cache::part::Part;
use crate::cache::prompts::{NodeId, Prompts};
use crate::cache::render::Segment;
use crate::scenario::CacheSpec;
use crate::wire::{Endpoint, Request};
use proptest::prelude::*;

mod breakpoints;
mod closed_forms;
mod ground_truth;
mod lifetimes;
mod reasons;
mod rules;

/// A cache, and what was sent to it.
struct Bench {
    prompts: Prompts,
    cache: Cache,
    fields: Fields,
    thread: u32,
    now: u64,
    /// Length of an answer, in milliseconds of virtual time, until its first token and its last.
    takes: (u64, u64),
}

/// A part and its letters, each a token; one more ends it.
type Piece<'a> = (Part, &'a str);

impl Bench {
    fn new(spec: &str) -> Self {
        Self {
            prompts: Prompts::new(),
            cache: Cache::new(&spec.parse::<CacheSpec>().unwrap()),
            fields: fields("{}"),
            thread: 0,
            now: 0,
            takes: (1_000, 2_000),
        }
    }

    fn segments(pieces: &[Piece<'_>]) -> Vec<Segment> {
        pieces.iter().map(|(part, text)| Segment::of_letters(*part, text)).collect()
    }

    /// Sends a prompt now, and gives its account.
    fn ask(&mut self, pieces: &[Piece<'_>]) -> Account {
        self.ask_marked(pieces, &[], &[])
    }

    /// The same with an answer, and marks at the ends of these pieces.
    fn ask_marked(
        &mut self,
        pieces: &[Piece<'_>],
        answer: &[Piece<'_>],
        marks: &[usize],
    ) -> Account {
        let prompt = self.prompts.intern(&Self::segments(pieces)).leaf;
        let output = self.prompts.extend(prompt, &Self::segments(answer)).leaf;
        self.send(prompt, output, marks)
    }

    fn send(&mut self, prompt: NodeId, output: NodeId, marks: &[usize]) -> Account {
        let marks: Vec<Mark> = marks.iter().map(|at| self.mark(prompt, *at, None)).collect();
        self.send_with(prompt, output, &marks)
    }

    /// A mark behind so many letters of a piece, else at its end.
    fn mark(&self, prompt: NodeId, at: usize, letters: Option<u64>) -> Mark {
        let node = self.prompts.ancestor(prompt, at + 1);
        let bytes = letters.unwrap_or(self.prompts.own(node).bytes);
        let before = self.prompts.total(self.prompts.parent(node)).tokens;
        let tokens = letters.map_or(self.prompts.total(node).tokens, |letters| before + letters);
        Mark { node, bytes, tokens, long: false }
    }

    fn send_with(&mut self, prompt: NodeId, output: NodeId, marks: &[Mark]) -> Account {
        let times = Times {
            begins: self.now,
            streams: self.now + self.takes.0,
            ends: self.now + self.takes.1,
        };
        let ask = Ask { times, thread: self.thread, prompt, output, fields: &self.fields, marks };
        let account = self.cache.account(&self.prompts, &ask);
        assert_eq!(account.input(), self.prompts.total(prompt).tokens);
        assert!(account.long <= account.write);
        account
    }

    /// Lets so many seconds pass.
    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.now += seconds * 1_000;
        self
    }
}

fn fields(body: &str) -> Fields {
    Fields::of(Endpoint::Responses, &Request::parse(body.as_bytes()).unwrap())
}

/// Read, written, plain.
fn counts(account: Account) -> (u64, u64, u64) {
    (account.read, account.write, account.plain)
}

fn piece() -> impl Strategy<Value = (Part, String)> {
    let part = prop_oneof![
        Just(Part::Tool),
        Just(Part::Developer),
        Just(Part::User),
        Just(Part::Call),
        Just(Part::Output),
        Just(Part::Assistant),
    ];
    (part, "[ab]{1,6}")
}

/// How many pieces are kept, those that follow, the answer, a gap.
type Step = (usize, Vec<(Part, String)>, Vec<(Part, String)>, u64);

/// Prompts with a part of the last one in common, with answers, gaps and marks.
fn session() -> impl Strategy<Value = Vec<Step>> {
    let pieces = || prop::collection::vec(piece(), 1..5);
    prop::collection::vec((0..8_usize, pieces(), pieces(), 0..3_u64), 1..14)
}

const ALL: [&str; 22] = [
    "none",
    "ideal",
    "radix",
    "vllm:page=2",
    "sglang:page=3",
    "lmcache:page=4",
    "mooncake:page=4",
    "mooncake:page=4,capacity=20,eviction=fifo",
    "sglang:page=2,capacity=12,eviction=lfu",
    "openai-128:minimum=4,interval=3,floor=1,machines=3,rate=1,output=yes",
    "openai-128:minimum=4,interval=3,floor=1,retention=in_memory,ttl=1",
    "openai-2048:minimum=4,interval=6,floor=2,hidden=1",
    "openai-breakpoints:minimum=4,ttl=1",
    "openai-breakpoints:minimum=0,lookup=latest-80",
    "anthropic-5m:minimum=3",
    "anthropic-5m:minimum=3,placement=tail,runs=no",
    "anthropic-1h:minimum=0,effort=all",
    "gemini-implicit:minimum=3",
    "gemini-explicit:minimum=1",
    "deepseek-64:interval=2,minimum=2",
    "deepseek-v4:interval=3,ttl=2",
    "llama.cpp",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// `send` asserts that the counts add up; nothing is read that was never sent.
    #[test]
    fn counts_add_up_and_nothing_is_read_that_was_never_there(session in session()) {
        for spec in ALL {
            let mut bench = Bench::new(spec);
            let mut sent: Vec<String> = Vec::new();
            let mut last: Vec<(Part, String)> = Vec::new();
            for (keep, more, answer, gap) in &session {
                last.truncate(*keep);
                last.extend(more.iter().cloned());
                let pieces: Vec<Piece<'_>> = borrow(&last);
                let prompt = bench.prompts.intern(&Bench::segments(&pieces)).leaf;
                let answered = Bench::segments(&borrow(answer));
                let output = bench.prompts.extend(prompt, &answered).leaf;
                // At ends and behind first letters.
                let marked = (0..pieces.len()).filter(|at| at % 3 == 1);
                let mark = |at: usize| bench.mark(prompt, at, (at % 2 == 0).then_some(1));
                let marks: Vec<Mark> = marked.map(mark).collect();
                bench.fields = fields(&format!(r#"{{"reasoning":{{"effort":"{}"}}}}"#, keep / 4));
                bench.thread = u32::from(*keep == 7);
                let account = bench.send_with(prompt, output, &marks);
                let text = text(&pieces);
                let most = sent.iter().map(|old| common(old, &text)).max().unwrap_or(0);
                prop_assert!(account.read <= most, "{} {:?} {}", spec, account, most);
                sent.push(text + &self::text(&borrow(answer)));
                bench.wait(*gap);
            }
        }
    }

    /// Token caches against token vectors, block by block.
    #[test]
    fn token_caches_agree_with_token_vectors(session in session()) {
        type Expected<'a> = &'a dyn Fn(&Naive, &str) -> u64;
        let cases: [(&str, Expected<'_>); 6] = [
            ("ideal", &|naive, text| naive.blocks(text, 1, false)),
            ("radix", &|naive, text| naive.blocks(text, 1, true)),
            ("vllm:page=3", &|naive, text| naive.blocks(text, 3, true).min(
                (text.len() as u64 - 1) / 3 * 3)),
            ("lmcache:page=4", &|naive, text| naive.blocks(text, 4, false)),
            ("deepseek-64:interval=5,minimum=0", &|naive, text| naive.blocks(text, 5, true)),
            ("openai-128:interval=2,floor=1,minimum=7", &|naive, text| {
                match naive.blocks(text, 1, false) {
                    ..7 => 0,
                    _ => naive.blocks(text, 2, false),
                }
            }),
        ];
        for (spec, expected) in cases {
            let mut bench = Bench::new(spec);
            let mut naive = Naive::default();
            let mut last: Vec<(Part, String)> = Vec::new();
            for (keep, more, answer, _) in &session {
                last.truncate(*keep);
                last.extend(more.iter().cloned());
                let (pieces, answer) = (borrow(&last), borrow(answer));
                let account = bench.ask_marked(&pieces, &answer, &[]);
                let text = text(&pieces);
                prop_assert_eq!(account.read, expected(&naive, &text), "{} {}", spec, text);
                naive.sent.push((text.clone(), text + &self::text(&answer)));
                bench.wait(9);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Blocks have an identity: a pool in which all of them fit reads what an endless cache does.
    #[test]
    fn a_pool_that_holds_everything_is_a_cache_without_limit(session in session()) {
        for policy in ["radix", "vllm:page=3", "sglang:page=2", "lmcache:page=4", "mooncake:page=5"] {
            let join = if policy.contains(':') { "," } else { ":" };
            let mut endless = Bench::new(policy);
            let mut pools = ["lru", "lru-leaf", "lfu", "length-aware", "fifo", "sieve"]
                .map(|rule| Bench::new(&format!("{policy}{join}capacity=100000,eviction={rule}")));
            let mut last: Vec<(Part, String)> = Vec::new();
            for (keep, more, answer, _) in &session {
                last.truncate(*keep);
                last.extend(more.iter().cloned());
                let (pieces, answer) = (borrow(&last), borrow(answer));
                let expected = endless.ask_marked(&pieces, &answer, &[]);
                for pool in &mut pools {
                    prop_assert_eq!(pool.ask_marked(&pieces, &answer, &[]), expected, "{}", policy);
                }
            }
        }
    }
}

fn borrow(pieces: &[(Part, String)]) -> Vec<Piece<'_>> {
    pieces.iter().map(|(part, text)| (*part, text.as_str())).collect()
}

/// The tokens of a prompt, a letter each.
fn text(pieces: &[Piece<'_>]) -> String {
    pieces.iter().map(|(_, text)| format!("{text}.")).collect()
}

fn common(one: &str, other: &str) -> u64 {
    one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count() as u64
}

/// Every prompt as it was sent, without and with its answer.
#[derive(Default)]
struct Naive {
    sent: Vec<(String, String)>,
}

impl Naive {
    /// Tokens of the leading blocks that some earlier text has at the same place, whole.
    fn blocks(&self, text: &str, block: usize, output: bool) -> u64 {
        let has = |end: usize| {
            self.sent.iter().any(|(prompt, answered)| {
                let old = if output { answered } else { prompt };
                old.len() >= end && old.as_bytes()[..end] == text.as_bytes()[..end]
            })
        };
        (1..=text.len() / block).take_while(|at| has(at * block)).count() as u64 * block as u64
    }
}
