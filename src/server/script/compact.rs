//! Compactions: what a request for one looks like, and what it gets.

use super::mint::Draft;
use super::{Drafts, Scripted, retention};
use crate::measure::{View, is_summary_request};
use crate::server::Ask;
use crate::wire::{Endpoint, Kind, Raw, Request};

/// What kind of compaction a request asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CompactionKind {
    Endpoint,
    Trigger,
    Summary,
}

pub(super) fn compaction_kind(ask: &Ask<'_>) -> Option<CompactionKind> {
    let last = ask.request.input.last().map(|raw| raw.item().kind());
    if ask.endpoint == Endpoint::Compact {
        Some(CompactionKind::Endpoint)
    } else if last == Some(Kind::CompactionTrigger) {
        Some(CompactionKind::Trigger)
    } else if is_summary_request(ask.request) {
        Some(CompactionKind::Summary)
    } else {
        None
    }
}

/// `/responses/compact` answers with all real user messages before the compaction item.
pub(super) fn kept_user_messages(request: &Request) -> Vec<Raw> {
    let is_context = |text: &str| text.starts_with('<') || text.starts_with("# AGENTS.md");
    let users = request.input.iter().filter(|raw| {
        let item = raw.item();
        item.role() == Some("user") && !is_context(&item.text())
    });
    users.cloned().collect()
}

impl Scripted {
    pub(super) fn compacted(&self, ask: &Ask<'_>, kind: CompactionKind) -> Drafts {
        let view = View::of(ask.request);
        let kept = retention::keep(&self.retention, &self.facts, &view);
        let draft = match kind {
            CompactionKind::Summary => {
                let text = [self.preface.trim(), kept.trim()].join("\n");
                Draft::Summary(text.trim().to_owned())
            }
            CompactionKind::Endpoint | CompactionKind::Trigger => Draft::Compaction(kept),
        };
        vec![(draft, "compaction")]
    }
}
