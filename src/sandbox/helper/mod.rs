//! The helper process: one thread, so that forks, namespaces and writes cannot get in each other's
//! way. Nothing in here runs in the harness.

mod confine;
mod environment;
mod event_loop;
mod files;
mod folder;
mod fork;
#[cfg(target_os = "linux")]
mod guard;
mod keeper;
mod loopback;
#[cfg(target_os = "linux")]
mod namespaces;
mod output;
mod places;
mod process;
mod reaper;
mod rewrite;
#[cfg(target_os = "linux")]
mod root;
mod tree;
mod world;

pub use keeper::helper_main;
