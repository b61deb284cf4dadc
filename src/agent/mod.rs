//! The built-in loop: prompt layers, turn, tools, compaction.

pub mod apply_patch;
