//! Wrappers that surround an output as a whole: JSON around a text, and tags around a file.

use serde_json::Value;

/// The text inside of JSON that some agents put around what a command printed: an object with an
/// `output`, and figures beside it.
pub(super) fn inside_json(output: &str) -> Option<String> {
    if !output.starts_with('{') {
        return None;
    }
    let value: Value = serde_json::from_str(output).ok()?;
    let figures = ["metadata", "chunk_id", "wall_time_seconds", "exit_code"];
    let wrapped = figures.iter().any(|key| value.get(key).is_some());
    value.get("output")?.as_str().filter(|_| wrapped).map(str::to_owned)
}

/// The lines of a file or folder that opencode's `read` shows: a path and a type in tags, then the
/// lines with their numbers, then a note in parentheses. What it adds behind is text: the
/// instructions of folders on the way.
pub(super) fn inside_tags(output: &str) -> Option<String> {
    let rest = output.strip_prefix("<path>")?;
    let (_, rest) = rest.split_once("</path>\n<type>")?;
    let (_, rest) = rest.split_once("</type>\n")?;
    let (tag, numbered) = match rest.starts_with("<content>\n") {
        true => ("content", true),
        false => ("entries", false),
    };
    let rest = rest.strip_prefix(&format!("<{tag}>\n"))?;
    let (inner, behind) = rest.rsplit_once(&format!("\n</{tag}>"))?;
    // The note stands behind a blank line, or alone.
    let lines = match inner.rsplit_once("\n(") {
        Some((lines, note)) if note.ends_with(')') => lines.trim_end_matches('\n'),
        _ => inner,
    };
    let bare = if numbered { without_numbers(lines) } else { lines.to_owned() };
    let end = if bare.is_empty() { "" } else { "\n" };
    Some(format!("{bare}{end}{behind}"))
}

/// Lines without `1: ` before each.
fn without_numbers(lines: &str) -> String {
    let bare = lines.split('\n').map(|line| match line.split_once(": ") {
        Some((number, text)) if number.parse::<u64>().is_ok() => text,
        _ => line,
    });
    bare.collect::<Vec<_>>().join("\n")
}

/// What opencode's shell tool printed, without its note on a cut or on silence.
pub(super) fn without_notes(output: &str) -> &str {
    let output = match output.strip_prefix("...output truncated...\n\nFull output saved to: ") {
        Some(rest) => rest.split_once("\n\n").map_or("", |(_, text)| text),
        None => output,
    };
    if output == "(no output)" { "" } else { output }
}

#[cfg(test)]
mod tests {
    use super::{inside_json, inside_tags, without_notes};

    #[test]
    fn a_text_in_json_is_taken_out() {
        let old = r#"{"output":"cap 37\n","metadata":{"exit_code":0,"duration_seconds":0.1}}"#;
        assert_eq!(inside_json(old).as_deref(), Some("cap 37\n"));
        let code = r#"{"chunk_id":"9b","wall_time_seconds":0.1,"exit_code":0,"output":"x"}"#;
        assert_eq!(inside_json(code).as_deref(), Some("x"));
        for text in [r#"{"output":"x"}"#, r#"{"output":1,"metadata":{}}"#, "{", "plain"] {
            assert_eq!(inside_json(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_in_tags_is_taken_out_without_its_line_numbers() {
        let shown = |lines: &str| {
            format!("<path>/w/a</path>\n<type>file</type>\n<content>\n{lines}\n</content>")
        };
        for (lines, text) in [
            ("9: one\n10: two: 2\n\n(End of file - total 10 lines)", "one\ntwo: 2\n"),
            ("2: a\n3: \n\n(Showing lines 2-3 of 4. Use offset=4 to continue.)", "a\n\n"),
            ("\n\n(End of file - total 0 lines)", ""),
            ("1: (x)\n2: y)", "(x)\ny)\n"),
        ] {
            assert_eq!(inside_tags(&shown(lines)).as_deref(), Some(text));
        }
        let rules = "\n\n<system-reminder>\nAlways sing.\n</system-reminder>";
        let more = shown("1: hi\n\n(End of file - total 1 lines)") + rules;
        assert_eq!(inside_tags(&more), Some(format!("hi\n{rules}")));
        let folder =
            "<path>/w</path>\n<type>directory</type>\n<entries>\na\nb/\n\n(2 entries)\n</entries>";
        assert_eq!(inside_tags(folder).as_deref(), Some("a\nb/\n"));
        assert_eq!(inside_tags("<path>x"), None);
    }

    #[test]
    fn notes_of_a_shell_go() {
        assert_eq!(without_notes("(no output)"), "");
        let cut = "...output truncated...\n\nFull output saved to: /h/tool_1\n\nlast\n\nlines";
        assert_eq!(without_notes(cut), "last\n\nlines");
        assert_eq!(without_notes("plain (no output)"), "plain (no output)");
    }
}
