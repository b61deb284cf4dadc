//! The accounts of one server: tokens of each request, and what the cache had of them.

use super::clock::Clock;
use super::diagnostics::Diagnostics;
use super::fields::Fields;
use super::held::Cache;
use super::intake::{Call, Intake, Taken};
use super::policy::Account;
use super::prompts::NodeId;
use crate::scenario::CacheSpec;
use crate::wire::Usage;
use std::collections::HashMap;

/// What one server has cached. Rebuilt from a run's exchanges after a restart.
#[derive(Debug)]
pub struct Ledger {
    intake: Intake,
    clock: Clock,
    cache: Cache,
    /// Stored responses, for comparisons; only looked up.
    responses: HashMap<String, (NodeId, Fields)>,
}

/// One request, accounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accounted {
    /// What the response reports.
    pub usage: Usage,
    /// What the cache did.
    pub account: Account,
    /// What the response tells of it, if the request asks for that.
    pub diagnostics: Option<Diagnostics>,
}

impl From<Usage> for Accounted {
    fn from(usage: Usage) -> Self {
        let (read, write) = (usage.cached(), usage.input_tokens_details.cache_write_tokens);
        let plain = usage.input_tokens.saturating_sub(read).saturating_sub(write);
        let account = Account { read, write, plain, ..Account::default() };
        Self { usage, account, diagnostics: None }
    }
}

impl Ledger {
    /// An empty cache under a policy.
    #[must_use]
    pub fn new(spec: &CacheSpec) -> Self {
        let clock = Clock::new(spec.number("pause"), spec.is("shared"));
        let (intake, cache) = (Intake::new(), Cache::new(spec));
        Self { intake, clock, cache, responses: HashMap::new() }
    }

    /// Accounts one request and its answer: tokens of the rendered prompt, those read from and
    /// written to the cache, those of the output items.
    pub fn account(&mut self, call: &Call<'_>) -> Accounted {
        let taken = self.intake.take(call);
        let times = self.clock.exchange(call.thread, call.sent_at, taken.output_tokens);
        let account = self.cache.account(self.intake.prompts(), &taken.ask(times));
        let (output, reasoning) = (taken.output_tokens, taken.reasoning_tokens);
        let usage = Usage::new(account.input(), account.read, account.write, output, reasoning);
        let diagnostics = self.diagnose(&taken, account);
        if !call.response_id.is_empty() && call.request.is_stored() {
            let known = (taken.prompt, taken.fields);
            self.responses.insert(call.response_id.to_owned(), known);
        }
        Accounted { usage, account, diagnostics }
    }

    fn diagnose(&self, taken: &Taken, account: Account) -> Option<Diagnostics> {
        let named = taken.fields.comparison.as_ref()?;
        let Some((earlier, fields)) = self.responses.get(named) else {
            return Some(Diagnostics::NotFound);
        };
        let prompts = self.intake.prompts();
        let now = taken.fields.completed(fields);
        let shared = prompts.common(*earlier, taken.prompt).tokens;
        Some(match self.cache.difference(prompts, (*earlier, fields), (taken.prompt, &now)) {
            // A field that changed is a miss where it cost something.
            Some(reason) if reason.is_of_the_prompt() || account.read < shared => {
                let reusable = if reason.is_of_the_prompt() { shared } else { 0 };
                Diagnostics::Miss {
                    reason,
                    missed: account.input().saturating_sub(reusable),
                    reusable,
                }
            }
            _ if account.read > 0 => Diagnostics::Hit,
            _ => Diagnostics::Unavailable,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;
    use crate::cache::{Call, count, render};
    use crate::recording::seal::seal;
    use crate::scenario::CacheSpec;
    use crate::wire::{Endpoint, Raw, Request, Usage};

    fn account(ledger: &mut Ledger, thread: u32, request: &Request, output: &[Raw]) -> Usage {
        let endpoint = Endpoint::Responses;
        ledger
            .account(&Call { thread, endpoint, request, output, response_id: "", sent_at: None })
            .usage
    }

    fn request(texts: &[&str]) -> Request {
        let input: Vec<_> =
            texts.iter().map(|text| serde_json::json!({"role": "user", "content": text})).collect();
        Request::parse(serde_json::json!({ "input": input }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_thread_reads_what_it_sent_and_threads_do_not_mix() {
        let mut ledger = Ledger::new(&CacheSpec::default());
        let (first, second) = (request(&["one"]), request(&["one", "two"]));
        let tokens = |request| render(request).iter().map(|segment| segment.tokens).sum::<u64>();
        assert_eq!(account(&mut ledger, 0, &first, &[]).cached(), 0);
        let usage = account(&mut ledger, 0, &second, &[]);
        assert_eq!((usage.input_tokens, usage.cached()), (tokens(&second), tokens(&first)));
        assert_eq!(account(&mut ledger, 1, &second, &[]).cached(), 0);
        assert_eq!(usage.input_tokens_details.cache_write_tokens, 0);
    }

    /// Regression: each thread's clock began at 0, so a later one met entries of the future.
    #[test]
    fn threads_that_share_read_what_came_before_them() {
        let mut ledger = Ledger::new(&"anthropic-5m:shared=yes,minimum=0".parse().unwrap());
        let (first, second) = (request(&["one"]), request(&["one", "two"]));
        account(&mut ledger, 0, &first, &[]);
        let known = account(&mut ledger, 0, &second, &[]).input_tokens;
        account(&mut ledger, 0, &second, &[]);
        assert_eq!(account(&mut ledger, 1, &second, &[]).cached(), known);
    }

    /// What a cache does not go by is no reason, and what the API has no name for is none there.
    #[test]
    fn diagnostics_blame_what_the_cache_goes_by() {
        use crate::cache::{Diagnostics, MissReason};
        let told = |spec: &str, changed: &str| {
            let mut ledger = Ledger::new(&spec.parse().unwrap());
            let mut ask = |body: String, response_id: &str| {
                let request = Request::parse(body.as_bytes()).unwrap();
                let (endpoint, output) = (Endpoint::Responses, &[]);
                let call = Call {
                    thread: 0,
                    endpoint,
                    request: &request,
                    output,
                    response_id,
                    sent_at: None,
                };
                ledger.account(&call).diagnostics
            };
            ask(r#"{"input":"go"}"#.into(), "r1");
            let named = r#""prompt_cache_options":{"comparison_response_id":"r1"}"#;
            ask(format!(r#"{{"input":"go",{named},{changed}}}"#), "r2").unwrap()
        };
        let (key, parallel) = (r#""prompt_cache_key":"k""#, r#""parallel_tool_calls":false"#);
        let openai = "openai-128:minimum=0,interval=1,floor=1";
        let missed = told(openai, key);
        let expected = MissReason::PromptCacheKeyChanged;
        assert!(
            matches!(missed, Diagnostics::Miss { reason, reusable: 0, .. } if reason == expected),
            "{missed:?}"
        );
        assert_eq!(told(openai, parallel), Diagnostics::Unavailable);
        assert_eq!(told("deepseek-v4:ttl=0", key), Diagnostics::Unavailable, "it ran out of time");
        assert_eq!(told("deepseek-v4", key), Diagnostics::Hit);
    }

    #[test]
    fn output_counts_items_and_reasoning_what_it_says() {
        let mut ledger = Ledger::new(&CacheSpec::default());
        let blob = seal("I should look first.");
        let reasoning = Raw::parse(&format!(
            r#"{{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"{blob}"}}"#
        ))
        .unwrap();
        let said = Raw::parse(r#"{"type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Done."}]}"#).unwrap();
        let usage = account(&mut ledger, 0, &request(&["go"]), &[reasoning, said]);
        let frame = count("{\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\"\"}\n");
        let text = "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"Done.\"}]}\n";
        let thought = count("I should look first.");
        assert_eq!(usage.output_tokens, frame + thought + count(text));
        assert_eq!(usage.output_tokens_details.reasoning_tokens, thought);
        assert_eq!(usage.total_tokens, usage.input_tokens + usage.output_tokens);
    }
}
