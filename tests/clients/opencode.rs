//! opencode: two conversations in one session, the work and its title.

use super::canned;
use super::failures::{FAILURES, figure};
use super::opencode_cli::{Opencode, Ran};
use super::tap::Tap;
use super::toy::greeting;
use super::world::World;
use rayon::prelude::*;
use unreel::wire::{Raw, Request};

#[test]
fn answers_and_asks_for_a_title() {
    let Some(opencode) = Opencode::new().map(Opencode::watched) else { return };
    let world = World::new(&[]);
    let ran = opencode.run(&world.base_url(), "Hello.", &[]);
    assert_eq!(ran.said(), [greeting()]);
    if let Some(called) = opencode.called() {
        assert_eq!(called, ["127.0.0.1"]);
    }

    let asked = world.asked();
    assert_eq!(world.lint_streams(&[]), 2);
    assert_eq!(world.tap.exchanges().len(), 2, "the server is asked for nothing else");
    let session = asked[0].header("session-id").unwrap();
    assert!(asked.iter().all(|seen| seen.header("session-id") == Some(session)));
    // The one for the title, beside the other, advertises no tools.
    let tools = |body: &[u8]| Request::parse(body).unwrap().field("tools").map(Raw::value);
    let mut tools: Vec<usize> = asked
        .iter()
        .map(|seen| tools(&seen.body).and_then(|list| list.as_array().map(Vec::len)).unwrap_or(0))
        .collect();
    tools.sort_unstable();
    assert!(tools[0] == 0 && tools[1] > 5, "{tools:?}");
}

#[test]
fn a_refusal_ends_it() {
    let Some(opencode) = Opencode::new() else { return };
    let world = World::new(&[]);
    let ran = opencode.run(&world.base_url(), "refuse me", &["--title", "given"]);
    assert_eq!(ran.ended.code, Some(1), "{ran:?}");
    assert_eq!(world.asked().len(), 1, "with a title given it asks for none, and once only");
    let error = &ran.events.iter().find(|event| event["type"] == "error").unwrap()["error"]["data"];
    assert_eq!(error["statusCode"], 400, "{error}");
    assert_eq!(error["message"], "no exchange follows this history");
}

#[test]
#[ignore = "measures: all failures, for docs/agents.md"]
fn figures() {
    if Opencode::new().is_none() {
        return;
    }
    // Most of the time it waits.
    FAILURES.par_iter().for_each(|failure| {
        let opencode = Opencode::new().unwrap();
        let tap = Tap::start(canned::start(failure.replies()));
        let url = format!("http://{}/v1", tap.addr);
        let Ran { ended, events } = opencode.run(&url, "Hello.", &["--title", "given"]);
        let (requests, seconds) = (tap.exchanges().len(), ended.took.as_secs_f32());
        let last = events.last().map(|event| event.to_string()).unwrap_or_default();
        let came_to = format!("{requests} requests, exit {:?}, {seconds:.1} s", ended.code);
        figure(&["opencode", failure.name, &came_to, &last]);
    });
}
