//! The language of the verb `patch`: the published `*** Begin Patch` grammar, as a pure function over
//! file contents. The built-in agent's `apply_patch` tool carries it out; the server's tool dialects
//! turn it into what other agents understand.
//!
//! Parsing ([`Patch::parse`]), computing ([`Patch::apply`]) and writing are kept apart: the caller
//! reads the files a patch names, gets back every [`Change`] or one error, and writes only then. So a
//! patch that fails in its last hunk has touched nothing, and nothing here needs a file system.
//!
//! Results follow the Codex tool: added lines take the line ending of the file's first line, and an
//! updated file always ends with a line feed. Two differences are deliberate: context lines that were
//! matched loosely keep the file's own spelling, and a failing patch leaves no partial changes.

mod apply;
mod errors;
mod grammar;
mod parse;
mod paths;
mod seek;
mod success;
mod update;

pub use apply::Change;
pub use errors::PatchError;
pub use grammar::{DESCRIPTION, GRAMMAR};
pub use parse::{Chunk, Hunk, Line, Patch};
pub use paths::{PatchPath, PathKind};
pub use success::success_text;
