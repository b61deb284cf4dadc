//! Where in the script a request is: which answer it continues, or that it belongs to another
//! conversation.

use super::compact::compaction_kind;
use super::position::{Carrier, History, Lost};
use super::{Made, Main, Scripted, dialect, side};
use crate::server::{Answer, Ask};
use crate::wire::{ApiError, Endpoint, Kind, Raw, Request};

impl Scripted {
    pub(super) fn made(&self, ask: &Ask<'_>) -> Result<(Answer, Vec<&'static str>), ApiError> {
        let history = History::of(&ask.request.input);
        if !self.is_main(ask, &history) {
            if side::transcribes(ask.request) && self.told(ask) {
                return Err(self.transcribed());
            }
            return Ok((side::answer(&self.name, ask), vec!["side"]));
        }
        let newest = match history.newest() {
            Ok(newest) => newest,
            Err(Lost) => {
                let carrier = self.retraced(ask, &history)?;
                return Ok(self.follow(ask, Some(&carrier))?.of_main());
            }
        };
        if let Some(newest) = newest
            && let Some(rest) = self.rest(ask, &history, newest)
        {
            return Ok(rest.of_main());
        }
        Ok(self.follow(ask, newest)?.of_main())
    }

    /// Whether a request belongs to the scenario's own conversation: it holds a message of the
    /// scenario's user or an answer of this script, and can act (a compaction need not).
    fn is_main(&self, ask: &Ask<'_>, history: &History<'_>) -> bool {
        let works = || compaction_kind(ask).is_some() || dialect::has_tools(ask.request);
        match &self.main {
            Main::Any => true,
            Main::Tools => works(),
            Main::Told(_) => (history.has_carrier() || self.told(ask)) && works(),
        }
    }

    /// Whether a request holds a message of the scenario's user.
    fn told(&self, ask: &Ask<'_>) -> bool {
        let Main::Told(messages) = &self.main else { return false };
        let user = |raw: &Raw| Some(raw.item()).filter(|item| item.role() == Some("user"));
        let mut texts = ask.request.input.iter().filter_map(user).map(|item| item.text());
        // Contained, not equal: agents put quotation marks or context around what they are told.
        texts.any(|text| messages.iter().any(|one| text.contains(one.trim())))
    }

    /// The position after an answer that came back without any id: clients that keep nothing on the
    /// server send messages as plain text. The same question again, asked with what stands before
    /// it, gives the same answer; if its texts are those, its carrier is the position.
    fn retraced(&self, ask: &Ask<'_>, history: &History<'_>) -> Result<Carrier, ApiError> {
        let untraced = history.untraced().ok_or_else(|| self.lost())?;
        let before = ask.request.input[..untraced.start].to_vec();
        let request = Request { input: before, ..ask.request.clone() };
        let again = Ask { endpoint: Endpoint::Responses, request: &request };
        let answer = self.made(&again)?.0;
        let same = said(&answer.items) == untraced.said;
        let carrier = answer.items.last().and_then(Carrier::of);
        carrier.filter(|_| same).ok_or_else(|| self.lost())
    }

    /// The rest of an answer whose stream was cut: only its first items came through, or all, but
    /// not the end. The same question again, without them, gives the same answer; if it does not,
    /// the request asks for something else (after a compaction the newest item ends it as well).
    fn rest(&self, ask: &Ask<'_>, history: &History<'_>, newest: &Carrier) -> Option<Made> {
        let echo = history.without(&newest.chain);
        if echo.items >= newest.count && !echo.ends_in_item {
            return None;
        }
        let request = Request { input: echo.rest, ..ask.request.clone() };
        let before = History::of(&request.input);
        let again = Ask { endpoint: ask.endpoint, request: &request };
        let mut made = self.follow(&again, before.newest().ok()?).ok()?;
        let missing = made.answer.items.get(echo.items..).unwrap_or_default();
        // A message behind the calls may have come through and lost its id.
        let messages = said(missing);
        if messages.len() == missing.len() && !messages.is_empty() && history.says(&messages) {
            return None;
        }
        made.answer.echoed = echo.items;
        (made.chain == newest.chain).then_some(made)
    }

    fn transcribed(&self) -> ApiError {
        ApiError::invalid(
            "script_position_lost",
            format!(
                "script {}: the agent asks for a summary of the conversation as one text, in which \
                 no position can be read. A script cannot follow this kind of compaction: give the \
                 agent's model a larger context",
                self.name
            ),
        )
    }

    fn lost(&self) -> ApiError {
        ApiError::invalid(
            "script_position_lost",
            format!(
                "script {}: the history ends in an answer without its ids, blobs or summary lines; \
                 send items back with their ids",
                self.name
            ),
        )
    }
}

/// The texts of the messages among items.
fn said(items: &[Raw]) -> Vec<String> {
    let items = items.iter().map(Raw::item);
    items.filter(|item| item.kind() == Kind::Message).map(|item| item.text()).collect()
}
