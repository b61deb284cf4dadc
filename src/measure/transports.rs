//! What the same requests take on the wire over each transport.
//!
//! The rule is that of the clients there are (Codex, our own loop): a request says only what is new
//! if it goes on from the last completed response of its thread, with the same fields and an input
//! that begins with the one before and its answer; else everything. A WebSocket forgets after a
//! failure and with its server; what is stored stays. `instructions` and tools are said every time.
//! Bodies count as compact JSON, uncompressed.

use super::results::BytesUp;
use crate::recording::{Exchange, Outcome, Transport, length};
use crate::wire::{Endpoint, Raw, TRANSPORT_FIELDS};
use std::collections::BTreeMap;

/// Length of a response id where the exchanges do not tell it: that of our own.
const RESPONSE_ID: usize = "resp_0123456789ab".len();

/// Fields that may differ between a request and the one it goes on from.
const VOLATILE_FIELDS: [&str; 2] = ["client_metadata", "stream_options"];

/// The bytes of each request. `restarts`: how many exchanges there were when the server was started
/// anew.
#[must_use]
pub fn bytes_up(exchanges: &[Exchange], restarts: &[usize]) -> Vec<BytesUp> {
    // Clients that chain over HTTP want their responses stored only because of that.
    let chained = in_force(exchanges) == Transport::HttpPrevious;
    let mut threads: BTreeMap<u32, Thread> = BTreeMap::new();
    let mut all = Vec::with_capacity(exchanges.len());
    for (index, exchange) in exchanges.iter().enumerate() {
        if restarts.contains(&index) {
            threads.values_mut().for_each(|thread| thread.connection = None);
        }
        let thread = threads.entry(exchange.thread).or_default();
        all.push(thread.request(exchange, chained));
    }
    all
}

/// The transport of a run: the one that says least, if there were several.
pub(super) fn in_force(exchanges: &[Exchange]) -> Transport {
    let used = |wanted| exchanges.iter().any(|exchange| exchange.delivery.transport == wanted);
    let less = [Transport::Websocket, Transport::HttpPrevious];
    less.into_iter().find(|transport| used(*transport)).unwrap_or_default()
}

/// What the server knows of one conversation.
#[derive(Clone, Copy, Default)]
struct Thread<'a> {
    /// The last response, stored.
    stored: Option<&'a Exchange>,
    /// The last response of the connection.
    connection: Option<&'a Exchange>,
}

impl<'a> Thread<'a> {
    fn request(&mut self, exchange: &'a Exchange, chained: bool) -> BytesUp {
        let request = &exchange.request;
        if request.fields.is_empty() {
            let same = exchange.wire_bytes;
            return BytesUp { http: same, http_previous: same, websocket: same };
        }
        if exchange.endpoint == Endpoint::Compact {
            // Asked over HTTP and in whole by all clients.
            let same = body(exchange, Transport::Http, chained, None);
            return BytesUp { http: same, http_previous: same, websocket: same };
        }
        let up = |transport, known: Option<&Exchange>| {
            let known = known.and_then(|known| covered(known, exchange));
            body(exchange, transport, chained, known)
        };
        let websocket = up(Transport::Websocket, self.connection);
        let completed = exchange.outcome == Outcome::Completed;
        let warm_up = exchange.is_warm_up();
        let bytes = match warm_up {
            // There is none over HTTP.
            true => BytesUp { websocket, ..BytesUp::default() },
            false => BytesUp {
                http: up(Transport::Http, None),
                http_previous: up(Transport::HttpPrevious, self.stored),
                websocket,
            },
        };
        self.connection = completed.then_some(exchange);
        if completed && !warm_up {
            self.stored = Some(exchange);
        }
        bytes
    }
}

/// A response to go on from.
#[derive(Clone, Copy)]
struct Known {
    /// Length of its id.
    id: usize,
    /// Items of the new input that need not be said.
    items: usize,
}

/// Whether a field has to be the same in a request and the one that it goes on from.
pub(super) fn is_fixed(key: &str) -> bool {
    !TRANSPORT_FIELDS.contains(&key) && !VOLATILE_FIELDS.contains(&key)
}

fn covered(known: &Exchange, exchange: &Exchange) -> Option<Known> {
    let fields = |exchange: &Exchange| -> Vec<(String, Raw)> {
        exchange.request.fields.iter().filter(|(key, _)| is_fixed(key)).cloned().collect()
    };
    let rest = exchange.request.input.strip_prefix(known.request.input.as_slice())?;
    let echoed = rest.len() >= known.output.len()
        && rest.iter().zip(&known.output).all(|(sent, said)| echoes(sent, said));
    if !echoed || fields(known) != fields(exchange) {
        return None;
    }
    let named = exchange.delivery.previous_response_id.as_ref().map(String::len);
    let own = (!known.response_id.is_empty()).then_some(known.response_id.len());
    Some(Known {
        id: named.or(own).unwrap_or(RESPONSE_ID),
        items: known.request.input.len() + known.output.len(),
    })
}

/// Whether a client sent an output item back; some write it anew, with fewer fields.
pub(super) fn echoes(sent: &Raw, said: &Raw) -> bool {
    if sent == said {
        return true;
    }
    let (sent, said) = (sent.item(), said.item());
    let same = |a: Option<&str>, b: Option<&str>| Some(a? == b?);
    sent.kind() == said.kind()
        && same(sent.call_id(), said.call_id())
            .or_else(|| same(sent.id(), said.id()))
            .or_else(|| same(sent.encrypted_content(), said.encrypted_content()))
            .unwrap_or_else(|| sent.role() == said.role() && sent.text() == said.text())
}

/// The length of a body over a transport.
fn body(exchange: &Exchange, transport: Transport, chained: bool, known: Option<Known>) -> u64 {
    let request = &exchange.request;
    let on_socket = exchange.delivery.transport == Transport::Websocket;
    let over_socket = transport == Transport::Websocket;
    let size = |raw: &Raw| length(raw) as usize;
    let mut fields: Vec<(&str, usize)> = Vec::new();
    for (key, value) in &request.fields {
        match key.as_str() {
            "previous_response_id" | "conversation" | "type" => {}
            "stream" | "stream_id" | "generate" if over_socket && !on_socket => {}
            "stream_id" | "generate" if !over_socket => {}
            "store" => fields.push(("store", store(value, transport, chained))),
            key => fields.push((key, size(value))),
        }
    }
    if over_socket {
        fields.push(("type", "\"response.create\"".len()));
    } else if request.field("stream").is_none() && on_socket {
        fields.push(("stream", "true".len()));
    }
    if let Some(known) = known {
        fields.push(("previous_response_id", known.id + 2));
    }
    let from = known.map_or(0, |known| known.items);
    if request.input_at.is_some() {
        let items = &request.input[from..];
        let brackets = if request.input_is_text { 0 } else { 2 };
        let commas = items.len().saturating_sub(1);
        fields.push(("input", brackets + commas + items.iter().map(size).sum::<usize>()));
    }
    // Quotes and colon around each key, commas between, braces around all.
    let members: usize = fields.iter().map(|(key, value)| key.len() + 3 + value).sum();
    (members + fields.len().saturating_sub(1) + 2) as u64
}

/// The length of `store`: whether a response has to be stored belongs to the transport.
fn store(value: &Raw, transport: Transport, chained: bool) -> usize {
    match (transport, value.as_str()) {
        (Transport::HttpPrevious, "false") => "true".len(),
        (Transport::Http | Transport::Websocket, "true") if chained => "false".len(),
        _ => length(value) as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes_up, in_force};
    use crate::measure::BytesUp;
    use crate::measure::testing::user;
    use crate::recording::{Delivery, Exchange, Outcome, Transport};
    use crate::wire::{Endpoint, Raw, Request};
    use serde_json::{Value, json};

    fn said(n: u32) -> Value {
        json!({"type": "message", "id": format!("msg_{n}"), "role": "assistant", "content": "ok"})
    }

    /// Request `n` of a session that appends: user, answer, user, answer, ..
    fn exchange(n: u32, change: impl FnOnce(&mut Value)) -> Exchange {
        let mut input = vec![user("a")];
        for step in 0..n {
            input.extend([said(step), user("b")]);
        }
        let mut body = json!({"model": "m", "input": input, "store": false, "stream": true});
        change(&mut body);
        let request = Request::parse(body.to_string().as_bytes()).unwrap();
        Exchange {
            seq: n,
            thread: 0,
            endpoint: Endpoint::Responses,
            wire_bytes: body.to_string().len() as u64,
            request,
            delivery: Delivery::default(),
            status: 200,
            outcome: Outcome::Completed,
            incomplete: None,
            output: vec![Raw::from_value(&said(n))],
            usage: None,
            error: None,
            response_id: String::new(),
        }
    }

    fn length(body: &Value) -> u64 {
        body.to_string().len() as u64
    }

    const ID: &str = "resp_0123456789ab";

    fn continued() -> BytesUp {
        let stored = json!({"model": "m", "input": [user("b")], "store": true, "stream": true,
            "previous_response_id": ID});
        let frame = json!({"type": "response.create", "model": "m", "input": [user("b")],
            "store": false, "previous_response_id": ID});
        BytesUp { http: 0, http_previous: length(&stored), websocket: length(&frame) }
    }

    #[test]
    fn what_goes_on_says_what_is_new() {
        let exchanges = [exchange(0, |_| {}), exchange(1, |_| {})];
        let up = bytes_up(&exchanges, &[]);
        assert_eq!(up[1], BytesUp { http: exchanges[1].wire_bytes, ..continued() });
        // The first says everything: "true" for "false"; an event type for "stream".
        let first = exchanges[0].wire_bytes;
        assert_eq!((up[0].http, up[0].http_previous), (first, first - 1));
        let frame = json!({"type": "response.create", "model": "m", "input": [user("a")],
            "store": false});
        assert_eq!(up[0].websocket, length(&frame));
    }

    #[test]
    fn other_fields_or_another_history_say_everything() {
        let model = exchange(1, |body| body["model"] = json!("n"));
        let history = exchange(1, |body| body["input"][0] = user("z"));
        for other in [model, history] {
            let up = bytes_up(&[exchange(0, |_| {}), other.clone()], &[])[1];
            assert_eq!(up.http_previous, other.wire_bytes - 1, "{}", other.request.to_body());
        }
        let told = exchange(1, |body| body["client_metadata"] = json!({"turn": "2"}));
        let up = bytes_up(&[exchange(0, |_| {}), told], &[])[1];
        assert!(up.http_previous < up.http / 2 + 60, "{up:?}");
    }

    #[test]
    fn a_socket_forgets_at_failures_and_restarts_and_a_thread_is_its_own() {
        let mut failed = exchange(1, |_| {});
        failed.outcome = Outcome::Error;
        let again = exchange(1, |_| {});
        let exchanges = [exchange(0, |_| {}), failed, again];
        let up = bytes_up(&exchanges, &[]);
        assert_eq!(
            (up[1].websocket, up[2].http_previous),
            (continued().websocket, continued().http_previous)
        );
        assert!(up[2].websocket > continued().websocket);

        let exchanges = [exchange(0, |_| {}), exchange(1, |_| {})];
        let up = bytes_up(&exchanges, &[1]);
        assert_eq!(up[1].http_previous, continued().http_previous);
        assert!(up[1].websocket > continued().websocket);
        let mut elsewhere = exchange(1, |_| {});
        elsewhere.thread = 1;
        let up = bytes_up(&[exchange(0, |_| {}), elsewhere], &[]);
        assert!(up[1].http_previous > continued().http_previous);
    }

    #[test]
    fn an_item_that_the_client_wrote_anew_is_still_the_answer() {
        let anew = json!({"id": "msg_0", "role": "assistant", "type": "message", "content": "ok"});
        let exchanges = [exchange(0, |_| {}), exchange(1, |body| body["input"][1] = anew)];
        assert_eq!(bytes_up(&exchanges, &[])[1].websocket, continued().websocket);
        let other = json!({"id": "msg_9", "role": "assistant", "type": "message", "content": "ok"});
        let exchanges = [exchange(0, |_| {}), exchange(1, |body| body["input"][1] = other)];
        assert!(bytes_up(&exchanges, &[])[1].websocket > continued().websocket);
    }

    #[test]
    fn a_warm_up_costs_the_socket_alone_and_is_gone_on_from() {
        let mut warm = exchange(0, |body| {
            *body = json!({"type": "response.create", "model": "m", "input": [user("a")],
                "store": false, "generate": false});
        });
        warm.delivery.transport = Transport::Websocket;
        warm.output.clear();
        let mut first = exchange(0, |body| {
            *body = json!({"type": "response.create", "model": "m", "input": [user("a")],
                "store": false});
        });
        first.delivery = Delivery {
            transport: Transport::Websocket,
            previous_response_id: Some(ID.into()),
            sent_from: 1,
            ..Delivery::default()
        };
        assert_eq!(in_force(&[warm.clone(), first.clone()]), Transport::Websocket);
        let up = bytes_up(&[warm.clone(), first], &[]);
        assert_eq!(up[0], BytesUp { websocket: warm.wire_bytes, ..BytesUp::default() });
        let frame = json!({"type": "response.create", "model": "m", "input": [], "store": false,
            "previous_response_id": ID});
        assert_eq!(up[1].websocket, length(&frame));
        assert_eq!(up[1].http, exchange(0, |_| {}).wire_bytes);
    }
}
