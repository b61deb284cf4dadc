//! From a model's items to the bytes of an answer: streamed, plain or compacted, whole or cut.

use super::ledgers::Ledgers;
use super::model::Answer;
use super::observe::Finished;
use super::received::Received;
use super::reply::{Payload, Reply, request_id};
use crate::recording::Outcome;
use crate::wire::{
    Encoder, Ending, Endpoint, Kind, Raw, Request, ResponseHead, Usage, compaction_body,
    response_events, without_encrypted_content,
};

/// A reply with what observers are told of it.
pub(super) struct Sent {
    pub(super) reply: Reply,
    pub(super) finished: Finished,
}

/// What all answers of a server have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Virtual time, in seconds since 1970.
    pub(super) created_at: i64,
    pub(super) encoder: Encoder,
}

/// The path of a call, as a part of request ids.
pub(super) fn path(endpoint: Endpoint) -> &'static [u8] {
    match endpoint {
        Endpoint::Responses => b"responses",
        Endpoint::Compact => b"responses/compact",
    }
}

/// Writes a model's answer. `cut`: after so many whole items the connection closes.
pub(super) fn compose(
    endpoint: Endpoint,
    request: &Request,
    received: &Received,
    answer: Answer,
    cut: Option<usize>,
    style: &Style,
    ledgers: &mut Ledgers,
) -> Sent {
    let Style { created_at, encoder } = *style;
    let Answer { thread, response_id, items, echoed, answered_by } = answer;
    let mut items: Vec<Raw> = items.into_iter().skip(echoed).collect();
    if endpoint == Endpoint::Responses && !wants_sealed_reasoning(request) {
        items.iter_mut().for_each(unseal);
    }
    let streamed = endpoint == Endpoint::Responses && request.stream();
    // A plain body is whole or nothing: a torn one delivers no item.
    let delivered = match cut {
        None => items.len(),
        Some(at) if streamed => at.min(items.len()),
        Some(_) => 0,
    };
    let usage = match cut {
        None => Some(ledgers.answer(thread, request, &items)),
        Some(_) => {
            ledgers.cut(thread, request, &items[..delivered]);
            None
        }
    };
    let head = ResponseHead::new(request, &response_id, created_at);
    let ending = if cut.is_some() { Ending::Cut } else { Ending::Completed };
    let body = if streamed {
        let events = response_events(&head, &items[..delivered], &ending, usage);
        let mut blocks: Vec<String> = events.iter().map(|event| encoder.event(event)).collect();
        if cut.is_none() && encoder.done {
            blocks.push(encoder.end().to_owned());
        }
        Payload::Events(blocks)
    } else {
        let whole = |usage: Option<Usage>| match endpoint {
            Endpoint::Compact => compaction_body(&response_id, created_at, &items, usage),
            Endpoint::Responses => head.ended(&Ending::Completed, &items, usage),
        };
        match cut {
            None => Payload::Json(whole(usage)),
            Some(_) => Payload::Torn(first_half(&whole(None))),
        }
    };
    let asked = [path(endpoint), &received.body];
    let reply = Reply {
        status: 200,
        headers: Vec::new(),
        request_id: request_id(&asked, response_id.as_bytes()),
        body,
    };
    items.truncate(delivered);
    Sent {
        reply: if cut.is_some() { reply.closing() } else { reply },
        finished: Finished {
            status: 200,
            outcome: if cut.is_some() { Outcome::Cut } else { Outcome::Completed },
            output: items,
            usage,
            error: None,
            response_id,
            answered_by,
        },
    }
}

/// Reasoning comes sealed only to clients that ask for it; compaction always does.
fn wants_sealed_reasoning(request: &Request) -> bool {
    let include = request.field("include").map(Raw::value).unwrap_or_default();
    include
        .as_array()
        .is_some_and(|list| list.iter().any(|one| one == "reasoning.encrypted_content"))
}

fn unseal(item: &mut Raw) {
    if item.as_str().contains("encrypted_content") && item.item().kind() == Kind::Reasoning {
        *item = without_encrypted_content(item);
    }
}

fn first_half(body: &str) -> String {
    let middle = (0..=body.len() / 2).rev().find(|at| body.is_char_boundary(*at));
    body[..middle.unwrap_or(0)].to_owned()
}
