//! Agents that are somebody else's program: the Codex CLI, opencode, one of the user's own.
//!
//! What there is to know of such a program stands in an agent file, which is data: how it is
//! started and resumed, what it is configured with, what of its requests is volatile, how it says
//! that it failed. The ones shipped here are such files too, so whatever they can, an agent file of
//! a user can. The program runs in the scenario's workspace, in the sandbox, with a home of its own
//! and no network but the server.

mod command;
mod edit;
mod evidence;
mod file;
mod find;
mod limits;
mod own;
mod shipped;
mod stream;
mod template;
mod turn;

pub use edit::{EditError, add_rules, rules_as_yaml};
pub use evidence::{commands, patched};
pub use file::{AgentFile, EventField, VersionProbe};
pub use find::{Agent, FindError};
pub use limits::unsupported;
pub use own::{Own, PROMPT, Start, of_command, words};
pub use shipped::{SHIPPED, shipped};
pub use turn::{External, Settings, TurnReport};
