//! A cache under a policy, and the comparison of each request with its predecessor.

use super::fields::Fields;
use super::part::Part;
use super::policy::{Account, Ask, Policy, policy};
use super::prompts::{NodeId, Prompts};
use super::reason::MissReason;
use crate::scenario::CacheSpec;
use std::collections::{BTreeMap, BTreeSet};

/// What a policy holds, and what each thread sent last.
#[derive(Debug)]
pub struct Cache {
    policy: Box<dyn Policy>,
    last: BTreeMap<u32, Last>,
}

/// The last request of a thread.
#[derive(Debug)]
struct Last {
    prompt: NodeId,
    fields: Fields,
    /// What it left to be read, as far as its account tells.
    left: u64,
}

impl Cache {
    /// Nothing cached.
    #[must_use]
    pub fn new(spec: &CacheSpec) -> Self {
        Self { policy: policy(spec), last: BTreeMap::new() }
    }

    /// Accounts the next request. If it read less than the one before it in its thread had left, the
    /// reason is the first that applies: a field that changed, then what the policy knows of its
    /// entries, then that the input itself is another one.
    pub fn account(&mut self, prompts: &Prompts, ask: &Ask<'_>) -> Account {
        let before = self.last.get(&ask.thread);
        let fields = before.map(|before| ask.fields.completed(&before.fields));
        let fields = fields.unwrap_or_else(|| ask.fields.clone());
        let ask = Ask { fields: &fields, ..*ask };
        let mut account = self.policy.account(prompts, &ask);
        debug_assert_eq!(account.input(), prompts.total(ask.prompt).tokens, "{account:?}");
        if let Some(before) = before {
            let (old, new) = ((before.prompt, &before.fields), (ask.prompt, &fields));
            let parting = parting(prompts, old.0, new.0);
            let less = parting.is_some() || account.read == 0 || account.read < before.left;
            let keyed = |reason: MissReason| self.policy.keys().contains(&reason);
            let seen = reason(prompts, old, new, parting, keyed).filter(|_| less);
            account.reason = match seen {
                Some(MissReason::InputChanged) => account.reason.or(seen),
                Some(changed) => Some(changed),
                None => account.reason,
            };
        }
        let left = account.read + account.write;
        self.last.insert(ask.thread, Last { prompt: ask.prompt, fields, left });
        account
    }

    /// What of the nine tells a request from an earlier one. Fields that the policy does not go by
    /// are none.
    pub(super) fn difference(
        &self,
        prompts: &Prompts,
        earlier: (NodeId, &Fields),
        later: (NodeId, &Fields),
    ) -> Option<MissReason> {
        let keys = self.policy.keys();
        let keyed = |reason: MissReason| reason.is_in_the_api() && keys.contains(&reason);
        reason(prompts, earlier, later, parting(prompts, earlier.0, later.0), keyed)
    }
}

/// Where a request does not extend its predecessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parting {
    /// What stands there.
    part: Part,
    /// Whether the history was compacted in between.
    compacted: bool,
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
    let sealed = |leaf: NodeId| {
        let behind = prompts.path(leaf).take_while(|node| *node != shared);
        let sealed = behind.filter(|node| prompts.part(*node) == Part::Compaction);
        sealed.map(|node| prompts.digest(node)).collect::<BTreeSet<_>>()
    };
    let compacted = !sealed(later).is_subset(&sealed(earlier));
    let tool = prompts.part(old) == Part::Tool || prompts.part(new) == Part::Tool;
    let part = if tool { Part::Tool } else { prompts.part(new) };
    Some(Parting { part, compacted })
}

/// The first that applies, in the order of the provider's vocabulary; what has no name there comes
/// before the items of the input, since it loses more than their end. `keyed` tells what counts.
fn reason(
    prompts: &Prompts,
    (earlier, before): (NodeId, &Fields),
    (later, now): (NodeId, &Fields),
    parting: Option<Parting>,
    keyed: impl Fn(MissReason) -> bool,
) -> Option<MissReason> {
    let is = |part: Part| parting.is_some_and(|parting| parting.part == part);
    let differs = |reason: MissReason| keyed(reason) && before.behind(reason) != now.behind(reason);
    let images = prompts.has_image(earlier) != prompts.has_image(later);
    let reason = match () {
        () if differs(MissReason::ModelChanged) => MissReason::ModelChanged,
        () if differs(MissReason::PromptCacheKeyChanged) => MissReason::PromptCacheKeyChanged,
        () if is(Part::Tool) => MissReason::ToolsChanged,
        () if differs(MissReason::TextFormatChanged) => MissReason::TextFormatChanged,
        () if differs(MissReason::ReasoningEffortChanged) => MissReason::ReasoningEffortChanged,
        () if differs(MissReason::VerbosityChanged) => MissReason::VerbosityChanged,
        () if parting.is_some_and(|parting| parting.compacted) => MissReason::ContextCompacted,
        () if differs(MissReason::ParallelToolCallsChanged) => MissReason::ParallelToolCallsChanged,
        () if differs(MissReason::ToolChoiceChanged) => MissReason::ToolChoiceChanged,
        () if keyed(MissReason::ImagesChanged) && images => MissReason::ImagesChanged,
        () if parting.is_some() => MissReason::InputChanged,
        () if differs(MissReason::ServiceTierChanged) => MissReason::ServiceTierChanged,
        () => return None,
    };
    Some(reason)
}
