//! What a tool said, without what the agent wrote around it.
//!
//! Header lines and line numbers are decoration: a fact is not visible because a wall time happens
//! to hold its digits, and a value copied out of a listing must not bring a line number along.

use super::wrapper::{inside_json, inside_tags, without_notes};

/// How header lines begin: our own and Codex's `exec_command`, Codex's `shell_command`, its code mode.
const HEADERS: [&str; 12] = [
    "Chunk ID: ",
    "Wall time: ",
    "Process exited with code ",
    "Process running with session ID ",
    "Original token count: ",
    "Exit code: ",
    "Total output lines: ",
    "Warning: truncated output",
    "Wall time ",
    "Script completed",
    "Script failed",
    "Script running",
];

/// The text below the envelope, without line numbers.
#[must_use]
pub fn tool_text(output: &str) -> String {
    if let Some(text) = inside_tags(output) {
        return text;
    }
    let inner = inside_json(output);
    let output = inner.as_deref().unwrap_or(output);
    let mut text = below_header(output);
    // A patch that Codex found in a command brings the envelope of the patch along.
    if text.len() < output.len() && text.starts_with("Exit code: ") {
        text = below_header(text);
    }
    without_line_numbers(below_truncation_note(without_notes(text)))
}

/// The text after `Output:`, if nothing but header lines and blank lines stand before it.
fn below_header(output: &str) -> &str {
    let mut rest = output;
    while let Some((line, below)) = rest.split_once('\n') {
        if line == "Output:" && rest.len() < output.len() {
            return below;
        }
        if !line.is_empty() && !HEADERS.iter().any(|head| line.starts_with(head)) {
            return output;
        }
        rest = below;
    }
    // Without output there may be no line feed behind the last header line.
    if rest == "Output:" && rest.len() < output.len() { "" } else { output }
}

/// The text without the note that Codex puts before an output that was cut in the middle.
fn below_truncation_note(output: &str) -> &str {
    if !output.starts_with("Warning: truncated output") {
        return output;
    }
    let below = output.split_once('\n').map_or("", |(_, below)| below);
    let below = match below.strip_prefix("Total output lines: ") {
        Some(rest) => rest.split_once('\n').map_or("", |(_, below)| below),
        None => below,
    };
    below.strip_prefix('\n').unwrap_or(below)
}

/// The text without the line numbers of `cat -n` (blanks, number, tab), if every line has one and
/// they rise; else the text as it is.
#[must_use]
pub fn without_line_numbers(text: &str) -> String {
    let mut last = 0;
    let mut bare = Vec::new();
    let (lines, end) = match text.strip_suffix('\n') {
        Some(lines) => (lines, "\n"),
        None => (text, ""),
    };
    for line in lines.split('\n') {
        let numbered = line.trim_start_matches(' ').split_once('\t');
        let Some((Ok(number), rest)) = numbered.map(|(n, rest)| (n.parse::<u64>(), rest)) else {
            return text.to_owned();
        };
        if number <= last {
            return text.to_owned();
        }
        last = number;
        bare.push(rest);
    }
    bare.join("\n") + end
}

#[cfg(test)]
mod tests {
    use super::{tool_text, without_line_numbers};

    #[test]
    fn the_envelope_of_exec_command_goes() {
        let head = "Chunk ID: 0a1b2c\nWall time: 0.0123 seconds\nProcess exited with code 0\nOriginal token count: 2\n";
        assert_eq!(tool_text(&format!("{head}Output:\ncap 37\n")), "cap 37\n");
        assert_eq!(tool_text(&format!("{head}Output:\n")), "");
        assert_eq!(tool_text(&format!("{head}Output:")), "");
        let cut = "Warning: truncated output (original token count: 9)\nTotal output lines: 4\n\n";
        assert_eq!(tool_text(&format!("{head}{cut}Output:\ntext")), "text");
        assert_eq!(tool_text(&format!("{head}Output:\n{cut}text")), "text");
        let running =
            "Wall time: 1.0 seconds\nProcess running with session ID 1000\nOutput:\nready";
        assert_eq!(tool_text(running), "ready");
        assert_eq!(tool_text("Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess."), "Success.");
    }

    #[test]
    fn so_do_those_of_other_tools() {
        let code = "Script completed\nWall time 0.1 seconds\nOutput:\n";
        assert_eq!(tool_text(code), "");
        let patched = "Wall time: 0.0000 seconds\nOutput:\nExit code: 0\nWall time: 0 seconds\nOutput:\nSuccess.\nA x\n";
        assert_eq!(tool_text(patched), "Success.\nA x\n");
        let json = r#"{"output":"cap 37\n","metadata":{"exit_code":0}}"#;
        assert_eq!(tool_text(json), "cap 37\n");
        let read = "<path>/w/a</path>\n<type>file</type>\n<content>\n3: cap 37\n\n(End of file - total 3 lines)\n</content>";
        assert_eq!(tool_text(read), "cap 37\n");
        assert_eq!(tool_text("(no output)"), "");
    }

    #[test]
    fn a_text_that_only_looks_like_an_envelope_stays() {
        for text in
            ["Output:\nx", "Chunk ID: 1\nno header\nOutput:\nx", "plain", "", "Wall time: 3"]
        {
            assert_eq!(tool_text(text), text);
        }
    }

    #[test]
    fn line_numbers_go_only_if_every_line_has_one_and_they_rise() {
        assert_eq!(without_line_numbers("     9\ta\n    10\t\tb\n"), "a\n\tb\n");
        assert_eq!(without_line_numbers("1\ta"), "a");
        for text in ["1\ta\nb\n", "2\ta\n1\tb", "x\ta", "", "\n"] {
            assert_eq!(without_line_numbers(text), text);
        }
    }
}
