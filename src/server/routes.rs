//! The paths of the API, with and without the `/v1` prefix. Whatever is not there, and whatever is
//! asked in the wrong way, gets a typed error.

use super::app::App;
use super::body::{receive, refuse, wrong_method};
use super::reply::Reply;
use super::store;
use super::websocket;
use crate::wire::{ApiError, Endpoint, escape};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, Response, Uri};
use axum::routing::{get, post};
use std::sync::Arc;

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
