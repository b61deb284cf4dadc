//! What a response says of its request where the request said less.

use super::{Raw, Request, object};

/// The fields of a request that a response completes: function tools, `reasoning` and `text` name
/// all that they may have. What was there stays verbatim.
pub(super) fn filled(request: &Request) -> [(&'static str, String); 3] {
    let function = |tool: &Raw| tool.item().str("type") == Some("function");
    let shown = |tool: Raw| match function(&tool) {
        true => with_all(&tool, FUNCTION_TOOL),
        false => tool.as_str().to_owned(),
    };
    let tools: Vec<String> = request.tools().into_iter().map(shown).collect();
    let field = |name: &str, all| request.field(name).map(|raw| with_all(raw, all));
    [
        ("tools", format!("[{}]", tools.join(","))),
        ("reasoning", field("reasoning", REASONING).unwrap_or_default()),
        ("text", field("text", TEXT).unwrap_or_default()),
    ]
}

/// What these objects have, with what the API takes where the request is silent.
const FUNCTION_TOOL: &[(&str, &str)] =
    &[("description", "null"), ("parameters", "null"), ("strict", "true")];
const REASONING: &[(&str, &str)] = &[("effort", "null"), ("summary", "null")];
const TEXT: &[(&str, &str)] = &[("format", "{\"type\":\"text\"}")];

/// Where the request says something of the cache, the response says what was applied.
pub(super) const CACHE_OPTIONS: &[(&str, &str)] = &[("mode", "\"implicit\""), ("ttl", "\"30m\"")];

/// An object with the fields that it lacks at its end; anything else as it is.
pub(super) fn with_all(raw: &Raw, all: &[(&str, &str)]) -> String {
    let Some(fields) = raw.fields() else { return raw.as_str().to_owned() };
    let has = |name: &str| fields.iter().any(|(key, _)| key == name);
    let own = fields.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    object(own.chain(all.iter().filter(|(name, _)| !has(name)).copied()))
}
