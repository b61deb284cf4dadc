//! Single frames: what a client may send, and the errors it is told.

use crate::server::reply::{Payload, Reply};
use crate::wire::{ApiError, Request, escape, object};
use tokio_tungstenite::tungstenite;

/// The one event that clients send here.
const CREATE: &str = "response.create";

/// Longest `stream_id`.
const STREAM_ID: usize = 256;

/// Whether a frame is one that can be answered at all.
pub(in crate::server) fn check(frame: &Request) -> Result<(), ApiError> {
    let kind = frame.text_field("type");
    if kind.as_deref() != Some(CREATE) {
        let message = match kind {
            Some(kind) => format!("unknown event {kind:?}; this server takes {CREATE:?}"),
            None => format!("the frame has no \"type\"; set it to {CREATE:?}"),
        };
        return Err(ApiError::invalid("invalid_value", message).with_param("type"));
    }
    if let Some(id) = frame.given("stream_id")
        && !id.value().as_str().is_some_and(is_stream_id)
    {
        let message = format!(
            "\"stream_id\" must be 1 to {STREAM_ID} letters, digits, '_', '.' or '-', not {}",
            id.as_str()
        );
        return Err(ApiError::invalid("invalid_value", message).with_param("stream_id"));
    }
    Ok(())
}

fn is_stream_id(id: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=STREAM_ID).contains(&id.len()) && id.bytes().all(legal)
}

/// The `stream_id` of a frame, as JSON; an illegal one is not given back.
pub(super) fn stream_id(text: &str) -> Option<String> {
    // Looked for as text first: few clients send one.
    let frame = text.contains("\"stream_id\"").then(|| Request::parse(text.as_bytes()).ok())??;
    frame.text_field("stream_id").filter(|id| is_stream_id(id)).map(|id| escape(&id))
}

/// An event, or any other JSON object, with the stream it belongs to.
pub(super) fn with_stream(event: String, stream: Option<&str>) -> String {
    match stream {
        None => event,
        Some(stream) => with_member(event, "stream_id", stream),
    }
}

fn with_member(mut event: String, name: &str, value: &str) -> String {
    event.truncate(event.trim_end().len() - 1);
    event.push_str(&format!(",\"{name}\":{value}}}"));
    event
}

/// The nested error frame of a refusal: its status, its error object, and the headers that it would
/// have had over HTTP.
pub(super) fn error(reply: &Reply, stream: Option<&str>) -> String {
    let (Payload::Json(body) | Payload::Torn(body)) = &reply.body else {
        return String::new();
    };
    let mut frame = format!("{{\"type\":\"error\",\"status\":{},{}", reply.status, &body[1..]);
    let headers = reply.headers.iter().filter(|(name, _)| *name != "connection");
    let headers: Vec<(&str, String)> =
        headers.map(|(name, value)| (*name, escape(value))).collect();
    if !headers.is_empty() {
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
        frame = with_member(frame, "headers", &object(headers));
    }
    with_stream(frame, stream)
}

/// Whether a client sent more than is taken.
pub(super) fn is_too_large(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    let source = source.and_then(|source| source.downcast_ref::<tungstenite::Error>());
    matches!(source, Some(tungstenite::Error::Capacity(_)))
}

#[cfg(test)]
mod tests {
    use super::{check, error, stream_id, with_stream};
    use crate::server::reply::Reply;
    use crate::wire::{ApiError, Request};

    #[test]
    fn only_creating_is_known() {
        let param = |text: &str| {
            let request = Request::parse(text.as_bytes()).unwrap();
            check(&request).err().map(|error| error.param.unwrap_or_default())
        };
        assert_eq!(param(r#"{"type":"response.create","stream_id":"a.b-1"}"#), None);
        assert_eq!(param(r#"{"type":"response.cancel"}"#).as_deref(), Some("type"));
        assert_eq!(param("{}").as_deref(), Some("type"));
        let odd = r#"{"type":"response.create","stream_id":"a b"}"#;
        assert_eq!(param(odd).as_deref(), Some("stream_id"));
        assert_eq!(stream_id(odd), None);
    }

    #[test]
    fn errors_are_nested_and_say_what_headers_would() {
        let mut reply = Reply::error(&[], &ApiError::invalid("odd", "no"));
        reply.headers.push(("retry-after-ms", "5".into()));
        assert_eq!(
            error(&reply, Some("\"a\"")),
            concat!(
                r#"{"type":"error","status":400,"error":{"message":"no","#,
                r#""type":"invalid_request_error","param":null,"code":"odd"},"#,
                r#""headers":{"retry-after-ms":"5"},"stream_id":"a"}"#
            )
        );
        assert_eq!(with_stream("{}".into(), None), "{}");
    }
}
