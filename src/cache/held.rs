//! A cache under a policy, and the comparison of each request with its predecessor.

use super::fields::Fields;
use super::part::Part;
use super::policy::{Account, Ask, Policy, policy};
use super::prompts::{NodeId, Prompts};
use super::reason::MissReason;
use crate::scenario::CacheSpec;
use std::collections::BTreeMap;

/// What a policy holds, and what each thread sent last.
#[derive(Debug)]
pub struct Cache {
    policy: Box<dyn Policy>,
    last: BTreeMap<u32, (NodeId, Fields)>,
}

impl Cache {
    /// Nothing cached.
    #[must_use]
    pub fn new(spec: &CacheSpec) -> Self {
        Self { policy: policy(spec), last: BTreeMap::new() }
    }

    /// Accounts the next request.
    pub fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let before = self.last.get(&ask.thread);
        let fields = before.map(|(_, before)| ask.fields.completed(before));
        let fields = fields.unwrap_or_else(|| ask.fields.clone());
        let ask = Ask { fields: &fields, ..*ask };
        let mut account = self.policy.account(prompts, &ask);
        debug_assert_eq!(account.input(), prompts.total(ask.prompt).tokens, "{account:?}");
        if let Some((node, before)) = before {
            let parting = parting(prompts, *node, ask.prompt);
            let why = parting.is_some() || (account.read == 0 && account.reason.is_none());
            if why && let Some(reason) = reason(before, &fields, parting) {
                account.reason = Some(reason);
            }
        }
        self.last.insert(ask.thread, (ask.prompt, fields));
        account
    }
}

/// Where a request does not extend its predecessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parting {
    /// What stands there.
    pub(crate) part: Part,
    /// Whether the history was compacted in between.
    pub(crate) compacted: bool,
}

/// Where `later` parts from `earlier`, if it does not extend it.
fn parting(prompts: &Prompts, earlier: NodeId, later: NodeId) -> Option<Parting> {
    let whole = prompts.total(earlier).segments;
    let meets = prompts.ancestor(later, whole);
    if meets == earlier {
        return None;
    }
    let (mut old, mut new) = (earlier, meets);
    // Both paths to the same depth, and then up to where they meet.
    old = prompts.ancestor(old, prompts.total(new).segments);
    while prompts.parent(old) != prompts.parent(new) {
        (old, new) = (prompts.parent(old), prompts.parent(new));
    }
    if old == new {
        // Shorter than its predecessor, and nothing else.
        return Some(Parting { part: Part::Other, compacted: false });
    }
    let shared = prompts.parent(new);
    let of = |leaf: NodeId| {
        let behind = move |node: &NodeId| *node != shared;
        let sealed = move |node: NodeId| prompts.part(node) == Part::Compaction;
        prompts.path(leaf).take_while(behind).filter(move |node| sealed(*node)).count()
    };
    let compacted = of(later) > 0 && of(later) >= of(earlier);
    let tool = prompts.part(old) == Part::Tool || prompts.part(new) == Part::Tool;
    let part = if tool { Part::Tool } else { prompts.part(new) };
    Some(Parting { part, compacted })
}

/// The first that applies, in the order of the provider's vocabulary.
pub(crate) fn reason(
    before: &Fields,
    now: &Fields,
    parting: Option<Parting>,
) -> Option<MissReason> {
    let is = |part: Part| parting.is_some_and(|parting| parting.part == part);
    let reason = match () {
        () if before.model != now.model => MissReason::ModelChanged,
        () if before.key != now.key => MissReason::PromptCacheKeyChanged,
        () if is(Part::Tool) => MissReason::ToolsChanged,
        () if before.format != now.format => MissReason::TextFormatChanged,
        () if before.effort != now.effort => MissReason::ReasoningEffortChanged,
        () if before.verbosity != now.verbosity => MissReason::VerbosityChanged,
        () if parting.is_some_and(|parting| parting.compacted) => MissReason::ContextCompacted,
        () if parting.is_some() => MissReason::InputChanged,
        () if before.tier != now.tier => MissReason::ServiceTierChanged,
        () => return None,
    };
    Some(reason)
}
