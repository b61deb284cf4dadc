//! The fields that the protocol requires, event by event, item by item, and what each must hold.
//!
//! Further fields are always allowed: servers are ahead of any table. An event type that is not
//! listed is not allowed: a misspelt one would else pass as something new.

use serde_json::Value;

/// What a field must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Text,
    Count,
    Number,
    Flag,
    List,
    Object,
    TextOrNull,
    ObjectOrNull,
    /// Anything, as long as the field is there.
    There,
}

impl Is {
    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Count => value.is_u64(),
            Self::Number => value.is_number(),
            Self::Flag => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::TextOrNull => value.is_string() || value.is_null(),
            Self::ObjectOrNull => value.is_object() || value.is_null(),
            Self::There => true,
        }
    }
}

/// A field's JSON pointer, and what it must hold.
type Fields = &'static [(&'static str, Is)];

use Is::{Count, Flag, List, Number, Object, ObjectOrNull, Text, TextOrNull, There};

const RESPONSE: Fields = &[("/response", Object)];
const ITEM: Fields = &[("/output_index", Count), ("/item", Object)];
const PLACE: Fields = &[("/item_id", Text), ("/output_index", Count)];

macro_rules! placed {
    ($($field:expr),*) => {
        &[("/item_id", Text), ("/output_index", Count), $($field),*]
    };
}

const CONTENT: (&str, Is) = ("/content_index", Count);
const SUMMARY: (&str, Is) = ("/summary_index", Count);
const COMMAND: (&str, Is) = ("/command_index", Count);
const DELTA: (&str, Is) = ("/delta", Text);
const LOGPROBS: (&str, Is) = ("/logprobs", List);

/// Every event of the protocol.
const EVENTS: &[(&str, Fields)] = &[
    ("response.created", RESPONSE),
    ("response.queued", RESPONSE),
    ("response.in_progress", RESPONSE),
    ("response.completed", RESPONSE),
    ("response.failed", RESPONSE),
    ("response.incomplete", RESPONSE),
    ("error", &[("/code", TextOrNull), ("/message", Text), ("/param", TextOrNull)]),
    ("response.output_item.added", ITEM),
    ("response.output_item.done", ITEM),
    ("response.content_part.added", placed!(CONTENT, ("/part", Object))),
    ("response.content_part.done", placed!(CONTENT, ("/part", Object))),
    ("response.output_text.delta", placed!(CONTENT, DELTA, LOGPROBS)),
    ("response.output_text.done", placed!(CONTENT, ("/text", Text), LOGPROBS)),
    (
        "response.output_text.annotation.added",
        placed!(CONTENT, ("/annotation_index", Count), ("/annotation", Object)),
    ),
    ("response.refusal.delta", placed!(CONTENT, DELTA)),
    ("response.refusal.done", placed!(CONTENT, ("/refusal", Text))),
    ("response.reasoning_text.delta", placed!(CONTENT, DELTA)),
    ("response.reasoning_text.done", placed!(CONTENT, ("/text", Text))),
    ("response.reasoning_summary_part.added", placed!(SUMMARY, ("/part", Object))),
    ("response.reasoning_summary_part.done", placed!(SUMMARY, ("/part", Object))),
    ("response.reasoning_summary_text.delta", placed!(SUMMARY, DELTA)),
    ("response.reasoning_summary_text.done", placed!(SUMMARY, ("/text", Text))),
    ("response.function_call_arguments.delta", placed!(DELTA)),
    ("response.function_call_arguments.done", placed!(("/arguments", Text), ("/name", Text))),
    ("response.custom_tool_call_input.delta", placed!(DELTA)),
    ("response.custom_tool_call_input.done", placed!(("/input", Text))),
    ("response.web_search_call.in_progress", PLACE),
    ("response.web_search_call.searching", PLACE),
    ("response.web_search_call.completed", PLACE),
    ("response.shell_call_command.added", &[("/output_index", Count), COMMAND, ("/command", Text)]),
    ("response.shell_call_command.delta", &[("/output_index", Count), COMMAND, DELTA]),
    ("response.shell_call_command.done", &[("/output_index", Count), COMMAND, ("/command", Text)]),
    ("response.shell_call_output_content.delta", placed!(COMMAND, ("/delta", There))),
    ("response.shell_call_output_content.done", placed!(COMMAND, ("/output", There))),
    ("response.compaction.compacting", PLACE),
];

/// Hosted tools of which nothing but the place is checked.
const FAMILIES: &[&str] = &[
    "response.file_search_call.",
    "response.code_interpreter_call.",
    "response.code_interpreter_call_code.",
    "response.image_generation_call.",
    "response.mcp_call.",
    "response.mcp_call_arguments.",
    "response.mcp_list_tools.",
];

/// What an event lacks.
pub(super) fn event(kind: &str, data: &Value) -> Vec<String> {
    let listed = EVENTS.iter().find(|(name, _)| *name == kind).map(|(_, fields)| *fields);
    match listed.or_else(|| FAMILIES.iter().any(|name| kind.starts_with(name)).then_some(PLACE)) {
        Some(fields) => lacking(kind, data, fields),
        None => vec![format!("{kind:?} is no event of the protocol")],
    }
}

const SEARCH: &str = "web_search_call";

/// Output items by type. Each has an id: clients key their state by it.
const ITEMS: &[(&str, Fields)] = &[
    ("message", &[("/id", Text), ("/role", Text), ("/status", Text), ("/content", List)]),
    ("reasoning", &[("/id", Text), ("/summary", List)]),
    (
        "function_call",
        &[
            ("/id", Text),
            ("/call_id", Text),
            ("/name", Text),
            ("/arguments", Text),
            ("/status", Text),
        ],
    ),
    ("custom_tool_call", &[("/id", Text), ("/call_id", Text), ("/name", Text), ("/input", Text)]),
    (
        "local_shell_call",
        &[
            ("/id", Text),
            ("/call_id", Text),
            ("/status", Text),
            ("/action/type", Text),
            ("/action/command", List),
            ("/action/env", Object),
        ],
    ),
    (
        "shell_call",
        &[
            ("/id", Text),
            ("/call_id", Text),
            ("/status", Text),
            ("/action/commands", List),
            ("/action/timeout_ms", There),
            ("/action/max_output_length", There),
            ("/environment", ObjectOrNull),
        ],
    ),
    (
        "shell_call_output",
        &[
            ("/id", Text),
            ("/call_id", Text),
            ("/status", Text),
            ("/output", List),
            ("/max_output_length", There),
        ],
    ),
    (
        "apply_patch_call",
        &[
            ("/id", Text),
            ("/call_id", Text),
            ("/status", Text),
            ("/operation/type", Text),
            ("/operation/path", Text),
        ],
    ),
    (SEARCH, &[("/id", Text), ("/status", Text), ("/action/type", Text)]),
    ("compaction", &[("/id", Text), ("/encrypted_content", Text)]),
];

/// What an output item lacks. An item that was only `added` may get its action and its sealed
/// content later.
pub(super) fn item(item: &Value, added: bool) -> Vec<String> {
    let kind = item["type"].as_str().unwrap_or_default();
    if kind.is_empty() {
        return vec!["an item without type".to_owned()];
    }
    let Some((_, fields)) = ITEMS.iter().find(|(name, _)| *name == kind) else { return Vec::new() };
    let late = |pointer: &str| {
        added && (pointer == "/encrypted_content" || pointer == "/action/type" && kind == SEARCH)
    };
    let due: Vec<_> = fields.iter().filter(|(pointer, _)| !late(pointer)).copied().collect();
    let mut wrong = lacking(kind, item, &due);
    let diff = item.pointer("/operation/type").is_some_and(|kind| kind != "delete_file");
    if kind == "apply_patch_call" && diff {
        wrong.extend(lacking(kind, item, &[("/operation/diff", Text)]));
    }
    wrong
}

/// What a content or summary part lacks.
pub(super) fn part(part: &Value) -> Vec<String> {
    let kind = part["type"].as_str().unwrap_or_default();
    let fields: Fields = match kind {
        "output_text" => &[("/text", Text), ("/annotations", List), ("/logprobs", List)],
        "refusal" => &[("/refusal", Text)],
        "reasoning_text" | "summary_text" => &[("/text", Text)],
        "" => return vec!["a part without type".to_owned()],
        _ => &[],
    };
    lacking(kind, part, fields)
}

/// What every response object has.
const RESPONSE_OBJECT: Fields = &[
    ("/id", Text),
    ("/object", Text),
    ("/created_at", Number),
    ("/status", Text),
    ("/error", ObjectOrNull),
    ("/incomplete_details", ObjectOrNull),
    ("/instructions", There),
    ("/model", Text),
    ("/tools", List),
    ("/output", List),
    ("/parallel_tool_calls", Flag),
    ("/metadata", ObjectOrNull),
    ("/tool_choice", There),
    ("/temperature", There),
    ("/top_p", There),
    ("/usage", ObjectOrNull),
];

/// What a response object lacks.
pub(super) fn response(response: &Value) -> Vec<String> {
    lacking("the response", response, RESPONSE_OBJECT)
}

const USAGE: Fields = &[
    ("/input_tokens", Count),
    ("/input_tokens_details/cached_tokens", Count),
    ("/input_tokens_details/cache_write_tokens", Count),
    ("/output_tokens", Count),
    ("/output_tokens_details/reasoning_tokens", Count),
    ("/total_tokens", Count),
];

/// What a usage object lacks, or does not add up to.
pub(super) fn usage(usage: &Value) -> Vec<String> {
    let mut wrong = lacking("usage", usage, USAGE);
    let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    if count("/input_tokens") + count("/output_tokens") != count("/total_tokens") {
        wrong.push("total_tokens is not the sum of input and output".into());
    }
    let cached = count("/input_tokens_details/cached_tokens");
    if cached + count("/input_tokens_details/cache_write_tokens") > count("/input_tokens") {
        wrong.push("more tokens read from and written to the cache than sent".into());
    }
    if count("/output_tokens_details/reasoning_tokens") > count("/output_tokens") {
        wrong.push("more tokens of reasoning than of output".into());
    }
    wrong
}

fn lacking(what: &str, value: &Value, fields: &[(&str, Is)]) -> Vec<String> {
    let wrong = fields.iter().filter_map(|(pointer, is)| match value.pointer(pointer) {
        None => Some(format!("{what} lacks {pointer}")),
        Some(found) if !is.holds(found) => Some(format!("{what}: {pointer} is {found}")),
        Some(_) => None,
    });
    wrong.collect()
}
