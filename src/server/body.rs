//! Bodies of requests, and what is said of those that cannot be taken.

use super::received::Received;
use super::reply::Reply;
use crate::wire::ApiError;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, Response, Uri, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::io::Read;

/// Largest request body, before and after decompression, and largest frame: 64 MiB.
pub(super) const BODY_LIMIT: usize = 64 << 20;

/// Reads a whole body; Codex may compress it.
pub(super) async fn receive(request: Request) -> Result<Received, Reply> {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    let encoding = encoding.map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase());
    let bytes = match Limited::new(request.into_body(), BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
        Err(error) => {
            return Err(refuse(400, None, format!("the body could not be read: {error}")).closing());
        }
    };
    let wire_bytes = bytes.len() as u64;
    let body = match encoding.as_deref() {
        None | Some("identity" | "") => bytes.to_vec(),
        Some("zstd") => unpack(&bytes)?,
        Some(other) => {
            let told = format!("content-encoding {other:?} is not known; send identity or zstd");
            return Err(refuse(415, Some("unsupported_content_encoding"), told));
        }
    };
    Ok(Received { wire_bytes, body })
}

pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Reply> {
    let broken =
        |error: std::io::Error| refuse(400, None, format!("the body is not valid zstd: {error}"));
    let mut body = Vec::new();
    let mut unpacked = zstd::Decoder::new(bytes).map_err(broken)?.take(BODY_LIMIT as u64 + 1);
    unpacked.read_to_end(&mut body).map_err(broken)?;
    if body.len() > BODY_LIMIT { Err(too_large()) } else { Ok(body) }
}

fn too_large() -> Reply {
    let told = format!("the body is larger than {BODY_LIMIT} bytes; compact the history");
    refuse(413, Some("request_too_large"), told).closing()
}

/// The answer to a method that a path does not have.
pub(super) async fn wrong_method(method: Method, uri: Uri) -> Response<Body> {
    let told = format!("method {method} is not allowed on {}", uri.path());
    let mut reply = refuse(405, Some("method_not_allowed"), told);
    if uri.path().ends_with("/responses") {
        reply.headers.push(("allow", "POST".into()));
    }
    reply.into_http()
}

/// A typed error of the server itself.
pub(super) fn refuse(status: u16, code: Option<&str>, message: String) -> Reply {
    let error = ApiError {
        status,
        message,
        kind: "invalid_request_error".into(),
        param: None,
        code: code.map(str::to_owned),
    };
    Reply::error(&[b"refused"], &error)
}
