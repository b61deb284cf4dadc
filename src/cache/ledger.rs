//! The accounts of one server: tokens of each request, and how many of them the cache had.

use super::render::{Renderer, sealed_tokens};
use super::tokens::count;
use super::tree::{PrefixTree, total};
use crate::recording::structure;
use crate::scenario::CachePolicyName;
use crate::wire::{Kind, Raw, Request, Usage};
use std::collections::BTreeMap;

/// `openai-128`: nothing is read below this many tokens (OpenAI's guide, models up to GPT-5.4).
const MINIMUM: u64 = 1_024;

/// `openai-128`: reads are reported in steps of so many tokens.
const BLOCK: u64 = 128;

/// What one server has cached, per thread. Rebuilt from a run's exchanges after a restart.
#[derive(Debug)]
pub struct Ledger {
    policy: CachePolicyName,
    renderer: Renderer,
    threads: BTreeMap<u32, PrefixTree>,
}

impl Ledger {
    /// An empty cache under a policy.
    #[must_use]
    pub fn new(policy: CachePolicyName) -> Self {
        Self { policy, renderer: Renderer::new(), threads: BTreeMap::new() }
    }

    /// Accounts one request of a thread and its answer: tokens of the rendered prompt, read from the
    /// cache, of the output items. The request is in the cache afterwards, the answer is not: it is
    /// read for the first time when the next request brings it back.
    pub fn account(&mut self, thread: u32, request: &Request, output: &[Raw]) -> Usage {
        let segments = self.renderer.request(request);
        let tree = self.threads.entry(thread).or_default();
        let prefix = tree.longest(&segments).tokens;
        tree.insert(&segments);

        let (mut written, mut reasoning) = (0, 0);
        for (at, item) in output.iter().enumerate() {
            written += self.renderer.segment(format!("/output/{at}"), item).tokens;
            reasoning += reasoning_tokens(item);
        }
        Usage::new(total(&segments).tokens, read(self.policy, prefix), 0, written, reasoning)
    }
}

/// How many tokens of a prefix a policy reads from the cache.
pub(crate) fn read(policy: CachePolicyName, prefix: u64) -> u64 {
    match policy {
        CachePolicyName::Ideal => prefix,
        CachePolicyName::OpenAi128 if prefix < MINIMUM => 0,
        CachePolicyName::OpenAi128 => prefix - prefix % BLOCK,
    }
}

/// Tokens of what a reasoning item says: its sealed text, else its summary.
#[must_use]
pub fn reasoning_tokens(raw: &Raw) -> u64 {
    if let Some(noted) = structure(raw) {
        return noted.thought.unwrap_or(0);
    }
    let item = raw.item();
    match item.kind() {
        Kind::Reasoning => {
            item.encrypted_content().map_or_else(|| count(&item.text()), sealed_tokens)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Ledger, read};
    use crate::cache::{count, render};
    use crate::recording::seal::seal;
    use crate::scenario::CachePolicyName::{Ideal, OpenAi128};
    use crate::wire::{Raw, Request};

    #[test]
    fn blocks_of_128_from_1024() {
        let cached = |prefix| (read(Ideal, prefix), read(OpenAi128, prefix));
        assert_eq!(cached(1_023), (1_023, 0));
        assert_eq!(cached(1_024), (1_024, 1_024));
        assert_eq!(cached(1_151), (1_151, 1_024));
        assert_eq!(cached(1_152), (1_152, 1_152));
    }

    fn request(texts: &[&str]) -> Request {
        let input: Vec<_> =
            texts.iter().map(|text| serde_json::json!({"role": "user", "content": text})).collect();
        Request::parse(serde_json::json!({ "input": input }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_thread_reads_what_it_sent_and_threads_do_not_mix() {
        let mut ledger = Ledger::new(Ideal);
        let (first, second) = (request(&["one"]), request(&["one", "two"]));
        let tokens = |request| render(request).iter().map(|segment| segment.tokens).sum::<u64>();
        assert_eq!(ledger.account(0, &first, &[]).cached(), 0);
        let usage = ledger.account(0, &second, &[]);
        assert_eq!((usage.input_tokens, usage.cached()), (tokens(&second), tokens(&first)));
        assert_eq!(ledger.account(1, &second, &[]).cached(), 0);
        assert_eq!(usage.input_tokens_details.cache_write_tokens, 0);
    }

    #[test]
    fn output_counts_items_and_reasoning_what_it_says() {
        let mut ledger = Ledger::new(Ideal);
        let blob = seal("I should look first.");
        let reasoning = Raw::parse(&format!(
            r#"{{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"{blob}"}}"#
        ))
        .unwrap();
        let said = Raw::parse(r#"{"type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Done."}]}"#).unwrap();
        let usage = ledger.account(0, &request(&["go"]), &[reasoning, said]);
        let frame = count("{\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\"\"}\n");
        let text = "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"Done.\"}]}\n";
        let thought = count("I should look first.");
        assert_eq!(usage.output_tokens, frame + thought + count(text));
        assert_eq!(usage.output_tokens_details.reasoning_tokens, thought);
        assert_eq!(usage.total_tokens, usage.input_tokens + usage.output_tokens);
    }
}
