//! Why a session cannot be laid out so, and what to do about it.

use super::part::{PartId, Parts};
use super::session::Session;
use crate::recording::file::Lack;

/// A layout or compaction that does not fit a session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{input}: {what}\nhelp: {help}")]
pub struct Refusal {
    input: String,
    what: String,
    help: String,
}

impl Refusal {
    fn new(session: &Session, what: String, help: &str) -> Self {
        let input = match session.thread {
            0 => session.input.clone(),
            thread => format!("{}, thread {thread}", session.input),
        };
        Self { input, what, help: help.to_owned() }
    }

    /// The layout works on tools, and there are none.
    pub(super) fn no_tools(session: &Session, layout: &str) -> Self {
        let why = match session.lacks.contains(&Lack::Tools) {
            true => "the log lacks them",
            false => "the requests of this session have none",
        };
        let what = format!("layout `{layout}` works on tool definitions, and {why}");
        Self::new(session, what, "give definitions with --tools FILE, a JSON list of tools")
    }

    /// Tools are there, one by one.
    pub(super) fn unless_tools(
        session: &Session,
        parts: &Parts,
        tools: &[PartId],
        layout: &str,
    ) -> Result<(), Self> {
        if tools.is_empty() {
            return Err(Self::no_tools(session, layout));
        }
        if !parts.are_listed(tools) {
            let what = format!("layout `{layout}` orders tools, and this recording left them out");
            return Err(Self::new(session, what, "give definitions with --tools FILE"));
        }
        Ok(())
    }

    /// The layout names a request that the session does not have.
    pub(super) fn beyond(session: &Session, layout: &str, requests: usize) -> Self {
        let what = format!(
            "layout `{layout}` names a request beyond the session, which has {requests} that ask \
             for a next step"
        );
        Self::new(session, what, &format!("`at` is from 2 to {requests}"))
    }

    /// A compaction cannot get below its threshold.
    pub(super) fn too_low(session: &Session, compaction: &str, least: u64) -> Self {
        let what = format!(
            "compaction `{compaction}` would never end: fixed layers and summary alone are {least} \
             tokens"
        );
        Self::new(session, what, "a higher threshold, or a shorter summary")
    }
}
