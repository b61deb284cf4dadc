//! Cuts in JSON text that leave every other byte alone.
//!
//! The input is valid JSON ([`Raw`](crate::wire::Raw) checks it), so a scanner that knows string
//! literals and brackets is enough. Parsing and writing again would change number formats, escapes
//! and, with repeated keys, content.

use std::borrow::Cow;

/// One past the closing quote of the string literal that opens at `open`.
fn literal_end(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The text without white space outside of string literals.
pub(super) fn compact(json: &str) -> String {
    let bytes = json.as_bytes();
    let mut out = String::with_capacity(json.len());
    let (mut kept, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = literal_end(bytes, at),
            b' ' | b'\t' | b'\r' | b'\n' => {
                out.push_str(&json[kept..at]);
                at += 1;
                kept = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&json[kept..]);
    out
}

/// A compact object without the top-level members that have one of these names.
pub(super) fn without_members<'a>(compact: &'a str, names: &[&str]) -> Cow<'a, str> {
    let Some(inner) = compact.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return Cow::Borrowed(compact);
    };
    let all = members(inner);
    let kept: Vec<&str> = all
        .iter()
        .copied()
        .filter(|member| !names.iter().any(|name| is_named(member, name)))
        .collect();
    if kept.len() == all.len() {
        return Cow::Borrowed(compact);
    }
    Cow::Owned(format!("{{{}}}", kept.join(",")))
}

/// The members of an object, each `"name":value`, from the text between its braces.
fn members(inner: &str) -> Vec<&str> {
    let bytes = inner.as_bytes();
    let (mut all, mut from, mut at, mut depth) = (Vec::new(), 0, 0, 0u32);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = literal_end(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                all.push(&inner[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    if from < inner.len() {
        all.push(&inner[from..]);
    }
    all
}

/// A compact object without what marks parts of it: members of one of these names in the object
/// itself and in the parts of its lists `content` and `output`. Tells each part that was marked: where
/// it ends in what is left, and the value of its mark. A mark on the last part is one on the object.
pub(super) fn without_marks<'a>(
    compact: &'a str,
    names: &[&str],
) -> (String, Vec<(usize, &'a str)>) {
    let Some(inner) = compact.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return (compact.to_owned(), Vec::new());
    };
    let (mut out, mut inside, mut whole) = (String::from("{"), Vec::new(), None);
    for member in members(inner) {
        if names.iter().any(|name| is_named(member, name)) {
            whole = mark(member, names);
            continue;
        }
        if out.len() > 1 {
            out.push(',');
        }
        let list = ["content", "output"].iter().any(|name| is_named(member, name));
        let value = &member[literal_end(member.as_bytes(), 0)..];
        let parts = value.strip_prefix(":[").and_then(|rest| rest.strip_suffix(']'));
        let Some(parts) = parts.filter(|_| list) else {
            out.push_str(member);
            continue;
        };
        out.push_str(&member[..member.len() - parts.len() - 1]);
        let parts = members(parts);
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(&without_members(part, names));
            let inner = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            let found =
                inner.and_then(|inner| members(inner).into_iter().find_map(|one| mark(one, names)));
            match found {
                Some(value) if at + 1 == parts.len() => whole = whole.or(Some(value)),
                Some(value) => inside.push((out.len(), value)),
                None => {}
            }
        }
        out.push(']');
    }
    out.push('}');
    inside.extend(whole.map(|value| (out.len(), value)));
    (out, inside)
}

/// The value of a member that is a mark.
fn mark<'a>(member: &'a str, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .any(|name| is_named(member, name))
        .then(|| {
            let value = &member[literal_end(member.as_bytes(), 0)..];
            value.strip_prefix(':').unwrap_or(value)
        })
        .filter(|value| *value != "null")
}

fn is_named(member: &str, name: &str) -> bool {
    let literal = &member[..literal_end(member.as_bytes(), 0)];
    match literal.contains('\\') {
        true => serde_json::from_str::<String>(literal).is_ok_and(|key| key == name),
        false => literal.trim_matches('"') == name,
    }
}

/// Walks a compact text and lets `replace` put something in the place of a string literal's
/// content (escaped, without quotes). It is told what stands before the literal.
pub(super) fn map_literals<'a>(
    compact: &'a str,
    mut replace: impl FnMut(&str, &'a str) -> Option<&'a str>,
) -> Cow<'a, str> {
    let bytes = compact.as_bytes();
    let mut out: Option<String> = None;
    let (mut kept, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'"' {
            at += 1;
            continue;
        }
        let end = literal_end(bytes, at);
        let content = &compact[at + 1..end.saturating_sub(1).max(at + 1)];
        if let Some(new) = replace(&compact[..at], content) {
            let out = out.get_or_insert_default();
            out.push_str(&compact[kept..=at]);
            out.push_str(new);
            kept = end - 1;
        }
        at = end;
    }
    match out {
        None => Cow::Borrowed(compact),
        Some(mut out) => {
            out.push_str(&compact[kept..]);
            Cow::Owned(out)
        }
    }
}

/// The content of a literal without its trailing lines that begin with `mark`; `None` if it has
/// none. Lines are parted by the escape `\n`.
pub(super) fn without_last_lines<'a>(content: &'a str, mark: &str) -> Option<&'a str> {
    let bytes = content.as_bytes();
    // Where each line break (two bytes) starts.
    let (mut breaks, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'\\' {
            if bytes.get(at + 1) == Some(&b'n') {
                breaks.push(at);
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    let mut end = content.len();
    loop {
        let line_break = breaks.pop();
        let line = line_break.map_or(0, |at| at + 2);
        if !content[line..end].starts_with(mark) {
            break;
        }
        end = line_break.unwrap_or(0);
        if line_break.is_none() {
            break;
        }
    }
    (end < content.len()).then(|| &content[..end])
}

#[cfg(test)]
mod tests {
    use super::{compact, map_literals, without_last_lines, without_marks, without_members};

    #[test]
    fn only_white_space_outside_of_literals_goes() {
        let json = "{ \"a b\" :\t[ 1.0e+1 ,\r\n\"x \\\" y\\\\\" ] , \"ü\\u00e9\" : null }";
        assert_eq!(compact(json), r#"{"a b":[1.0e+1,"x \" y\\"],"ü\u00e9":null}"#);
    }

    #[test]
    fn only_top_level_members_go_and_the_rest_stays_verbatim() {
        let json = r#"{"id":"a","x":{"id":"b","status":1},"stat\u0075s":"c","y":1.50,"id":"d"}"#;
        assert_eq!(
            without_members(json, &["id", "status"]),
            r#"{"x":{"id":"b","status":1},"y":1.50}"#
        );
        assert_eq!(without_members(r#"{"id":1}"#, &["id"]), "{}");
        assert_eq!(without_members("{}", &["id"]), "{}");
        assert_eq!(without_members(r#"["id"]"#, &["id"]), r#"["id"]"#);
        assert_eq!(without_members(r#""id""#, &["id"]), r#""id""#);
    }

    #[test]
    fn literals_are_replaced_in_place() {
        let json = r#"{"k":"old","l":["old","\"old"]}"#;
        let new = map_literals(json, |before, content| {
            (content == "old" && before.ends_with("\"k\":")).then_some("new")
        });
        assert_eq!(new, r#"{"k":"new","l":["old","\"old"]}"#);
        assert_eq!(map_literals("\"\"", |_, _| Some("x")), "\"x\"");
    }

    #[test]
    fn trailing_marked_lines_are_cut() {
        let cut = |content| without_last_lines(content, "[unreel:");
        assert_eq!(cut(r"sum\n[unreel:a=1]"), Some("sum"));
        assert_eq!(cut(r"sum\n[unreel:a]\n[unreel:b]"), Some("sum"));
        assert_eq!(cut("[unreel:a]"), Some(""));
        // An escaped backslash before an n is no line break.
        assert_eq!(cut(r"sum\\n[unreel:a]"), None);
        assert_eq!(cut(r"[unreel:a]\nsum"), None);
        assert_eq!(cut("x [unreel:a]"), None);
    }

    #[test]
    fn marks_are_taken_out_and_told() {
        let names = ["mark"];
        let marked = r#"{"role":"user","content":[{"t":"a","mark":{"m":1}},{"mark":null,"t":"b"},{"t":"c"}]}"#;
        let plain = r#"{"role":"user","content":[{"t":"a"},{"t":"b"},{"t":"c"}]}"#;
        let first = plain.find(",{\"t\":\"b").unwrap();
        assert_eq!(without_marks(marked, &names), (plain.into(), vec![(first, "{\"m\":1}")]));
        let last = r#"{"content":[{"t":"a"},{"t":"b","mark":"x"}],"z":1}"#;
        let plain = r#"{"content":[{"t":"a"},{"t":"b"}],"z":1}"#;
        assert_eq!(without_marks(last, &names), (plain.into(), vec![(plain.len(), "\"x\"")]));
        let tool = r#"{"name":"a","mark":{},"parameters":{"content":{"mark":1}}}"#;
        let plain = r#"{"name":"a","parameters":{"content":{"mark":1}}}"#;
        assert_eq!(without_marks(tool, &names), (plain.into(), vec![(plain.len(), "{}")]));
        assert_eq!(without_marks("\"mark\"", &names), ("\"mark\"".into(), vec![]));
    }
}
