//! `extends`: a scenario that gives only what differs from a sibling.
//!
//! The extending file is parsed into its own type, in which every key may be absent, so that its
//! errors keep their positions; a key that it gives replaces the whole value of the base.

use super::{
    Budgets, CacheSpec, Check, Compaction, Effort, Fact, Permissions, Prompt, Retention,
    ScenarioFile, SeedSource, Skill, TimelineEntry, UserMessage, VariantEntry, Volatile,
};
use indexmap::IndexMap;
use serde::Deserialize;

/// Reads `extends` alone, whatever else a file holds.
#[derive(Deserialize)]
pub(super) struct Peek {
    #[serde(default)]
    pub(super) extends: Option<String>,
}

/// A `scenario.yaml` with every key optional.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    summary: Option<String>,
    extends: Option<String>,
    pub(super) seed: Option<SeedSource>,
    setup: Option<Vec<String>>,
    requires: Option<Vec<String>>,
    date: Option<String>,
    model: Option<String>,
    folder: Option<String>,
    permissions: Option<Permissions>,
    developer: Option<String>,
    skills: Option<Vec<Skill>>,
    messages: Option<Vec<UserMessage>>,
    timeline: Option<Vec<TimelineEntry>>,
    facts: Option<Vec<Fact>>,
    checks: Option<Vec<Check>>,
    budgets: Option<Budgets>,
    volatile: Option<Vec<Volatile>>,
    retention: Option<Retention>,
    compaction: Option<Compaction>,
    tools: Option<Vec<String>>,
    prompt: Option<Prompt>,
    effort: Option<Effort>,
    cache: Option<CacheSpec>,
    expect_fail: Option<String>,
    variants: Option<IndexMap<String, VariantEntry>>,
}

impl Part {
    /// This part laid over `base`.
    pub(super) fn over(self, base: ScenarioFile) -> ScenarioFile {
        ScenarioFile {
            summary: self.summary.unwrap_or(base.summary),
            extends: self.extends,
            seed: self.seed.or(base.seed),
            setup: self.setup.unwrap_or(base.setup),
            requires: self.requires.unwrap_or(base.requires),
            date: self.date.unwrap_or(base.date),
            model: self.model.unwrap_or(base.model),
            folder: self.folder.unwrap_or(base.folder),
            permissions: self.permissions.unwrap_or(base.permissions),
            developer: self.developer.or(base.developer),
            skills: self.skills.unwrap_or(base.skills),
            messages: self.messages.unwrap_or(base.messages),
            timeline: self.timeline.unwrap_or(base.timeline),
            facts: self.facts.unwrap_or(base.facts),
            checks: self.checks.unwrap_or(base.checks),
            budgets: self.budgets.unwrap_or(base.budgets),
            volatile: self.volatile.unwrap_or(base.volatile),
            retention: self.retention.or(base.retention),
            compaction: self.compaction.or(base.compaction),
            tools: self.tools.or(base.tools),
            prompt: self.prompt.or(base.prompt),
            effort: self.effort.or(base.effort),
            cache: self.cache.or(base.cache),
            expect_fail: self.expect_fail.or(base.expect_fail),
            variants: self.variants.unwrap_or(base.variants),
        }
    }
}
