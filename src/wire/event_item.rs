//! The events of one item: added, its own deltas, done.

use super::events::{Events, field, rewrite};
use super::{Kind, Raw, escape};

/// Characters of one delta. Deltas are cut by count, so that equal items give equal streams.
const DELTA_CHARS: usize = 64;

const IN_PROGRESS: &str = "\"in_progress\"";

/// Writes the events of `item`, the `index`-th of its response. `asked_to_compact`: the request
/// ended in a `compaction_trigger`, and the making of a compaction is told.
pub(super) fn write_item(events: &mut Events, index: usize, item: &Raw, asked_to_compact: bool) {
    ItemEvents::new(events, index, item).write(asked_to_compact);
}

/// A text that arrives in pieces: `PREFIX.delta` .. `PREFIX.done`.
struct Streamed<'a> {
    prefix: &'a str,
    /// The field of the done event that holds the whole text.
    field: &'a str,
    /// `("content_index", "0")`, or nothing for texts of which an item has one.
    number: Option<(&'a str, &'a str)>,
    /// The text as a JSON literal, verbatim.
    literal: &'a str,
    /// Further fields of the delta and done events.
    delta_extra: &'a [(&'a str, &'a str)],
    done_extra: &'a [(&'a str, &'a str)],
    with_item_id: bool,
}

impl<'a> Streamed<'a> {
    /// The fields that say where the text belongs.
    fn place(&self, item_id: &'a str, index: &'a str) -> Vec<(&'a str, &'a str)> {
        let item_id = self.with_item_id.then_some(("item_id", item_id));
        item_id.into_iter().chain([("output_index", index)]).chain(self.number).collect()
    }
}

/// Writes the events of one item.
struct ItemEvents<'a> {
    events: &'a mut Events,
    item: &'a Raw,
    fields: Vec<(String, Raw)>,
    index: String,
    item_id: String,
}

impl<'a> ItemEvents<'a> {
    fn new(events: &'a mut Events, index: usize, item: &'a Raw) -> Self {
        let fields = item.fields().unwrap_or_default();
        let item_id = field(&fields, "id").map_or_else(|| "\"\"".into(), |id| id.as_str().into());
        Self { events, item, fields, index: index.to_string(), item_id }
    }

    fn write(&mut self, asked_to_compact: bool) {
        match self.item.item().kind() {
            Kind::Message => {
                self.open(&[("content", "[]"), ("status", IN_PROGRESS)], &[]);
                self.content_parts();
            }
            Kind::Reasoning => {
                let empty = [("summary", "[]"), ("content", "[]"), ("status", IN_PROGRESS)];
                self.open(&empty, &["encrypted_content"]);
                self.summary_parts();
                self.content_parts();
            }
            Kind::FunctionCall => {
                self.open(&[("arguments", "\"\""), ("status", IN_PROGRESS)], &[]);
                let name = self.raw("name");
                let done_extra = [("name", name.as_str())];
                self.call_text("response.function_call_arguments", "arguments", &done_extra);
            }
            Kind::CustomToolCall => {
                self.open(&[("input", "\"\""), ("status", IN_PROGRESS)], &[]);
                self.call_text("response.custom_tool_call_input", "input", &[]);
            }
            Kind::Compaction => {
                self.open(&[], &[]);
                if asked_to_compact {
                    self.simple("response.compaction.compacting");
                }
            }
            Kind::ShellCall => self.shell_call(),
            Kind::WebSearchCall => {
                self.open(&[("status", IN_PROGRESS)], &[]);
                for state in ["in_progress", "searching", "completed"] {
                    self.simple(&format!("response.web_search_call.{state}"));
                }
            }
            Kind::LocalShellCall | Kind::ApplyPatchCall | Kind::ShellCallOutput => {
                self.open(&[("status", IN_PROGRESS)], &[]);
            }
            // Of an unknown item nobody knows what its opening form lacks.
            _ => self.open(&[], &[]),
        }
        let fields = [("output_index", self.index.as_str()), ("item", self.item.as_str())];
        self.events.push("response.output_item.done", &fields);
    }

    fn raw(&self, name: &str) -> String {
        field(&self.fields, name).map_or_else(|| "null".into(), |raw| raw.as_str().into())
    }

    /// `output_item.added`: the item with some of its fields (where it has them) replaced or left
    /// out.
    fn open(&mut self, replaced: &[(&str, &str)], dropped: &[&str]) {
        let opening = match replaced.is_empty() && dropped.is_empty() {
            true => self.item.as_str().to_owned(),
            false => rewrite(&self.fields, replaced, dropped),
        };
        let fields = [("output_index", self.index.as_str()), ("item", &opening)];
        self.events.push("response.output_item.added", &fields);
    }

    fn simple(&mut self, kind: &str) {
        let fields = [("item_id", self.item_id.as_str()), ("output_index", &self.index)];
        self.events.push(kind, &fields);
    }

    fn content_parts(&mut self) {
        let parts = field(&self.fields, "content").and_then(Raw::elements).unwrap_or_default();
        for (at, part) in parts.iter().enumerate() {
            let at = at.to_string();
            let inner = part.fields().unwrap_or_default();
            let kind = part.item().str("type").unwrap_or_default().to_owned();
            let (prefix, name) = match kind.as_str() {
                "output_text" => ("response.output_text", "text"),
                "refusal" => ("response.refusal", "refusal"),
                "reasoning_text" => ("response.reasoning_text", "text"),
                _ => ("", ""),
            };
            let literal = field(&inner, name).filter(|raw| raw.as_str().starts_with('"'));
            let empty = [(name, "\"\""), ("annotations", "[]"), ("logprobs", "[]")];
            let opening = match literal {
                Some(_) => rewrite(&inner, &empty, &[]),
                None => part.as_str().to_owned(),
            };
            self.part("response.content_part.added", "content_index", &at, &opening);
            if let Some(literal) = literal {
                let logprobs: &[_] =
                    if kind == "output_text" { &[("logprobs", "[]")] } else { &[] };
                let text = Streamed {
                    prefix,
                    field: name,
                    number: Some(("content_index", &at)),
                    literal: literal.as_str(),
                    delta_extra: logprobs,
                    done_extra: logprobs,
                    with_item_id: true,
                };
                self.deltas(&text);
                self.annotations(&inner, &at);
                self.text_done(&text);
            }
            self.part("response.content_part.done", "content_index", &at, part.as_str());
        }
    }

    fn annotations(&mut self, part: &[(String, Raw)], at: &str) {
        let all = field(part, "annotations").and_then(Raw::elements).unwrap_or_default();
        for (number, annotation) in all.iter().enumerate() {
            let fields = [
                ("item_id", self.item_id.as_str()),
                ("output_index", &self.index),
                ("content_index", at),
                ("annotation_index", &number.to_string()),
                ("annotation", annotation.as_str()),
            ];
            self.events.push("response.output_text.annotation.added", &fields);
        }
    }

    fn summary_parts(&mut self) {
        let parts = field(&self.fields, "summary").and_then(Raw::elements).unwrap_or_default();
        for (at, part) in parts.iter().enumerate() {
            let at = at.to_string();
            let inner = part.fields().unwrap_or_default();
            let opening = rewrite(&inner, &[("text", "\"\"")], &[]);
            let added = "response.reasoning_summary_part.added";
            self.part(added, "summary_index", &at, &opening);
            if let Some(literal) = field(&inner, "text") {
                self.streamed(&Streamed {
                    prefix: "response.reasoning_summary_text",
                    field: "text",
                    number: Some(("summary_index", &at)),
                    literal: literal.as_str(),
                    delta_extra: &[],
                    done_extra: &[],
                    with_item_id: true,
                });
            }
            let done = "response.reasoning_summary_part.done";
            self.part(done, "summary_index", &at, part.as_str());
        }
    }

    fn part(&mut self, kind: &str, place: &str, at: &str, part: &str) {
        let fields = [
            ("item_id", self.item_id.as_str()),
            ("output_index", &self.index),
            (place, at),
            ("part", part),
        ];
        self.events.push(kind, &fields);
    }

    fn call_text(&mut self, prefix: &str, name: &str, done_extra: &[(&str, &str)]) {
        let literal = self.raw(name);
        self.streamed(&Streamed {
            prefix,
            field: name,
            number: None,
            literal: &literal,
            delta_extra: &[],
            done_extra,
            with_item_id: true,
        });
    }

    /// A call of the hosted shell: its commands arrive one after the other.
    fn shell_call(&mut self) {
        let action = field(&self.fields, "action").and_then(Raw::fields).unwrap_or_default();
        let commands = field(&action, "commands").and_then(Raw::elements).unwrap_or_default();
        let opening = rewrite(&action, &[("commands", "[]")], &[]);
        self.open(&[("action", &opening), ("status", IN_PROGRESS)], &[]);
        for (at, command) in commands.iter().enumerate() {
            let at = at.to_string();
            let place = ("command_index", at.as_str());
            let fields = [("output_index", self.index.as_str()), place, ("command", "\"\"")];
            self.events.push("response.shell_call_command.added", &fields);
            self.streamed(&Streamed {
                prefix: "response.shell_call_command",
                field: "command",
                number: Some(place),
                literal: command.as_str(),
                delta_extra: &[],
                done_extra: &[],
                with_item_id: false,
            });
        }
    }

    fn streamed(&mut self, text: &Streamed<'_>) {
        self.deltas(text);
        self.text_done(text);
    }

    fn deltas(&mut self, text: &Streamed<'_>) {
        let decoded: String = serde_json::from_str(text.literal).unwrap_or_default();
        for piece in pieces(&decoded) {
            let piece = escape(piece);
            let mut fields = text.place(&self.item_id, &self.index);
            fields.push(("delta", &piece));
            fields.extend(text.delta_extra);
            self.events.push(&format!("{}.delta", text.prefix), &fields);
        }
    }

    fn text_done(&mut self, text: &Streamed<'_>) {
        let mut fields = text.place(&self.item_id, &self.index);
        fields.push((text.field, text.literal));
        fields.extend(text.done_extra);
        self.events.push(&format!("{}.done", text.prefix), &fields);
    }
}

/// Cuts after every [`DELTA_CHARS`] characters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.char_indices().nth(DELTA_CHARS).map_or(rest.len(), |(at, _)| at);
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        (!piece.is_empty()).then_some(piece)
    })
}
