//! An answer of another server, sent again as it was: status, headers, every byte of the body.
//!
//! That can be done where the client asks for the same form of answer (a stream, a body, frames) and
//! for all of it. Otherwise the answer is composed from its items like any other.

use super::asked::{Asked, Form, Sent};
use super::ledgers::Ledgers;
use super::model::{Again, Answer};
use super::observe::Finished;
use super::reply::{Payload, Reply};
use super::store::Answered;
use crate::cache::Call;
use crate::recording::matching::Fit;
use crate::recording::{self, Outcome};
use crate::wire::{ApiError, Ending, Endpoint};
use std::sync::Arc;

/// The answer, accounted and stored; `None` where it has to be composed.
pub(super) fn again(asked: &Asked<'_>, answer: &Answer, ledgers: &mut Ledgers) -> Option<Sent> {
    let Again { sent, ending, usage } = answer.again.as_ref()?;
    // Frames of a numbered stream bear its number.
    let numbered = asked.incoming.echo.field("stream_id").is_some();
    let whole = asked.cut.is_none() && answer.echoed == 0 && !numbered;
    let parts = parts(asked.form, sent).filter(|_| whole)?;
    let request = &asked.incoming.request;
    let items = answer.items.as_slice();
    let thread = answer.thread;
    let (endpoint, response_id) = (asked.endpoint, answer.response_id.as_str());
    let call = Call { thread, endpoint, request, output: items, response_id, sent_at: None };
    let mut stored = false;
    match ending {
        Ending::Cut => ledgers.cut(&call),
        _ if sent.status != 200 => {}
        _ => {
            let counted = ledgers.answer(&call).usage;
            stored = asked.endpoint == Endpoint::Responses && request.is_stored();
            let answered = Answered {
                endpoint: asked.endpoint,
                echo: &asked.incoming.echo,
                request,
                response_id: &answer.response_id,
                output: items,
                ending,
                usage: usage.unwrap_or(counted),
            };
            ledgers.stored_mut().keep(&answered);
        }
    }
    let error = match ending {
        Ending::Failed { code, message } | Ending::Error { code, message } => {
            Some(ApiError { status: sent.status, ..ApiError::of_code(code, message) })
        }
        _ => None,
    };
    Some(Sent {
        reply: Reply {
            status: sent.status,
            headers: Vec::new(),
            request_id: String::new(),
            theirs: Some(sent.headers.clone()),
            body: Payload::Theirs(parts, sent.torn),
        },
        finished: Finished {
            status: sent.status,
            outcome: Outcome::from(ending),
            ending: Some(ending.clone()),
            output: items.to_vec(),
            usage: *usage,
            error,
            response_id: answer.response_id.clone(),
            stored,
            answered_by: answer.answered_by.clone(),
            sent: Some(Arc::new(sent.clone())),
            fit: Fit::default(),
        },
    })
}

/// The body in chunks, an event each, if the client asked for such a body.
fn parts(form: Form, sent: &recording::Sent) -> Option<Vec<String>> {
    use recording::file::Body;
    match (&sent.body, form) {
        (Body::Whole(text), Form::Json) => Some(vec![text.clone()]),
        // An error status comes as one body, whatever was asked for.
        (Body::Whole(text), Form::Sse) if sent.status != 200 => Some(vec![text.clone()]),
        (Body::Sse(text), Form::Sse) => {
            Some(text.split_inclusive("\n\n").map(str::to_owned).collect())
        }
        (Body::Frames(frames), Form::Frames) => Some(frames.clone()),
        _ => None,
    }
}
