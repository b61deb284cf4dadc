//! `unreel record --upstream`: what passes is what a client would see without it, what is recorded is
//! what passed, and nobody's key is on the disk.
#![cfg(unix)]

#[path = "../support/upstream.rs"]
mod upstream;

mod cost;
mod http;
mod proxy;
mod scenarios;
mod socket;
mod tls;
