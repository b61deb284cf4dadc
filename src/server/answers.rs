//! From a model's items to the bytes of an answer: streamed, plain or compacted, whole or cut.

use super::again::again;
use super::asked::{Asked, Form, Sent};
use super::ledgers::Ledgers;
use super::model::Answer;
use super::observe::Finished;
use super::received::Received;
use super::reply::{Payload, Reply, request_id};
use super::store::Answered;
use crate::cache::Call;
use crate::recording::Outcome;
use crate::recording::matching::Fit;
use crate::wire::{
    ApiError, Digest, Encoder, Ending, Endpoint, Kind, Raw, Request, ResponseHead, SseEvent, Usage,
    compaction_body, response_events, without_encrypted_content,
};

/// What all answers of a server have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Virtual time, in seconds since 1970.
    pub(super) created_at: i64,
    pub(super) encoder: Encoder,
}

/// The answer to a prompt that is handed in ahead: nothing, under an id to go on from.
pub(super) fn warmed_up(request: &Request) -> Answer {
    let hash = Digest::of_parts(&[b"warm-up", request.to_body().as_bytes()]);
    Answer {
        thread: 0,
        response_id: format!("resp_{}", hash.short(12)),
        items: Vec::new(),
        echoed: 0,
        ending: Ending::Completed,
        answered_by: "warm-up".into(),
        fit: Fit::default(),
        again: None,
    }
}

/// Writes a model's answer, accounts it and stores it.
pub(super) fn compose(
    asked: &Asked<'_>,
    answer: Answer,
    style: &Style,
    ledgers: &mut Ledgers,
) -> Sent {
    let Style { created_at, encoder } = *style;
    let Asked { endpoint, incoming, received, form, cut, .. } = *asked;
    let request = &incoming.request;
    if let Some(sent) = again(asked, &answer, ledgers) {
        return sent;
    }
    let Answer { thread, response_id, items, echoed, ending, answered_by, .. } = answer;
    let mut items: Vec<Raw> = items.into_iter().skip(echoed).collect();
    if endpoint == Endpoint::Responses && !wants_sealed_reasoning(request) {
        items.iter_mut().for_each(unseal);
    }
    // A model may break off by itself, after all that it says.
    let cut = cut.or_else(|| (ending == Ending::Cut).then_some(items.len()));
    let ending = if cut.is_some() { Ending::Cut } else { ending };
    if let Some(error) = untellable(endpoint, form != Form::Json, &ending) {
        return refused(endpoint, received, &error, answered_by);
    }
    // A plain body is whole or nothing: a torn one delivers no item.
    let delivered = match cut {
        None => items.len(),
        Some(_) if form == Form::Json => 0,
        Some(at) => at.min(items.len()),
    };
    let (output, response_id) = (&items[..delivered], response_id.as_str());
    let call = Call { thread, endpoint, request, output, response_id, sent_at: None };
    let accounted = match &ending {
        Ending::Completed if asked.warm_up => Some(ledgers.warm_up(&call)),
        Ending::Completed | Ending::Incomplete(_) => Some(ledgers.answer(&call)),
        // The prompt was read all the same; but nobody is told what it took.
        Ending::Failed { .. } | Ending::Error { .. } => {
            ledgers.answer(&call);
            None
        }
        Ending::Cut => {
            ledgers.cut(&call);
            None
        }
    };
    let usage = accounted.map(|accounted| accounted.usage);
    let stored = usage.is_some() && endpoint == Endpoint::Responses && request.is_stored();
    if let Some(usage) = usage {
        let (echo, output) = (&incoming.echo, items.as_slice());
        let ending = &ending;
        let answered = Answered { endpoint, echo, request, response_id, output, ending, usage };
        ledgers.stored_mut().keep(&answered);
    }
    let diagnostics = accounted.and_then(|accounted| accounted.diagnostics);
    let head = ResponseHead::new(&incoming.echo, response_id, created_at)
        .diagnosed(diagnostics.map(|diagnostics| diagnostics.to_json()));
    let body = if form == Form::Json {
        let whole = |usage: Option<Usage>| match endpoint {
            Endpoint::Compact => compaction_body(response_id, created_at, &items, usage),
            Endpoint::Responses => head.ended(&ending, &items, usage),
        };
        match cut {
            None => Payload::Json(whole(usage)),
            Some(_) => Payload::Torn(first_half(&whole(None))),
        }
    } else {
        let events = response_events(&head, &items[..delivered], &ending, usage);
        let write = |event: SseEvent| match form {
            Form::Frames => event.data,
            _ => encoder.event(&event),
        };
        let mut blocks: Vec<String> = events.into_iter().map(write).collect();
        if cut.is_none() && form == Form::Sse && encoder.done {
            blocks.push(encoder.end().to_owned());
        }
        Payload::Events(blocks)
    };
    let asked = [endpoint.path().as_bytes(), &received.body];
    let request_id = request_id(&asked, response_id.as_bytes());
    let reply = Reply { status: 200, headers: Vec::new(), request_id, theirs: None, body };
    items.truncate(delivered);
    Sent {
        reply: if cut.is_some() { reply.closing() } else { reply },
        finished: Finished {
            status: 200,
            outcome: Outcome::from(&ending),
            error: ending.told(),
            ending: Some(ending),
            output: items,
            usage,
            response_id: response_id.to_owned(),
            stored,
            answered_by,
            fit: Fit::default(),
            sent: None,
        },
    }
}

/// An error instead of an answer.
pub(super) fn refused(
    endpoint: Endpoint,
    received: &Received,
    error: &ApiError,
    by: String,
) -> Sent {
    let asked = [endpoint.path().as_bytes(), &received.body];
    Sent {
        reply: Reply::error(&asked, error),
        finished: Finished {
            status: error.status,
            outcome: Outcome::Error,
            ending: None,
            output: Vec::new(),
            usage: None,
            error: Some(error.clone()),
            response_id: String::new(),
            stored: false,
            answered_by: by,
            fit: Fit::default(),
            sent: None,
        },
    }
}

/// The HTTP error for an ending that only a stream can tell. A response that failed can be told as
/// a body, a compaction that failed cannot.
fn untellable(endpoint: Endpoint, streamed: bool, ending: &Ending) -> Option<ApiError> {
    match ending {
        Ending::Error { code, message } if !streamed => Some(ApiError::of_code(code, message)),
        Ending::Failed { code, message } if endpoint == Endpoint::Compact => {
            Some(ApiError::of_code(code, message))
        }
        _ => None,
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
