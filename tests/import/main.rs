//! Importers, over small logs of our own (`logs/`), broken ones, and the real ones where they are.

#[path = "../support/data.rs"]
mod data;

mod big;
mod broken;
mod commands;
mod fuzz;
mod logs;
mod measures;
mod real;
mod story;
