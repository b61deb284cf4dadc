//! Lists of items, as the API gives them: in pages, every item with an id.

use crate::wire::{ApiError, Digest, Kind, Raw, escape, object};

/// An item in a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listed {
    /// Its own id, or one made for it.
    pub(super) id: String,
    /// As it was sent.
    pub(super) raw: Raw,
}

impl Listed {
    /// The item with its id, and a message in the long form of the API (parts instead of a text).
    pub(super) fn object(&self) -> String {
        let item = self.raw.item();
        let id = escape(&self.id);
        if item.kind() == Kind::Text {
            return message(&id, "\"user\"", &part("input_text", self.raw.as_str()));
        }
        let fields = self.raw.fields().unwrap_or_default();
        let mut shown: Vec<(&str, String)> = vec![("id", id)];
        if item.str("type").is_none() {
            shown.push(("type", "\"message\"".into()));
        }
        for (key, value) in &fields {
            let text = value.as_str().starts_with('"');
            match key.as_str() {
                "id" => {}
                "content" if text && item.kind() == Kind::Message => {
                    let kind =
                        if item.role() == Some("assistant") { "output_text" } else { "input_text" };
                    shown.push(("content", part(kind, value.as_str())));
                }
                key => shown.push((key, value.as_str().to_owned())),
            }
        }
        object(shown.iter().map(|(key, value)| (*key, value.as_str())))
    }
}

fn message(id: &str, role: &str, content: &str) -> String {
    object([("id", id), ("type", "\"message\""), ("role", role), ("content", content)])
}

fn part(kind: &str, text: &str) -> String {
    let more = if kind == "output_text" { ",\"annotations\":[],\"logprobs\":[]" } else { "" };
    format!("[{{\"type\":\"{kind}\",\"text\":{text}{more}}}]")
}

/// An item with its own id, or one of `hash`, behind what the API puts before ids of its type.
pub(super) fn identified(raw: Raw, hash: Digest) -> Listed {
    let item = raw.item();
    let prefix = match item.str("type") {
        None | Some("message") => "msg",
        Some("reasoning") => "rs",
        Some("function_call") => "fc",
        Some("function_call_output") => "fco",
        Some("custom_tool_call") => "ctc",
        Some("custom_tool_call_output") => "ctco",
        Some("compaction") => "cmp",
        Some(_) => "item",
    };
    let id = item.id().map_or_else(|| format!("{prefix}_{hash}"), str::to_owned);
    Listed { id, raw }
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Page {
    limit: usize,
    ascending: bool,
    after: Option<String>,
}

impl Page {
    /// Reads a query: `limit` (20; 1 to 100), `order` (`desc` or `asc`), `after` (an id).
    pub(super) fn parse(query: &str) -> Result<Self, ApiError> {
        let mut page = Self { limit: 20, ascending: false, after: None };
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match key {
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=100).contains(limit));
                    page.limit = limit.ok_or_else(|| invalid(key, value, "1 to 100"))?;
                }
                "order" if value == "asc" => page.ascending = true,
                "order" if value == "desc" => page.ascending = false,
                "order" => return Err(invalid(key, value, "asc or desc")),
                "after" => page.after = Some(value.to_owned()),
                _ => {}
            }
        }
        Ok(page)
    }

    /// The list object with this part of `items`, which are in the order they came.
    pub(super) fn of(&self, items: &[Listed]) -> Result<String, ApiError> {
        let mut ordered: Vec<&Listed> = items.iter().collect();
        if !self.ascending {
            ordered.reverse();
        }
        let from = match &self.after {
            None => 0,
            Some(after) => {
                let at = ordered.iter().position(|item| item.id == *after);
                at.ok_or_else(|| invalid("after", after, "the id of an item of this list"))? + 1
            }
        };
        let rest = &ordered[from..];
        let shown = &rest[..rest.len().min(self.limit)];
        Ok(list(shown.iter().copied(), shown.len() < rest.len()))
    }
}

/// A list object.
pub(super) fn list<'a>(items: impl IntoIterator<Item = &'a Listed>, has_more: bool) -> String {
    let items: Vec<&Listed> = items.into_iter().collect();
    let id = |item: Option<&&Listed>| item.map_or("null".to_owned(), |item| escape(&item.id));
    let data: Vec<String> = items.iter().map(|item| item.object()).collect();
    format!(
        "{{\"object\":\"list\",\"data\":[{}],\"first_id\":{},\"last_id\":{},\"has_more\":{has_more}}}",
        data.join(","),
        id(items.first()),
        id(items.last()),
    )
}

fn invalid(name: &str, value: &str, expected: &str) -> ApiError {
    let message = format!("{name:?} must be {expected}, not {value:?}");
    ApiError::invalid("invalid_value", message).with_param(name)
}

/// What is asked for is not there.
pub(super) fn not_found(what: &str, id: &str) -> ApiError {
    let error = ApiError::invalid("", format!("{what} with id '{id}' not found."));
    ApiError { status: 404, code: None, ..error }
}

#[cfg(test)]
mod tests {
    use super::{Listed, Page, identified};
    use crate::wire::{Digest, Raw};
    use serde_json::{Value, json};

    fn items() -> Vec<Listed> {
        let raws = [
            json!("go"),
            json!({"role": "assistant", "content": "I look.", "phase": "commentary"}),
            json!({"type": "function_call", "id": "fc_own", "call_id": "c", "arguments": "{}"}),
            json!({"type": "function_call_output", "call_id": "c", "output": "37"}),
        ];
        let listed = |(at, value): (usize, &Value)| {
            identified(Raw::from_value(value), Digest::of([at as u8]))
        };
        raws.iter().enumerate().map(listed).collect()
    }

    fn page(query: &str) -> Value {
        serde_json::from_str(&Page::parse(query).unwrap().of(&items()).unwrap()).unwrap()
    }

    #[test]
    fn every_item_has_an_id_and_messages_their_parts() {
        let all = page("order=asc");
        let data = all["data"].as_array().unwrap();
        assert_eq!(data[0]["content"], json!([{"type": "input_text", "text": "go"}]));
        assert_eq!(data[0]["role"], "user");
        assert_eq!(data[1]["type"], "message");
        assert_eq!(data[1]["phase"], "commentary");
        assert_eq!(data[1]["content"][0]["type"], "output_text");
        assert_eq!(data[2]["id"], "fc_own");
        assert!(data[3]["id"].as_str().unwrap().starts_with("fco_"));
        assert_eq!(all["has_more"], false);
        assert_eq!((&all["first_id"], &all["last_id"]), (&data[0]["id"], &data[3]["id"]));
    }

    #[test]
    fn pages_follow_each_other_from_the_newest_on() {
        let first = page("limit=3");
        assert_eq!(
            (first["data"].as_array().unwrap().len(), &first["has_more"]),
            (3, &json!(true))
        );
        assert_eq!(first["data"][1]["id"], "fc_own");
        let last = first["last_id"].as_str().unwrap();
        let rest = page(&format!("limit=3&after={last}"));
        assert_eq!(rest["data"][0]["role"], "user");
        assert_eq!((rest["data"].as_array().unwrap().len(), &rest["has_more"]), (1, &json!(false)));
        for bad in ["limit=0", "limit=x", "order=up"] {
            assert!(Page::parse(bad).is_err(), "{bad}");
        }
        assert!(Page::parse("after=nobody").unwrap().of(&items()).is_err());
    }
}
