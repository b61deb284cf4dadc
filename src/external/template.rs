//! Filling placeholders.

use indexmap::IndexMap;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// `{name}` and `{name:json}`. Other braces (JSON, TOML, shell) are left alone.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    // A literal that compiles, as the tests show.
    Regex::new(r"\{([a-z][a-z_]*)(:json)?\}").unwrap_or_else(|_| unreachable!())
});

/// The values by name.
pub(super) type Values = IndexMap<String, String>;

/// Puts the values in the place of their names; a name without a value stays as it is.
pub(super) fn fill(text: &str, values: &Values) -> String {
    let value = |found: &Captures<'_>| match (values.get(&found[1]), found.get(2)) {
        (Some(value), None) => value.clone(),
        (Some(value), Some(_)) => crate::wire::escape(value),
        (None, _) => found[0].to_owned(),
    };
    PLACEHOLDER.replace_all(text, value).into_owned()
}

/// The names that stand in a text.
pub(super) fn names(text: &str) -> Vec<String> {
    PLACEHOLDER.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Values, fill, names};

    #[test]
    fn names_are_filled_and_other_braces_stay() {
        let values = Values::from([("model".to_owned(), "a \"b\"\n".to_owned())]);
        assert_eq!(fill("{model}|{model:json}", &values), "a \"b\"\n|\"a \\\"b\\\"\\n\"");
        for text in ["{}", "{ model }", "{\"model\":1}", "${HOME}", "{other}"] {
            assert_eq!(fill(text, &values), text);
        }
        assert_eq!(names("{a} {b:json} { c } {D}"), ["a", "b"]);
    }
}
