//! The one place that knows the YAML library: parsing into types, and finding the position of a
//! value again when validation objects to it later.
//!
//! The position is found by a second parse into a tree that keeps locations; that costs nothing
//! unless there is an error, and the types of the scenario stay free of spans.

use super::error::{ScenarioError, ScenarioErrorKind, suggest};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DefaultMessageFormatter, Error, MessageFormatter, Spanned};
use std::path::Path;

/// Parses `text`, the content of `path`.
///
/// # Errors
/// YAML that does not parse, with its place.
pub fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, ScenarioError> {
    let options = serde_yaml::options! { with_snippet: false };
    serde_yaml::from_str_with_options(text, options).map_err(|error| explain(path, text, &error))
}

/// Reads and parses the file; gives its text as well.
///
/// # Errors
/// A file that cannot be read, or YAML that does not parse, with its place.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<(T, String), ScenarioError> {
    let text = std::fs::read_to_string(path).map_err(|error| ScenarioError::io(path, &error))?;
    Ok((parse(path, &text)?, text))
}

fn explain(path: &Path, text: &str, error: &Error) -> ScenarioError {
    let error = error.without_snippet();
    let (kind, help) = match error {
        Error::SerdeUnknownField { field, expected, .. } => (
            ScenarioErrorKind::Unknown { what: "key", found: field.clone() },
            Some(suggest(field, expected)),
        ),
        Error::SerdeUnknownVariant { variant, expected, .. } => (
            ScenarioErrorKind::Unknown { what: "value", found: variant.clone() },
            Some(suggest(variant, expected)),
        ),
        Error::SerdeMissingField { field, .. } => {
            (ScenarioErrorKind::MissingKey((*field).to_owned()), None)
        }
        Error::DuplicateMappingKey { key, .. } => {
            (ScenarioErrorKind::DuplicateKey(key.clone().unwrap_or_default()), None)
        }
        Error::NullIntoString { .. } => (
            ScenarioErrorKind::Yaml("a text is expected here".into()),
            Some("write \"\" for an empty text".into()),
        ),
        other => (ScenarioErrorKind::Yaml(plain(other)), None),
    };
    let mut out = ScenarioError::new(kind).in_file(path);
    if let Some(location) = error.location() {
        out = out.at(text, location.line(), location.column());
    }
    match help {
        Some(help) => out.help(help),
        None => out,
    }
}

/// The library's message in words that an author of YAML uses.
fn plain(error: &Error) -> String {
    match error {
        Error::Unexpected { expected: "sequence start", .. } => "a list is expected here".into(),
        Error::Unexpected { expected: "mapping start", .. } => {
            "a mapping (`key: value`) is expected here".into()
        }
        Error::InvalidScalar { ty: "u16" | "u32" | "u64", .. } => {
            "a whole number, not negative, is expected here".into()
        }
        Error::InvalidScalar { ty: "i32" | "i64", .. } => "a whole number is expected here".into(),
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => {
            "a second key: only one is allowed in this entry".into()
        }
        Error::Eof { .. } => "the file ends too early".into(),
        other => DefaultMessageFormatter.format_message(other).escape_debug().to_string(),
    }
}

/// A key as a segment of a pointer, escaped as in RFC 6901.
pub(crate) fn segment(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// An objection to a value of a file: where (keys and indices, `checks/0/run`), what, how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) pointer: String,
    pub(crate) what: String,
    pub(crate) help: Option<String>,
}

impl Problem {
    pub(crate) fn new(pointer: impl Into<String>, what: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), what: what.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The error, at the position of the value, or of the nearest value around it that the text
    /// holds.
    pub(crate) fn place(self, path: &Path, text: &str) -> ScenarioError {
        let at = tree(text).map(|root| root.find(&self.pointer));
        let kind = ScenarioErrorKind::Invalid { what: self.what, pointer: self.pointer };
        let mut error = ScenarioError::new(kind).in_file(path);
        if let Some((line, column)) = at {
            error = error.at(text, line, column);
        }
        match self.help {
            Some(help) => error.help(help),
            None => error,
        }
    }
}

/// A YAML value with the position of its first character.
#[derive(Debug)]
pub(crate) struct Node {
    at: (u64, u64),
    kind: NodeKind,
}

#[derive(Debug)]
enum NodeKind {
    Scalar(String),
    List(Vec<Node>),
    /// Key, position of the key, value.
    Map(Vec<(String, (u64, u64), Node)>),
}

/// The tree of a text that parses.
pub(crate) fn tree(text: &str) -> Option<Node> {
    serde_yaml::from_str(text).ok()
}

impl Node {
    /// Position of the value at `pointer`, or of the nearest one around it. For a key of a mapping
    /// the position of the key.
    fn find(&self, pointer: &str) -> (u64, u64) {
        let mut node = self;
        let mut at = self.at;
        for segment in pointer.split('/').filter(|segment| !segment.is_empty()) {
            let segment = &segment.replace("~1", "/").replace("~0", "~");
            let next = match &node.kind {
                NodeKind::Scalar(_) => None,
                NodeKind::List(nodes) => segment
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| nodes.get(index))
                    .map(|node| (node.at, node)),
                NodeKind::Map(entries) => {
                    entries.iter().find(|(key, ..)| key == segment).map(|(_, at, node)| (*at, node))
                }
            };
            let Some((position, inner)) = next else { break };
            at = position;
            node = inner;
        }
        at
    }

    /// Whether a mapping has this key at its top.
    pub(crate) fn has(&self, wanted: &str) -> bool {
        matches!(&self.kind, NodeKind::Map(entries) if entries.iter().any(|(key, ..)| key == wanted))
    }

    /// Every scalar and key, with its line, in the order of the text. Comments are not among them.
    pub(crate) fn scalars(&self) -> Vec<(u64, &str)> {
        let mut out = Vec::new();
        self.collect(&mut out);
        out
    }

    fn collect<'a>(&'a self, out: &mut Vec<(u64, &'a str)>) {
        match &self.kind {
            NodeKind::Scalar(text) => out.push((self.at.0, text)),
            NodeKind::List(nodes) => nodes.iter().for_each(|node| node.collect(out)),
            NodeKind::Map(entries) => {
                for (key, at, node) in entries {
                    out.push((at.0, key));
                    node.collect(out);
                }
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<NodeKind>::deserialize(deserializer)?;
        Ok(Self {
            at: (spanned.referenced.line(), spanned.referenced.column()),
            kind: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for NodeKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = NodeKind;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(String::new()))
    }

    fn visit_none<E>(self) -> Result<NodeKind, E> {
        Ok(NodeKind::Scalar(String::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<NodeKind, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = access.next_element()? {
            nodes.push(node);
        }
        Ok(NodeKind::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<NodeKind, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, node)) = access.next_entry::<Spanned<String>, Node>()? {
            let at = (key.referenced.line(), key.referenced.column());
            entries.push((key.value, at, node));
        }
        Ok(NodeKind::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{ScenarioFile, Script};

    fn scenario_error(text: &str) -> String {
        parse::<ScenarioFile>(Path::new("s/scenario.yaml"), text).expect_err("bad").to_string()
    }

    fn script_error(text: &str) -> String {
        parse::<Script>(Path::new("s/script.yaml"), text).expect_err("bad").to_string()
    }

    #[test]
    fn an_unknown_key_shows_its_place_and_the_near_name() {
        insta::assert_snapshot!(scenario_error("summary: x\nmesages: []\nchecks: []\n"), @r"
        s/scenario.yaml:2:1: unknown key `mesages`
          |
        2 | mesages: []
          | ^
        help: did you mean `messages`?
        ");
        insta::assert_snapshot!(script_error("steps:\n  - id: a\n    do:\n      - sya: x\n"), @r"
        s/script.yaml:4:9: unknown value `sya`
          |
        4 |       - sya: x
          |         ^
        help: did you mean `say`?
        ");
    }

    #[test]
    fn a_wrong_type_shows_line_and_column() {
        let text = "summary: x\nmessages: []\nchecks: []\nbudgets: {requests: many}\n";
        let error = parse::<ScenarioFile>(Path::new("s"), text).expect_err("bad");
        assert_eq!((error.line(), error.column()), (Some(4), Some(21)));
        insta::assert_snapshot!(error.to_string(), @r"
        s:4:21: a whole number, not negative, is expected here
          |
        4 | budgets: {requests: many}
          |                     ^
        ");
        assert!(scenario_error("summary: x\nmessages: 5\n").contains(":2:11: a list is expected"));
        let text = "steps:\n  - id: a\n    do:\n      - run: ls\n";
        assert!(script_error(text).contains(":4:14: a mapping (`key: value`) is expected here"));
    }

    #[test]
    fn broken_yaml_names_the_place() {
        for (text, message) in [
            ("summary: x\nsummary: y\n", "s/scenario.yaml:2:1: the key `summary` stands twice"),
            ("summary: \"x\nmessages: []\n", "s/scenario.yaml:1:10: unclosed quote"),
            ("summary: x\nmessages: []\n", "s/scenario.yaml:2:1: the key `checks` is missing"),
            ("summary:\nmessages: []\n", "s/scenario.yaml:1:8: a text is expected here"),
            ("", "s/scenario.yaml:1:1: the file ends too early"),
        ] {
            let error = scenario_error(text);
            assert!(error.starts_with(message), "{error}");
        }
        let two = "steps:\n  - id: a\n    do:\n      - say: x\n        run: {cmd: x}\n";
        assert!(script_error(two).starts_with("s/script.yaml:5:9: a second key"));
    }

    #[test]
    fn a_problem_is_placed_at_the_nearest_value_of_the_text() {
        let text = "checks:\n  - name: a\n    run:\n      cmd: x\n";
        let at = |pointer: &str| {
            let error = Problem::new(pointer, "bad").place(Path::new("s"), text);
            (error.line().unwrap_or(0), error.column().unwrap_or(0))
        };
        assert_eq!(at("checks/0/run/cmd"), (4, 7));
        assert_eq!(at("checks/0/run/exit"), (3, 5), "no such key: the mapping around it");
        assert_eq!(at("checks/0"), (2, 5));
        assert_eq!(at(""), (1, 1));
    }

    #[test]
    fn scalars_come_without_comments_but_with_block_text() {
        let text = "# one\na: two # three\nb: |\n  # four\n";
        let scalars = tree(text).map(|tree| {
            tree.scalars().iter().map(|(_, text)| (*text).to_owned()).collect::<Vec<_>>()
        });
        assert_eq!(scalars, Some(vec!["a".into(), "two".into(), "b".into(), "# four\n".into()]));
    }
}
