//! Globs over paths: `?` and `*` within a segment, `**` across. `dir/**` is all below `dir`,
//! `**/x` is `x` at any depth.

use regex::Regex;

/// Whether the glob matches the whole path.
pub(super) fn matches(glob: &str, path: &str) -> bool {
    // Every other character is escaped: the translation is always a valid pattern.
    Regex::new(&translate(glob)).is_ok_and(|pattern| pattern.is_match(path))
}

fn translate(glob: &str) -> String {
    let mut out = String::from("(?s)^");
    let mut rest = glob;
    while let Some(first) = rest.chars().next() {
        let (pattern, used) = if rest.starts_with("**/") {
            ("(?:.*/)?", 3)
        } else if rest.starts_with("**") {
            (".*", 2)
        } else if first == '*' {
            ("[^/]*", 1)
        } else if first == '?' {
            ("[^/]", 1)
        } else {
            out.push_str(&regex::escape(&rest[..first.len_utf8()]));
            ("", first.len_utf8())
        };
        out.push_str(pattern);
        rest = &rest[used..];
    }
    out.push('$');
    out
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stay_within_segments_and_double_stars_cross_them() {
        for (glob, path) in [
            ("src/*.rs", "src/a.rs"),
            ("src/**", "src/a/b.rs"),
            ("**/b.rs", "b.rs"),
            ("**/b.rs", "src/a/b.rs"),
            ("src/**/b.rs", "src/b.rs"),
            ("a?c", "abc"),
            ("a+(b).[c]", "a+(b).[c]"),
            ("**", "any/thing"),
            ("ä*", "äö"),
        ] {
            assert!(matches(glob, path), "{glob} {path}");
        }
        for (glob, path) in [
            ("src/*.rs", "src/a/b.rs"),
            ("src/*.rs", "src/a.rsx"),
            ("*.rs", "src/a.rs"),
            ("a?c", "a/c"),
            ("a.c", "abc"),
            ("src/**", "src"),
            ("src", "src/a"),
        ] {
            assert!(!matches(glob, path), "{glob} {path}");
        }
    }
}
