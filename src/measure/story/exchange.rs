//! One exchange in full: every field and item with its place, layer and size, every text verbatim.

use crate::cache::{Renderer, total};
use crate::recording::journal::RunLog;
use crate::recording::{Layer, layer_of, layer_of_item};
use crate::recording::{Outcome, elided, length};
use crate::wire::{Raw, Usage};
use serde::Serialize;

/// An exchange in full.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WholeExchange {
    /// Always 1: the version of this shape.
    pub version: u32,
    /// Its number.
    pub exchange: u32,
    /// Its conversation.
    pub thread: u32,
    /// Turn of the user.
    pub turn: u32,
    /// `responses` or `compact`.
    pub endpoint: String,
    /// What answered.
    pub answered_by: String,
    /// Bytes of the body on the wire.
    pub wire_bytes: u64,
    /// Rendered prompt bytes.
    pub sent_bytes: u64,
    /// Rendered prompt tokens.
    pub sent_tokens: u64,
    /// The top-level fields but `input`, in the order received.
    pub fields: Vec<FieldShown>,
    /// The tools and input items, in prompt order.
    pub items: Vec<ItemShown>,
    /// HTTP status of the answer.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it is incomplete.
    pub incomplete: Option<String>,
    /// The error, if it ended in one.
    pub error: Option<crate::wire::ApiError>,
    /// Id of the response.
    pub response_id: String,
    /// The output items.
    pub output: Vec<ItemShown>,
    /// Usage as reported.
    pub usage: Option<Usage>,
}

/// A top-level field of a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldShown {
    /// Its name.
    pub name: String,
    /// Bytes of its value.
    pub bytes: u64,
    /// The value, verbatim; `None` for tools and instructions, which stand among the items, and for
    /// what was left out.
    pub value: Option<Raw>,
    /// Digest of a value that was left out of the file.
    pub elided: Option<String>,
}

/// A tool, an input item or an output item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemShown {
    /// JSON pointer in the request; `/output/N` in the answer.
    pub pointer: String,
    /// Its layer.
    pub layer: Layer,
    /// Role and type, or the name of a tool.
    pub what: String,
    /// Rendered bytes.
    pub bytes: u64,
    /// Rendered tokens.
    pub tokens: u64,
    /// The value, verbatim; `None` if it was left out of the file.
    pub json: Option<Raw>,
    /// Digest of a value that was left out.
    pub elided: Option<String>,
}

/// The exchange of that number.
#[must_use]
pub fn whole_exchange(log: &RunLog, number: u32) -> Option<WholeExchange> {
    let index = log.exchanges.iter().position(|exchange| exchange.seq == number)?;
    let exchange = &log.exchanges[index];
    let request = &exchange.request;
    let mut renderer = Renderer::new();
    let segments = renderer.request(request);
    let sent = total(&segments);
    let tools = request.tools();
    let value = |pointer: &str| -> Option<Raw> {
        let mut keys = pointer.split('/').skip(1);
        let at = |key: Option<&str>| key.and_then(|key| key.parse::<usize>().ok());
        match keys.next()? {
            "tools" => match at(keys.next()) {
                Some(at) => tools.get(at).cloned(),
                None => request.field("tools").cloned(),
            },
            "instructions" => request.field("instructions").cloned(),
            _ => request.input.get(at(keys.next()).unwrap_or(0)).cloned(),
        }
    };
    let items = segments.iter().filter_map(|segment| {
        let raw = value(&segment.pointer)?;
        let layer = layer_of(&segment.pointer, request);
        Some(shown(segment.pointer.clone(), layer, &raw, (segment.bytes(), segment.tokens)))
    });
    let items: Vec<ItemShown> = items.collect();
    let output = exchange.output.iter().enumerate().map(|(at, raw)| {
        let pointer = format!("/output/{at}");
        let segment = renderer.segment(pointer.clone(), raw);
        shown(pointer, layer_of_item(&raw.item()), raw, (segment.bytes(), segment.tokens))
    });
    let output = output.collect();
    Some(WholeExchange {
        version: 1,
        exchange: exchange.seq,
        thread: exchange.thread,
        turn: log.turns.get(index).copied().unwrap_or_default(),
        endpoint: exchange.endpoint.as_str().to_owned(),
        answered_by: log.answered_by.get(index).cloned().unwrap_or_default(),
        wire_bytes: exchange.wire_bytes,
        sent_bytes: sent.bytes,
        sent_tokens: sent.tokens,
        fields: request.fields.iter().map(|(name, raw)| field(name, raw)).collect(),
        items,
        status: exchange.status,
        outcome: exchange.outcome,
        incomplete: exchange.incomplete.clone(),
        error: exchange.error.clone(),
        response_id: exchange.response_id.clone(),
        output,
        usage: exchange.usage,
    })
}

fn field(name: &str, raw: &Raw) -> FieldShown {
    let left_out = elided(raw);
    let among_items = ["tools", "instructions"].contains(&name) && raw.as_str() != "null";
    FieldShown {
        name: name.to_owned(),
        bytes: left_out.as_ref().map_or(length(raw), |(_, elided)| elided.bytes),
        value: (!among_items && left_out.is_none()).then(|| raw.clone()),
        elided: left_out.map(|(digest, _)| digest.to_string()),
    }
}

fn shown(pointer: String, layer: Layer, raw: &Raw, (bytes, tokens): (u64, u64)) -> ItemShown {
    let left_out = elided(raw).map(|(digest, _)| digest.to_string());
    let item = raw.item();
    let what = match layer {
        Layer::Tools => item.str("name").or(item.str("type")).unwrap_or("tools").to_owned(),
        _ if pointer == "/instructions" => String::new(),
        _ => {
            let kind = item.str("type").unwrap_or("message");
            let by = item.role().or(item.str("name")).or(item.call_id());
            by.map_or(kind.to_owned(), |by| format!("{kind} {by}"))
        }
    };
    ItemShown {
        pointer,
        layer,
        what,
        bytes,
        tokens,
        json: left_out.is_none().then(|| raw.clone()),
        elided: left_out,
    }
}
