//! What an upstream's answer means: its items, usage and ending, read from the bytes that came.

use super::capture::End;
use crate::recording::file::Body;
use crate::recording::{Outcome, Sent};
use crate::server::Finished;
use crate::wire::{ApiError, Collector, Decoder, Ending, SseEvent, Terminal};
use std::sync::Arc;

/// Who answered, for journals.
const UPSTREAM: &str = "upstream";

/// What observers are told of an answer that came from the upstream.
pub(super) fn read(sent: Sent, end: End) -> Finished {
    let collector = collect(&sent.body).unwrap_or_default();
    let (ending, error) = ending(&sent, &collector);
    // Whoever leaves after the last event has heard everything.
    let left = end == End::Left && ending == Ending::Cut;
    Finished {
        status: sent.status,
        outcome: if sent.status == 200 { Outcome::from(&ending) } else { Outcome::Error },
        // That a client left says nothing of the model: no recording holds it.
        ending: (!left).then_some(ending),
        output: collector.items().to_vec(),
        usage: collector.usage(),
        error,
        response_id: collector.response_id().unwrap_or_default().to_owned(),
        stored: false,
        answered_by: if left {
            "upstream: the client left".to_owned()
        } else {
            UPSTREAM.to_owned()
        },
        fit: Default::default(),
        sent: Some(Arc::new(sent)),
    }
}

/// What they are told where the upstream did not answer: `error` is what the proxy said itself, if
/// the client stayed to hear it.
pub(super) fn none(error: Option<ApiError>) -> Finished {
    Finished {
        status: error.as_ref().map_or(0, |error| error.status),
        outcome: if error.is_some() { Outcome::Error } else { Outcome::Cut },
        ending: None,
        output: Vec::new(),
        usage: None,
        answered_by: if error.is_some() { "server" } else { "upstream: the client left" }
            .to_owned(),
        error,
        response_id: String::new(),
        stored: false,
        fit: Default::default(),
        sent: None,
    }
}

fn collect(body: &Body<String>) -> Option<Collector> {
    let mut collector = Collector::new();
    match body {
        Body::Whole(text) => return Collector::of_body(text).ok(),
        Body::Sse(text) => {
            let mut decoder = Decoder::new();
            let events = decoder.feed(text.as_bytes());
            for event in events.into_iter().chain(decoder.finish()) {
                // What cannot be read is the client's to judge; the bytes are kept.
                let _ = collector.feed(&event);
            }
        }
        Body::Frames(frames) => {
            for frame in frames {
                let _ = collector.feed(&SseEvent { data: frame.clone(), ..SseEvent::default() });
            }
        }
    }
    Some(collector)
}

/// How an answer ended, and the error that it told.
fn ending(sent: &Sent, collector: &Collector) -> (Ending, Option<ApiError>) {
    if sent.status != 200 {
        let error = ApiError::of_body(sent.status, sent.texts().first().map_or("", String::as_str));
        return (error.clone().into(), Some(error));
    }
    let code = |code: &Option<String>| code.clone().unwrap_or_default();
    let ending = match collector.terminal() {
        Some(Terminal::Completed) => Ending::Completed,
        Some(Terminal::Incomplete { reason }) => Ending::Incomplete(code(reason)),
        Some(Terminal::Failed { code: named, message }) => {
            Ending::Failed { code: code(named), message: message.clone() }
        }
        Some(Terminal::Error { code: named, message }) => {
            Ending::Error { code: code(named), message: message.clone() }
        }
        // `/responses/compact` has no status, which reads as completed; a body that is no answer at
        // all, or one that is still in progress, has no end.
        None => Ending::Cut,
    };
    let error = ending.told();
    (ending, error)
}

#[cfg(test)]
mod tests {
    use super::super::capture::End;
    use super::{Body, Outcome, Sent, read};

    fn sent(status: u16, body: Body<String>) -> Sent {
        Sent { status, headers: Vec::new(), body, torn: false }
    }

    const DONE: &str =
        r#"data: {"type":"response.output_item.done","item":{"type":"message","id":"m"}}"#;
    const END: &str = r#"data: {"type":"response.completed","response":{"id":"resp_1","usage":{"input_tokens":3,"output_tokens":1,"total_tokens":4}}}"#;

    #[test]
    fn streams_are_read_to_the_end_they_have() {
        let whole = read(sent(200, Body::Sse(format!("{DONE}\n\n{END}\n\n"))), End::Left);
        assert_eq!((whole.outcome, whole.response_id.as_str()), (Outcome::Completed, "resp_1"));
        assert_eq!((whole.output.len(), whole.usage.unwrap().input_tokens), (1, 3));
        assert!(whole.answered().is_some());
        let torn = read(sent(200, Body::Sse(format!("{DONE}\n\n"))), End::Torn);
        assert_eq!((torn.outcome, torn.output.len()), (Outcome::Cut, 1));
        assert!(torn.answered().is_some());
        let left = read(sent(200, Body::Sse(format!("{DONE}\n\n"))), End::Left);
        assert!(left.answered().is_none());
    }

    #[test]
    fn an_error_status_is_an_ending() {
        let body = r#"{"error":{"message":"slow","type":"requests","code":"rate_limit_exceeded"}}"#;
        let read = read(sent(429, Body::Whole(body.to_owned())), End::Whole);
        let error = read.error.as_ref().unwrap();
        assert_eq!((error.status, error.code.as_deref()), (429, Some("rate_limit_exceeded")));
        assert_eq!(read.outcome, Outcome::Error);
        assert!(read.answered().is_some());
    }
}
