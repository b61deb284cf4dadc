//! Request bodies, written as text: items that were sent before go out as the same bytes.
//!
//! Requests are stateless: the whole history, `store: false`, never `previous_response_id`.

use crate::wire::{Raw, escape, object};

/// The fields beside `input`. All but the model are constant for a session.
#[derive(Clone, Debug)]
pub(super) struct Frame<'a> {
    pub(super) model: &'a str,
    pub(super) instructions: &'a str,
    /// The list of tools as JSON.
    pub(super) tools: &'a str,
    pub(super) cache_key: &'a str,
}

const REASONING: &str = r#"{"summary":"auto"}"#;

impl Frame<'_> {
    /// Body of `POST /responses`.
    pub(super) fn responses<'a>(&self, input: impl IntoIterator<Item = &'a Raw>) -> String {
        object([
            ("model", escape(self.model).as_str()),
            ("instructions", &escape(self.instructions)),
            ("input", &list(input)),
            ("tools", self.tools),
            ("tool_choice", "\"auto\""),
            ("parallel_tool_calls", "true"),
            ("reasoning", REASONING),
            ("store", "false"),
            ("stream", "true"),
            ("include", r#"["reasoning.encrypted_content"]"#),
            ("prompt_cache_key", &escape(self.cache_key)),
        ])
    }

    /// Body of `POST /responses/compact`.
    pub(super) fn compact<'a>(&self, input: impl IntoIterator<Item = &'a Raw>) -> String {
        object([
            ("model", escape(self.model).as_str()),
            ("instructions", &escape(self.instructions)),
            ("input", &list(input)),
            ("tools", self.tools),
            ("parallel_tool_calls", "true"),
            ("reasoning", REASONING),
            ("prompt_cache_key", &escape(self.cache_key)),
        ])
    }

    /// Bytes of the prompt that are there before any item.
    pub(super) fn static_bytes(&self) -> u64 {
        (self.instructions.len() + self.tools.len()) as u64
    }
}

fn list<'a>(items: impl IntoIterator<Item = &'a Raw>) -> String {
    let items: Vec<&str> = items.into_iter().map(Raw::as_str).collect();
    format!("[{}]", items.join(","))
}

#[cfg(test)]
mod tests {
    use super::Frame;
    use crate::wire::{Raw, Request};

    #[test]
    fn the_body_is_compact_in_fixed_order_and_keeps_items() {
        let frame = Frame { model: "m", instructions: "a\n\"b\"", tools: "[]", cache_key: "k" };
        let item = Raw::parse(r#"{"type":"x", "n":1.50,"s":"\u00e9"}"#).unwrap();
        let body = frame.responses([&item]);
        assert_eq!(
            body,
            concat!(
                r#"{"model":"m","instructions":"a\n\"b\"","input":[{"type":"x", "n":1.50,"s":"\u00e9"}],"#,
                r#""tools":[],"tool_choice":"auto","parallel_tool_calls":true,"#,
                r#""reasoning":{"summary":"auto"},"store":false,"stream":true,"#,
                r#""include":["reasoning.encrypted_content"],"prompt_cache_key":"k"}"#
            )
        );
        assert_eq!(Request::parse(body.as_bytes()).unwrap().to_body(), body);
        let compact = Request::parse(frame.compact([&item]).as_bytes()).unwrap();
        let keys: Vec<&str> = compact.fields.iter().map(|(key, _)| key.as_str()).collect();
        let want = [
            "model",
            "instructions",
            "tools",
            "parallel_tool_calls",
            "reasoning",
            "prompt_cache_key",
        ];
        assert_eq!(keys, want);
    }
}
