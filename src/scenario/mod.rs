//! Scenarios as the author writes them: a task, its world, its facts, its checks, its script.

mod facts;
mod script;
mod types;
mod variant;

pub use facts::{Fact, FactClass, Recover};
pub use script::{
    Action, Bind, BindBy, Fallback, RawCall, ReadAction, RunAction, Script, Step, WriteAction,
};
pub use types::{
    Budgets, Check, FileCheck, FileEdit, ForbiddenCheck, OnSeed, OutputExpect, Permissions,
    RunCheck, SandboxMode, ScenarioFile, Skill, TimelineEntry, TreeCheck, UserMessage,
    VariantEntry, Volatile,
};
pub use variant::{
    CachePolicyName, Compaction, CompactionStrategy, Fault, FaultKind, Retention, Variant,
};
