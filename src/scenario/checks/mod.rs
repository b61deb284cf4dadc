//! Checks on a repository, and the rules by which scenarios and scripts are held honest.

mod expect;
mod glob;
mod lint;
mod mutate;
mod observe;
mod verify;
mod volatile;

pub use lint::{literal_facts, parallel_writes};
pub(super) use mutate::command_writes;
pub use mutate::mutations;
pub use observe::{Evidence, Observed, apply_solution, observe, run_checks};
pub use verify::{Finding, verify_on_seed, verify_solution};
pub use volatile::VolatileMask;
