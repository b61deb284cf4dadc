//! The paths of the API, with and without the `/v1` prefix. Whatever is not there, and whatever is
//! asked in the wrong way, gets a typed error.

use super::app::App;
use super::received::Received;
use super::reply::Reply;
use super::store;
use super::websocket;
use crate::wire::{ApiError, Endpoint, escape};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, Response, Uri, header};
use axum::routing::{get, post};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::io::Read;
use std::sync::Arc;

/// Largest request body, before and after decompression, and largest frame: 64 MiB.
pub(super) const BODY_LIMIT: usize = 64 << 20;

type Shared = State<Arc<App>>;

/// The routes of a server.
pub(super) fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .route("/responses", post(responses).get(websocket::upgrade))
        .route("/responses/compact", post(compact))
        .route("/responses/input_tokens", post(input_tokens))
        .route("/models", get(models))
        .route("/models/{*id}", get(model))
        .merge(store::routes())
        .method_not_allowed_fallback(wrong_method);
    Router::new().merge(api.clone()).nest("/v1", api).fallback(unknown).with_state(app)
}

async fn responses(State(app): Shared, request: Request) -> Response<Body> {
    call(&app, Endpoint::Responses, request).await
}

async fn compact(State(app): Shared, request: Request) -> Response<Body> {
    call(&app, Endpoint::Compact, request).await
}

async fn call(app: &App, endpoint: Endpoint, request: Request) -> Response<Body> {
    match receive(request).await {
        Ok(received) => app.answer(endpoint, &received, None).into_http(),
        Err(reply) => reply.into_http(),
    }
}

async fn input_tokens(State(app): Shared, request: Request) -> Response<Body> {
    match receive(request).await {
        Ok(received) => app.count_tokens(&received).into_http(),
        Err(reply) => reply.into_http(),
    }
}

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

async fn models(State(app): Shared) -> Response<Body> {
    let list: Vec<String> = app.models.iter().map(|id| model_object(&app, id)).collect();
    let body = format!("{{\"object\":\"list\",\"data\":[{}]}}", list.join(","));
    Reply::json(&[b"models"], 200, body).into_http()
}

async fn model(State(app): Shared, Path(id): Path<String>) -> Response<Body> {
    if app.models.contains(&id) {
        return Reply::json(&[b"model"], 200, model_object(&app, &id)).into_http();
    }
    let known = app.models.join(", ");
    let error = ApiError {
        status: 404,
        ..ApiError::invalid("model_not_found", format!("no model {id:?}; listed: {known}"))
    };
    Reply::error(&[b"model"], &error.with_param("model")).into_http()
}

fn model_object(app: &App, id: &str) -> String {
    let created = app.style.created_at;
    let id = escape(id);
    format!("{{\"id\":{id},\"object\":\"model\",\"created\":{created},\"owned_by\":\"unreel\"}}")
}

async fn unknown(method: Method, uri: Uri) -> Response<Body> {
    let told = format!(
        "unknown path {method} {}; this server answers POST /v1/responses, \
         /v1/responses/compact, /v1/responses/input_tokens, GET /v1/models, and calls about stored \
         responses and conversations",
        uri.path()
    );
    refuse(404, Some("unknown_url"), told).into_http()
}

pub(super) async fn wrong_method(method: Method, uri: Uri) -> Response<Body> {
    let told = format!("method {method} is not allowed on {}", uri.path());
    let mut reply = refuse(405, Some("method_not_allowed"), told);
    if uri.path().ends_with("/responses") {
        reply.headers.push(("allow", "POST".into()));
    }
    reply.into_http()
}

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
