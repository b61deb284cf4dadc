//! The built-in loop: prompt layers, turn, tools, compaction.

pub mod agents_md;
pub mod apply_patch;
mod base_prompt;
pub mod fragments;
pub mod truncate;
