//! The shortest prefix that a provider caches, by model.

use crate::scenario::parse_yaml;
use indexmap::IndexMap;
use serde::Deserialize;
use std::path::Path;
use std::sync::LazyLock;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Minimums {
    #[allow(dead_code, reason = "for who reads the file")]
    date: String,
    models: IndexMap<String, u64>,
}

/// The file comes with the program; a test reads it.
static LIST: LazyLock<IndexMap<String, u64>> = LazyLock::new(|| {
    let list = parse_yaml::<Minimums>(Path::new("minimums.yaml"), include_str!("minimums.yaml"));
    list.map(|list| list.models).unwrap_or_default()
});

/// The minimum of a model, by the longest beginning of its name that is listed.
pub(super) fn of(model: Option<&str>, other: u64) -> u64 {
    let Some(model) = model else { return other };
    let model = model.rsplit('/').next().unwrap_or(model);
    let fitting = LIST.iter().filter(|(name, _)| {
        let rest = model.strip_prefix(name.as_str());
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
    });
    fitting.max_by_key(|(name, _)| name.len()).map_or(other, |(_, minimum)| *minimum)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_longest_name_counts() {
        assert_eq!(of(Some("claude-opus-4-8"), 1), 1_024);
        assert_eq!(of(Some("anthropic/claude-opus-4-5-20251101"), 1), 4_096);
        assert_eq!(of(Some("claude-opus-4-20250514"), 1), 1_024);
        assert_eq!(of(Some("claude-opus-5"), 1), 512);
        assert_eq!(of(Some("gpt-6-sol"), 1), 1);
        assert_eq!(of(None, 2), 2);
    }
}
