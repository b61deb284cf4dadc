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
    read: u64,
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
            let parting = parting(prompts, before.prompt, ask.prompt);
            let less = parting.is_some() || account.read == 0 || account.read < before.read;
            let seen = reason(&before.fields, &fields, parting).filter(|_| less);
            account.reason = match seen {
                Some(MissReason::InputChanged) => account.reason.or(seen),
                Some(changed) => Some(changed),
                None => account.reason,
            };
        }
        let read = account.read;
        self.last.insert(ask.thread, Last { prompt: ask.prompt, fields, read });
        account
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

/// What of the nine tells a request from an earlier one.
pub(super) fn difference(
    prompts: &Prompts,
    (earlier, before): (NodeId, &Fields),
    (later, now): (NodeId, &Fields),
) -> Option<MissReason> {
    reason(before, now, parting(prompts, earlier, later))
}

/// The first that applies, in the order of the provider's vocabulary.
fn reason(before: &Fields, now: &Fields, parting: Option<Parting>) -> Option<MissReason> {
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
