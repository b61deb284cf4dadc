//! Scenarios as the author writes them: a task, its world, its facts, its checks, its script.

mod cache_policies;
mod cache_spec;
mod checks;
mod dialect;
mod effective;
mod error;
mod exec;
mod expand;
mod facts;
mod find;
mod from_session;
mod load;
mod overlay;
pub mod patch;
mod paths;
mod probe;
mod programs;
mod prompt;
mod rules;
mod script;
mod script_rules;
mod seed;
mod settings;
mod setup;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tree;
mod types;
mod validate;
mod validate_checks;
mod variant;
mod workspace;
mod workspace_error;
mod yaml;
mod yaml_text;

pub use cache_policies::{CachePolicy, Parameter, ParameterKind};
pub(crate) use cache_policies::{NO_YES, limit, number, word};
pub use cache_spec::{CacheSpec, CacheSpecError};
pub use checks::{
    Evidence, Finding, Observed, VolatileMask, apply_solution, literal_facts, mutations, observe,
    parallel_writes, run_checks, verify_on_seed, verify_solution,
};
pub use dialect::{DialectMap, DialectMapError, ToolTemplate, Verb};
pub use effective::{BASE, Effective, load_variant};
pub(crate) use error::suggest;
pub use error::{ScenarioError, ScenarioErrorKind};
pub use exec::quote;
pub use facts::{Fact, FactClass, Recover};
pub use find::find;
pub use from_session::{Drafted, FromSession, FromSessionError, Workbench, from_session};
pub use load::Scenario;
pub(crate) use paths::is_name;
pub use probe::probe;
pub use programs::{Found, MissingProgram, first_line, on_path, resolve};
pub use prompt::{Clock, Effort, EnvironmentChange, Prompt, ToolsOrder};
pub use script::{
    Action, Bind, BindBy, Fallback, RawCall, ReadAction, RunAction, Script, Step, WriteAction,
};
pub use seed::{GitSeed, Seed, SeedContent, SeedFile, SeedSource};
pub(crate) use settings::Settings;
pub use setup::{Workshop, setup_differs};
pub use tree::{changed_paths, final_tree};
pub use types::{
    Budgets, Check, FileCheck, FileEdit, ForbiddenCheck, OnSeed, OutputExpect, Permissions,
    RunCheck, SandboxMode, ScenarioFile, Skill, TimelineEntry, TreeCheck, UserMessage,
    VariantEntry, Volatile,
};
pub use variant::{
    Compaction, CompactionStrategy, Fault, FaultKind, Retention, TOOLS, Transport, Variant,
};
pub use workspace::{Seeded, fill};
pub use workspace_error::{WorkspaceError, WorkspaceErrorKind};
pub use yaml::{parse as parse_yaml, read as read_yaml};
