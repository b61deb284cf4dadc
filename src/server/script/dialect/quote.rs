//! Texts inside of command lines.

/// A word for `sh`: quoted only where it must be, so that plain paths read well.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/+@".contains(c);
    match word.chars().all(plain) && !word.is_empty() {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A here document that gives `text` to `command`, unchanged. The text ends with a line feed.
pub(super) fn heredoc(command: &str, text: &str) -> String {
    let mut end = "EOF".to_owned();
    while text.lines().any(|line| line == end) {
        end.push('_');
    }
    format!("{command} <<'{end}'\n{text}{end}\n")
}

/// The text with a line feed at its end, if it is not empty.
pub(super) fn ended(text: &str) -> String {
    match text.is_empty() || text.ends_with('\n') {
        true => text.to_owned(),
        false => format!("{text}\n"),
    }
}

/// A command that writes a file, and its folder if need be.
pub(super) fn write_command(path: &str, content: &str) -> String {
    let cat = heredoc(&format!("cat > {}", quoted(path)), content);
    match path.rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => format!("mkdir -p {} &&\n{cat}", quoted(folder)),
        _ => cat,
    }
}

#[cfg(test)]
mod tests {
    use super::{ended, heredoc, quoted};

    #[test]
    fn only_what_must_be_is_quoted() {
        assert_eq!(quoted("src/a-b_c.rs"), "src/a-b_c.rs");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_text_cannot_end_its_own_here_document() {
        assert_eq!(heredoc("cat", "a\n"), "cat <<'EOF'\na\nEOF\n");
        assert_eq!(heredoc("cat", "EOF\nEOF_\n"), "cat <<'EOF__'\nEOF\nEOF_\nEOF__\n");
    }

    #[test]
    fn a_last_line_feed_is_added_once() {
        assert_eq!([ended("a"), ended("a\n"), ended("")], ["a\n", "a\n", ""]);
    }
}
