//! How the tool is advertised: a sentence, and the grammar for constrained sampling.
//!
//! The grammar is stricter than the parser. It describes what a model should write; the parser also
//! takes what models are known to write instead (an empty line for an empty context line, a heredoc
//! around the patch, blank lines between hunks).

/// One sentence for the `description` of the tool definition.
pub const DESCRIPTION: &str =
    "Adds, updates, moves and deletes text files; the input is the patch itself, not JSON.";

/// The grammar of the input in Lark syntax, for `format.definition` of the tool definition.
pub const GRAMMAR: &str = r#"start: opening operation+ closing

opening: "*** Begin Patch" EOL
closing: "*** End Patch" EOL?

?operation: create | remove | modify

create: "*** Add File: " path EOL added+
remove: "*** Delete File: " path EOL
modify: "*** Update File: " path EOL target? chunk*
target: "*** Move to: " path EOL

chunk: anchor+ line+ at_end?
anchor: "@@" (" " TEXT)? EOL
?line: added | removed | kept
added: "+" TEXT? EOL
removed: "-" TEXT? EOL
kept: " " TEXT? EOL
at_end: "*** End of File" EOL

path: TEXT

TEXT: /[^\r\n]+/
EOL: /\r?\n/
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_is_used_is_defined_once() {
        let mut defined = Vec::new();
        let mut used = Vec::new();
        for line in GRAMMAR.lines().filter(|l| !l.is_empty()) {
            let (name, body) = line.split_once(": ").expect("a rule on each line");
            defined.push(name.trim_start_matches('?'));
            if body.starts_with('/') {
                continue;
            }
            // Names stand outside of string literals, which are every second piece.
            for (at, piece) in body.split('"').enumerate() {
                if at % 2 == 0 {
                    used.extend(
                        piece
                            .split(|c: char| !(c.is_ascii_alphabetic() || c == '_'))
                            .filter(|w| !w.is_empty()),
                    );
                }
            }
        }
        for name in &used {
            assert_eq!(defined.iter().filter(|d| d == &name).count(), 1, "{name}");
        }
        for name in &defined {
            assert!(*name == "start" || used.contains(name), "{name} is never used");
        }
    }
}
