//! Request bodies, written as text: items that were sent before go out as the same bytes.
//!
//! A request is the whole history or, where the transport lets the server remember it, what is new
//! since a response. Everything else is said every time.

use crate::scenario::{Effort, Transport};
use crate::wire::{Raw, escape, object};
use std::borrow::Cow;

/// The fields beside `input`. They are constant for a session, unless the scenario changes the model,
/// the tools or the effort, or its prompt is laid out anew for each request.
#[derive(Clone, Debug)]
pub(super) struct Frame<'a> {
    pub(super) model: &'a str,
    pub(super) instructions: Cow<'a, str>,
    /// The list of tools as JSON.
    pub(super) tools: Cow<'a, str>,
    pub(super) effort: Option<Effort>,
    pub(super) cache_key: &'a str,
}

impl Frame<'_> {
    /// Body of `POST /responses`, or the frame that stands for it. `previous` is the response that
    /// `input` continues, if it is not the whole history.
    pub(super) fn responses(
        &self,
        transport: Transport,
        previous: Option<&str>,
        input: &[Raw],
    ) -> String {
        let (instructions, reasoning) = (escape(&self.instructions), self.reasoning());
        let (model, cache_key) = (escape(self.model), escape(self.cache_key));
        let (previous, input) = (previous.map(escape), list(input));
        let mut fields = vec![
            ("model", model.as_str()),
            ("instructions", &instructions),
            ("input", &input),
            ("tools", self.tools.as_ref()),
            ("tool_choice", "\"auto\""),
            ("parallel_tool_calls", "true"),
            ("reasoning", &reasoning),
            ("store", if transport == Transport::PreviousResponse { "true" } else { "false" }),
        ];
        match transport {
            Transport::Websocket => fields.insert(0, ("type", "\"response.create\"")),
            _ => fields.push(("stream", "true")),
        }
        fields.push(("include", r#"["reasoning.encrypted_content"]"#));
        fields.push(("prompt_cache_key", &cache_key));
        if let Some(previous) = &previous {
            fields.push(("previous_response_id", previous));
        }
        object(fields)
    }

    /// Body of `POST /responses/compact`.
    pub(super) fn compact(&self, input: &[Raw]) -> String {
        object([
            ("model", escape(self.model).as_str()),
            ("instructions", &escape(&self.instructions)),
            ("input", &list(input)),
            ("tools", self.tools.as_ref()),
            ("parallel_tool_calls", "true"),
            ("reasoning", &self.reasoning()),
            ("prompt_cache_key", &escape(self.cache_key)),
        ])
    }

    fn reasoning(&self) -> String {
        match self.effort {
            Some(effort) => {
                object([("effort", escape(effort.as_str()).as_str()), ("summary", "\"auto\"")])
            }
            None => r#"{"summary":"auto"}"#.to_owned(),
        }
    }

    /// Bytes of the prompt that are there before any item.
    pub(super) fn static_bytes(&self) -> u64 {
        (self.instructions.len() + self.tools.len()) as u64
    }
}

fn list(items: &[Raw]) -> String {
    let items: Vec<&str> = items.iter().map(Raw::as_str).collect();
    format!("[{}]", items.join(","))
}

#[cfg(test)]
mod tests {
    use super::Frame;
    use crate::scenario::{Effort, Transport};
    use crate::wire::{Raw, Request};

    fn frame(instructions: &str) -> Frame<'_> {
        let (instructions, tools) = (instructions.into(), "[]".into());
        Frame { model: "m", instructions, tools, effort: None, cache_key: "k" }
    }

    #[test]
    fn the_body_is_compact_in_fixed_order_and_keeps_items() {
        let frame = frame("a\n\"b\"");
        let item = Raw::parse(r#"{"type":"x", "n":1.50,"s":"\u00e9"}"#).unwrap();
        let body = frame.responses(Transport::Http, None, std::slice::from_ref(&item));
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
        let compact = Request::parse(frame.compact(&[item]).as_bytes()).unwrap();
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
    #[test]
    fn other_ways_change_what_belongs_to_the_way_and_nothing_else() {
        let frame = frame("i");
        let keys = |transport, previous: Option<&str>| {
            let body = frame.responses(transport, previous, &[]);
            let request = Request::parse(body.as_bytes()).unwrap();
            let value = |(key, value): (String, Raw)| format!("{key}={}", value.as_str());
            request.fields.into_iter().map(value).collect::<Vec<String>>()
        };
        let plain = keys(Transport::Http, None);
        let kept: Vec<String> =
            plain.iter().filter(|field| *field != "stream=true").cloned().collect();
        let socket = keys(Transport::Websocket, Some("resp_1"));
        assert_eq!(socket[0], "type=\"response.create\"");
        assert_eq!(socket[1..socket.len() - 1], kept);
        assert_eq!(socket.last().unwrap(), "previous_response_id=\"resp_1\"");
        let stored = keys(Transport::PreviousResponse, None);
        let changed: Vec<&String> = stored.iter().filter(|field| !plain.contains(field)).collect();
        assert_eq!(changed, ["store=true"]);
    }
    #[test]
    fn an_effort_stands_where_codex_writes_it() {
        let frame = Frame { effort: Some(Effort::Xhigh), ..frame("i") };
        let reasoning = r#""reasoning":{"effort":"xhigh","summary":"auto"},"#;
        assert!(frame.responses(Transport::Http, None, &[]).contains(reasoning));
        assert!(frame.compact(&[]).contains(reasoning));
    }
}
