//! A request on its way in: read, completed, masked.

use super::mask::Mask;
use super::received::Received;
use super::store::{Chains, Expanded, Store, expand};
use super::websocket::frame;
use crate::recording::volatile::Masked;
use crate::recording::{Delivery, Transport};
use crate::wire::{ApiError, Request};

/// A request as it came and as everybody behind the door sees it.
#[derive(Debug)]
pub(super) struct Incoming {
    /// As it came: what a Response object echoes.
    pub(super) echo: Request,
    /// Completed and masked.
    pub(super) request: Request,
    pub(super) delivery: Delivery,
    /// Why it cannot be answered, whatever a model would say.
    pub(super) refused: Option<ApiError>,
    /// Whether the body is a JSON object at all.
    pub(super) is_request: bool,
    /// What observers are told of the bytes on the wire.
    pub(super) wire_bytes: u64,
    /// The body, where fields and items do not give its bytes back.
    pub(super) whole: Option<Vec<u8>>,
}

impl Incoming {
    /// Reads a body. `connection` holds the exchanges of the WebSocket that brought it.
    pub(super) fn read(
        received: &Received,
        store: &Store,
        connection: Option<&Chains>,
        mask: Option<&dyn Mask>,
    ) -> Self {
        let plain = Delivery {
            transport: if connection.is_some() { Transport::Websocket } else { Transport::Http },
            ..Delivery::default()
        };
        let parsed = Request::parse(&received.body);
        let is_request = parsed.is_ok();
        let completed = match &parsed {
            Err(error) => Err(not_a_request(&error.to_string())),
            Ok(sent) => complete(sent, store, connection),
        };
        let echo = parsed.unwrap_or_else(|_| nothing());
        let (Expanded { request, delivery }, refused) = match completed {
            Ok(completed) => (completed, None),
            Err(error) => (Expanded { request: echo.clone(), delivery: plain }, Some(error)),
        };
        let mut incoming = Self {
            wire_bytes: received.wire_bytes,
            whole: None,
            echo,
            request,
            delivery,
            refused,
            is_request,
        };
        let changed = mask.is_some_and(|mask| is_request && incoming.put_on(mask));
        // A body that was received is as random, or as secret, as what is masked in it.
        let is_as_sent = || is_request && incoming.sent().to_body().as_bytes() == received.body;
        if !changed && !is_as_sent() {
            incoming.whole = Some(received.body.clone());
        }
        incoming
    }

    /// Whether the mask changes anything.
    fn put_on(&mut self, mask: &dyn Mask) -> bool {
        let Masked { request: masked, bytes } = mask.mask(&self.request);
        if masked == self.request {
            return false;
        }
        let (before, after) = (self.request.to_body().len() as u64, masked.to_body().len() as u64);
        self.wire_bytes = (self.wire_bytes + after).saturating_sub(before);
        self.request = masked;
        self.delivery.masked = bytes;
        true
    }

    /// The request without what the server put before it.
    fn sent(&self) -> Request {
        let mut sent = self.request.clone();
        let known = (self.delivery.sent_from as usize).min(sent.input.len());
        sent.input.drain(..known);
        sent
    }
}

fn complete(
    sent: &Request,
    store: &Store,
    connection: Option<&Chains>,
) -> Result<Expanded, ApiError> {
    if connection.is_some() {
        frame::check(sent)?;
    }
    expand(sent, store, connection)
}

fn nothing() -> Request {
    Request { fields: Vec::new(), input: Vec::new(), input_at: None, input_is_text: false }
}

fn not_a_request(why: &str) -> ApiError {
    let error = ApiError::invalid("", format!("the body is not a JSON request: {why}"));
    ApiError { code: None, ..error }
}
