//! YAML as a person would write it: what `new` leaves is to be read and changed.

/// A value to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Bool(bool),
    List(Vec<Value>),
    Map(Vec<(&'static str, Value)>),
}

impl Value {
    pub(super) fn map(keys: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        Self::Map(keys.into_iter().collect())
    }

    /// The document.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.block(&mut out, 0);
        out
    }

    /// Writes it from the start of a line, at this indentation.
    fn block(&self, out: &mut String, indent: usize) {
        let pad = " ".repeat(indent);
        match self {
            Self::Map(keys) if !keys.is_empty() => {
                for (key, value) in keys {
                    *out += &format!("{pad}{key}:");
                    value.after_key(out, indent);
                }
            }
            Self::List(values) if !values.is_empty() => {
                for value in values {
                    *out += &format!("{pad}-");
                    value.after_dash(out, indent);
                }
            }
            other => *out += &format!("{pad}{}\n", other.inline()),
        }
    }

    /// Writes it behind `key:`.
    fn after_key(&self, out: &mut String, indent: usize) {
        match self {
            _ if self.is_short() => *out += &format!(" {}\n", self.inline()),
            Self::Text(text) => literal(out, text, indent + 2),
            _ => {
                out.push('\n');
                self.block(out, indent + 2);
            }
        }
    }

    /// Writes it behind `-`: a mapping begins on the same line.
    fn after_dash(&self, out: &mut String, indent: usize) {
        match self {
            // One key alone reads better without braces.
            Self::Map(keys) if keys.len() == 1 || !keys.is_empty() && !self.is_short() => {
                let mut inner = String::new();
                self.block(&mut inner, indent + 2);
                *out += &format!(" {}", inner.trim_start_matches(' '));
            }
            Self::List(values) if !values.is_empty() && !self.is_short() => {
                out.push('\n');
                self.block(out, indent + 2);
            }
            other => other.after_key(out, indent),
        }
    }

    /// Whether it fits on the line.
    fn is_short(&self) -> bool {
        match self {
            Self::Text(text) => !is_literal(text),
            Self::Number(_) | Self::Bool(_) => true,
            Self::List(values) => {
                let plain = |value: &Self| matches!(value, Self::Text(_) | Self::Number(_));
                values.iter().all(|value| plain(value) && value.is_short())
                    && self.inline().len() <= 80
            }
            Self::Map(keys) => {
                keys.iter().all(|(_, value)| !matches!(value, Self::Map(_)) && value.is_short())
                    && self.inline().len() <= 80
            }
        }
    }

    fn inline(&self) -> String {
        match self {
            Self::Text(text) => scalar(text),
            Self::Number(number) => number.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::inline).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Map(keys) => {
                let keys: Vec<String> =
                    keys.iter().map(|(key, value)| format!("{key}: {}", value.inline())).collect();
                format!("{{{}}}", keys.join(", "))
            }
        }
    }
}

/// Whether a text is written as a block of lines.
fn is_literal(text: &str) -> bool {
    let lines = text.trim_end_matches('\n');
    // What a block cannot hold as it is goes into quotes.
    let odd = |c: char| {
        c != '\n' && c != '\t' && c.is_control()
            || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    text.contains('\n')
        && !lines.is_empty()
        && !text.chars().any(odd)
        && !lines.starts_with(['\n', ' ', '\t'])
        && !lines.lines().any(|line| line.trim().is_empty() && !line.is_empty())
}

fn literal(out: &mut String, text: &str, indent: usize) {
    let lines = text.trim_end_matches('\n');
    let chomp = match text.len() - lines.len() {
        0 => "-",
        1 => "",
        _ => "+",
    };
    *out += &format!(" |{chomp}\n");
    let pad = " ".repeat(indent);
    for line in lines.split('\n') {
        match line {
            "" => out.push('\n'),
            line => *out += &format!("{pad}{line}\n"),
        }
    }
    // Those that are kept.
    *out += &"\n".repeat((text.len() - lines.len()).saturating_sub(1));
}

/// A text on one line.
fn scalar(text: &str) -> String {
    let mut chars = text.chars();
    let plain = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '/' || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || " -_./+".contains(c))
        && !text.ends_with(' ')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        );
    let quotable = !text.chars().any(char::is_control)
        && !text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']);
    match (plain, quotable) {
        (true, _) => text.to_owned(),
        (false, true) => format!("'{}'", text.replace('\'', "''")),
        // JSON is YAML, but for what it leaves unescaped.
        (false, false) => {
            let mut out = serde_json::to_string(text).unwrap_or_default();
            for (c, escape) in [
                ('\u{7f}', "\\x7F"),
                ('\u{85}', "\\N"),
                ('\u{2028}', "\\L"),
                ('\u{2029}', "\\P"),
                ('\u{feff}', "\\uFEFF"),
            ] {
                out = out.replace(c, escape);
            }
            out.chars()
                .map(|c| match c {
                    '\u{80}'..='\u{9f}' => format!("\\x{:02X}", c as u32),
                    c => c.to_string(),
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse_yaml;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::path::Path;

    #[test]
    fn it_reads_like_written_by_hand() {
        let value = Value::map([
            ("summary", Value::Text("a limit: 3".into())),
            ("seed", Value::map([("git", Value::Text("../p".into())), ("n", Value::Number(3))])),
            (
                "steps",
                Value::List(vec![
                    Value::map([
                        ("id", Value::Text("1-say".into())),
                        (
                            "do",
                            Value::List(vec![Value::map([(
                                "say",
                                Value::Text("two\n\nlines".into()),
                            )])]),
                        ),
                    ]),
                    Value::Text("plain words".into()),
                ]),
            ),
        ]);
        insta::assert_snapshot!(value.text(), @r"
        summary: 'a limit: 3'
        seed: {git: '../p', n: 3}
        steps:
          - id: '1-say'
            do:
              - say: |-
                  two

                  lines
          - plain words
        ");
    }

    proptest! {
        #[test]
        fn every_text_is_read_as_it_was(text in "(\\PC|[\n\t \r:#'\"|>\\-\u{85}\u{2028}\u{0}\u{7f}\u{9b}]){0,40}") {
            let inner = Value::map([("b", Value::Text(text.clone()))]);
            let value = Value::map([
                ("a", Value::List(vec![Value::Text(text.clone()), Value::Text("x".into())])),
                ("c", Value::List(vec![inner])),
                ("d", Value::Text(text.clone())),
            ]);
            #[derive(serde::Deserialize)]
            struct Read { a: Vec<String>, c: Vec<BTreeMap<String, String>>, d: String }
            let read: Read = parse_yaml(Path::new("x"), &value.text())
                .map_err(|error| TestCaseError::fail(format!("{error}\n{}", value.text())))?;
            prop_assert_eq!(&read.a, &[text.clone(), "x".into()]);
            prop_assert_eq!(&read.c[0]["b"], &text);
            prop_assert_eq!(&read.d, &text);
        }
    }
}
