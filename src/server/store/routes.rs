//! The paths under which stored responses and conversations are looked at and changed.

use super::list::{Listed, Page, identified, list, not_found};
use super::{Kept, Store};
use crate::server::app::App;
use crate::server::body::receive;
use crate::server::reply::Reply;
use crate::wire::{ApiError, Digest, Raw, escape};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, Uri};
use axum::routing::{get, post};
use std::sync::Arc;

type Shared = State<Arc<App>>;
type Answer = Result<String, ApiError>;

/// What is added to the routes of a server.
pub(in crate::server) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/responses/{id}", get(response).delete(delete_response))
        .route("/responses/{id}/cancel", post(cancel))
        .route("/responses/{id}/input_items", get(input_items))
        .route("/conversations", post(create))
        .route("/conversations/{id}", get(conversation).post(update).delete(delete_conversation))
        .route("/conversations/{id}/items", get(items).post(add_items))
        .route("/conversations/{id}/items/{item}", get(item).delete(delete_item))
}

fn answered(answer: Answer) -> Response<Body> {
    match answer {
        Ok(body) => Reply::json(&[b"stored"], 200, body).into_http(),
        Err(error) => Reply::error(&[b"stored"], &error).into_http(),
    }
}

fn deleted(id: &str, object: &str) -> String {
    format!("{{\"id\":{},\"object\":\"{object}\",\"deleted\":true}}", escape(id))
}

fn response_not_found(id: &str) -> ApiError {
    not_found("Response", id)
}

async fn response(State(app): Shared, Path(id): Path<String>) -> Response<Body> {
    let created_at = app.style.created_at;
    answered(
        app.store(|store| store.object(&id, created_at).ok_or_else(|| response_not_found(&id))),
    )
}

async fn delete_response(State(app): Shared, Path(id): Path<String>) -> Response<Body> {
    answered(app.store(|store| match store.delete(&id) {
        true => Ok(deleted(&id, "response")),
        false => Err(response_not_found(&id)),
    }))
}

async fn cancel(State(app): Shared, Path(id): Path<String>) -> Response<Body> {
    answered(app.store(|store| {
        store.chain(&id).ok_or_else(|| response_not_found(&id))?;
        let message = "Cannot cancel a synchronous response: only those asked for with \
                       \"background\": true can be cancelled, and this server has none";
        Err(ApiError { code: None, ..ApiError::invalid("", message) })
    }))
}

async fn input_items(State(app): Shared, Path(id): Path<String>, uri: Uri) -> Response<Body> {
    answered(app.store(|store| {
        let page = Page::parse(uri.query().unwrap_or_default())?;
        let Kept { input, .. } = store.chain(&id).ok_or_else(|| response_not_found(&id))?;
        let listed = input.iter().enumerate().map(|(at, raw)| {
            let hash = Digest::of_parts(&[id.as_bytes(), &(at as u64).to_le_bytes()]);
            identified(raw.clone(), hash)
        });
        page.of(&listed.collect::<Vec<Listed>>())
    }))
}

async fn create(State(app): Shared, request: Request) -> Response<Body> {
    let fields = match fields(request).await {
        Ok(fields) => fields,
        Err(reply) => return reply.into_http(),
    };
    let created_at = app.style.created_at;
    answered(app.store(|store| {
        let items = new_items(&fields, false)?;
        let metadata = metadata(&fields)?;
        let conversation = store.converse();
        conversation.append(items);
        if let Some(metadata) = metadata {
            conversation.set_metadata(metadata);
        }
        Ok(conversation.object(created_at))
    }))
}

async fn conversation(State(app): Shared, Path(id): Path<String>) -> Response<Body> {
    let created_at = app.style.created_at;
    answered(app.store(|store| Ok(store.conversation(&id)?.object(created_at))))
}

async fn update(State(app): Shared, Path(id): Path<String>, request: Request) -> Response<Body> {
    let fields = match fields(request).await {
        Ok(fields) => fields,
        Err(reply) => return reply.into_http(),
    };
    let created_at = app.style.created_at;
    answered(app.store(|store| {
        let conversation = store.conversation_mut(&id)?;
        if let Some(metadata) = metadata(&fields)? {
            conversation.set_metadata(metadata);
        }
        Ok(conversation.object(created_at))
    }))
}

async fn delete_conversation(State(app): Shared, Path(id): Path<String>) -> Response<Body> {
    answered(app.store(|store| {
        store.conversation(&id)?;
        store.conversations.remove(&id);
        Ok(deleted(&id, "conversation.deleted"))
    }))
}

async fn items(State(app): Shared, Path(id): Path<String>, uri: Uri) -> Response<Body> {
    answered(app.store(|store| {
        let page = Page::parse(uri.query().unwrap_or_default())?;
        page.of(store.conversation(&id)?.items())
    }))
}

async fn add_items(State(app): Shared, Path(id): Path<String>, request: Request) -> Response<Body> {
    let fields = match fields(request).await {
        Ok(fields) => fields,
        Err(reply) => return reply.into_http(),
    };
    answered(app.store(|store| {
        let items = new_items(&fields, true)?;
        let conversation = store.conversation_mut(&id)?;
        let first = conversation.append(items);
        Ok(list(&conversation.items()[first..], false))
    }))
}

async fn item(State(app): Shared, Path((id, item)): Path<(String, String)>) -> Response<Body> {
    answered(app.store(|store| {
        let found = store.conversation(&id)?.item(&item);
        Ok(found.ok_or_else(|| not_found("Item", &item))?.object())
    }))
}

async fn delete_item(
    State(app): Shared,
    Path((id, item)): Path<(String, String)>,
) -> Response<Body> {
    let created_at = app.style.created_at;
    answered(app.store(|store| {
        let conversation = store.conversation_mut(&id)?;
        match conversation.remove(&item) {
            true => Ok(conversation.object(created_at)),
            false => Err(not_found("Item", &item)),
        }
    }))
}

/// The fields of a JSON body; an empty body has none.
async fn fields(request: Request) -> Result<Vec<(String, Raw)>, Reply> {
    let received = receive(request).await?;
    if received.body.is_empty() {
        return Ok(Vec::new());
    }
    let text = std::str::from_utf8(&received.body).unwrap_or_default();
    Raw::parse(text).ok().and_then(|raw| raw.fields()).ok_or_else(|| {
        let error = ApiError::invalid("", "the body is not a JSON object");
        Reply::error(&[b"stored"], &ApiError { code: None, ..error })
    })
}

fn field<'a>(fields: &'a [(String, Raw)], name: &str) -> Option<&'a Raw> {
    let found = fields.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    found.filter(|value| value.as_str() != "null")
}

fn metadata(fields: &[(String, Raw)]) -> Result<Option<Raw>, ApiError> {
    match field(fields, "metadata") {
        Some(metadata) if !metadata.as_str().starts_with('{') => {
            let error = ApiError::invalid("invalid_type", "\"metadata\" must be an object");
            Err(error.with_param("metadata"))
        }
        metadata => Ok(metadata.cloned()),
    }
}

fn new_items(fields: &[(String, Raw)], required: bool) -> Result<Vec<Raw>, ApiError> {
    match field(fields, "items") {
        None if !required => Ok(Vec::new()),
        items => items.and_then(Raw::elements).ok_or_else(|| {
            let error = ApiError::invalid("invalid_type", "\"items\" must be a list of items");
            error.with_param("items")
        }),
    }
}

impl App {
    /// Does something with what is stored, between two requests.
    fn store<T>(&self, act: impl FnOnce(&mut Store) -> T) -> T {
        act(self.lock().ledgers.stored_mut())
    }
}
