//! What a request must be before a model sees it.

use super::model::Model;
use super::pairing;
use crate::recording::seal;
use crate::wire::{ApiError, Kind, Raw, Request};
use serde_json::Value;

/// Refuses what the API refuses, and what this server does not do: work in the background.
pub(super) fn check(request: &Request, model: &dyn Model) -> Result<(), ApiError> {
    if request.text_field("model").is_none() {
        let message = "the request names no model; set \"model\" to a string";
        return Err(ApiError::invalid("missing_required_parameter", message).with_param("model"));
    }
    foreground(request)?;
    for (at, raw) in request.input.iter().enumerate() {
        // Parsing every item of a long history again for each request is what costs here.
        if raw.as_str().contains("compaction_trigger") {
            trigger(raw, at, request.input.len())?;
        }
        if raw.as_str().contains("encrypted_content") {
            sealed(&raw.value(), &format!("/input/{at}"), model)?;
        }
    }
    pairing::check(&request.input)
}

/// Answers come at once, or not at all.
fn foreground(request: &Request) -> Result<(), ApiError> {
    if request.given("background").is_none_or(|value| value.as_str() == "false") {
        return Ok(());
    }
    let message = "\"background\" is not supported: no answer of this server takes longer than its \
                   request; wait for the answer";
    Err(ApiError::invalid("unsupported_parameter", message).with_param("background"))
}

fn trigger(raw: &Raw, at: usize, items: usize) -> Result<(), ApiError> {
    if raw.item().kind() != Kind::CompactionTrigger || at + 1 == items {
        return Ok(());
    }
    let message = format!("the compaction_trigger at /input/{at} must be the last input item");
    Err(ApiError::invalid("invalid_value", message).with_param("input"))
}

/// Every `encrypted_content` must open, or be known to the model.
fn sealed(value: &Value, pointer: &str, model: &dyn Model) -> Result<(), ApiError> {
    match value {
        Value::Object(fields) => fields.iter().try_for_each(|(key, inner)| {
            let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
            match inner {
                Value::String(blob) if key == "encrypted_content" => {
                    if seal::open(blob).is_ok() || model.knows_blob(blob) {
                        return Ok(());
                    }
                    Err(unverified(blob, &pointer))
                }
                _ => sealed(inner, &pointer, model),
            }
        }),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .try_for_each(|(at, inner)| sealed(inner, &format!("{pointer}/{at}"), model)),
        _ => Ok(()),
    }
}

fn unverified(blob: &str, pointer: &str) -> ApiError {
    let head: String = blob.chars().take(12).collect();
    let message = format!(
        "the encrypted content {head}.. at {pointer} could not be verified: it does not open, so \
         it was changed, cut or made by another server; send it back exactly as it was received"
    );
    ApiError::invalid("invalid_encrypted_content", message)
}
