//! `unreel run --live`: trials of scenarios and variants with a live model. The live model is a script
//! here, which gives up in some conversations, by their number: what a real one does by chance.
#![cfg(unix)]

#[path = "../support/drawn.rs"]
mod drawn;
#[path = "../support/world.rs"]
mod world;

mod keys;
mod limits;
mod promoted;
mod runs;
mod wrong;
