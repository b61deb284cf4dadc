//! A request as the model sees it: what the server knows, then what was sent.
//!
//! Fields stay as they were received (`instructions` of the response that is continued do not
//! count); only the input grows at its front. So the body that came is given back by the fields and
//! the items from `sent_from` on.

use super::{Chains, Kept, Store};
use crate::recording::{Delivery, Transport};
use crate::wire::{ApiError, Raw, Request};
use serde_json::Value;

/// A completed request, and how it came.
#[derive(Clone, Debug)]
pub(in crate::server) struct Expanded {
    pub(in crate::server) request: Request,
    pub(in crate::server) delivery: Delivery,
}

/// Completes a request. `connection` holds the exchanges of the WebSocket that brought it.
pub(in crate::server) fn expand(
    sent: &Request,
    store: &Store,
    connection: Option<&Chains>,
) -> Result<Expanded, ApiError> {
    let previous = text(sent, "previous_response_id")?;
    let conversation = conversation_id(sent)?;
    let before = match (&previous, &conversation) {
        (Some(_), Some(_)) => {
            let message = "\"previous_response_id\" and \"conversation\" exclude each other: both \
                           say what came before; send one of them";
            let error = ApiError::invalid("mutually_exclusive_parameters", message);
            return Err(error.with_param("conversation"));
        }
        (Some(id), None) => {
            let known = connection.and_then(|chains| chains.get(id)).or_else(|| store.chain(id));
            let Kept { input, output } = known.ok_or_else(|| previous_not_found(id))?;
            input.iter().chain(output).cloned().collect()
        }
        (None, Some(id)) => store.conversation(id)?.raws(),
        (None, None) => Vec::new(),
    };
    let (new, resolved) = resolve(sent, store)?;
    let stateful = resolved || previous.is_some() || conversation.is_some();
    let delivery = Delivery {
        transport: match (connection, stateful) {
            (Some(_), _) => Transport::Websocket,
            (None, true) => Transport::HttpPrevious,
            (None, false) => Transport::Http,
        },
        previous_response_id: previous,
        sent_from: before.len() as u32,
        masked: Vec::new(),
    };
    let mut request = sent.clone();
    request.input_is_text &= before.is_empty();
    if request.input_at.is_none() && !before.is_empty() {
        request.input_at = Some(request.fields.len());
    }
    request.input = before;
    request.input.extend(new);
    Ok(Expanded { request, delivery })
}

/// The conversation that a request names, as an id or as an object with one.
pub(super) fn conversation_id(request: &Request) -> Result<Option<String>, ApiError> {
    match request.given("conversation").map(Raw::value) {
        Some(Value::Object(object)) if object.get("id").is_some_and(Value::is_string) => {
            Ok(object["id"].as_str().map(str::to_owned))
        }
        _ => text(request, "conversation"),
    }
}

fn text(request: &Request, name: &str) -> Result<Option<String>, ApiError> {
    match request.given(name).map(Raw::value) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => {
            let message = format!("{name:?} must be an id, not {other}");
            Err(ApiError::invalid("invalid_type", message).with_param(name))
        }
    }
}

/// The items sent, references to stored items replaced by these, and whether there were any.
fn resolve(sent: &Request, store: &Store) -> Result<(Vec<Raw>, bool), ApiError> {
    let mut resolved = false;
    let mut items = Vec::with_capacity(sent.input.len());
    for (at, raw) in sent.input.iter().enumerate() {
        // Looked for as text first: parsing every item of a long history costs.
        let reference = raw.as_str().contains("item_reference").then(|| raw.item());
        let Some(item) = reference.filter(|item| item.str("type") == Some("item_reference")) else {
            items.push(raw.clone());
            continue;
        };
        let id = item.id().unwrap_or_default();
        let Some(known) = store.items.get(id) else {
            let message = format!(
                "Item with id '{id}' not found (at /input/{at}): no response that this server \
                 stored holds it; send the item itself"
            );
            let error = ApiError::invalid("", message).with_param("input");
            return Err(ApiError { status: 404, code: None, ..error });
        };
        resolved = true;
        items.push(known.clone());
    }
    Ok((items, resolved))
}

fn previous_not_found(id: &str) -> ApiError {
    let message = format!("Previous response with id '{id}' not found.");
    let error = ApiError::invalid("previous_response_not_found", message);
    error.with_param("previous_response_id")
}
