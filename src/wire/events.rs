//! Writing events and items field by field, values verbatim.

use super::{Raw, SseEvent, object};

/// Collects events and numbers them.
#[derive(Default)]
pub(super) struct Events {
    pub(super) list: Vec<SseEvent>,
}

impl Events {
    pub(super) fn push(&mut self, kind: &str, fields: &[(&str, &str)]) {
        let mut data = format!("{{\"type\":\"{kind}\",\"sequence_number\":{}", self.list.len());
        for (name, value) in fields {
            data.push_str(",\"");
            data.push_str(name);
            data.push_str("\":");
            data.push_str(value);
        }
        data.push('}');
        self.list.push(SseEvent::new(kind, data));
    }
}

/// A field by name.
pub(super) fn field<'a>(fields: &'a [(String, Raw)], name: &str) -> Option<&'a Raw> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// An object with some of its fields replaced where present, or left out; the rest verbatim.
pub(super) fn rewrite(
    fields: &[(String, Raw)],
    replaced: &[(&str, &str)],
    dropped: &[&str],
) -> String {
    let kept = fields.iter().filter(|(key, _)| !dropped.contains(&key.as_str()));
    object(kept.map(|(key, value)| {
        let new = replaced.iter().find(|(name, _)| name == key).map(|(_, new)| *new);
        (key.as_str(), new.unwrap_or(value.as_str()))
    }))
}
