//! Paths of the workspace as authors write them: relative, with `/`, never out of it.

/// Why the path does not lie inside the workspace, or nothing.
pub(super) fn outside(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("the path is empty");
    }
    if path.starts_with('/') || path.starts_with('~') {
        return Some("the path must be relative to the workspace");
    }
    if path.contains('\\') || path.contains('\0') {
        return Some("the path must be written with `/`");
    }
    if path.split('/').any(|part| part == "..") {
        return Some("the path leaves the workspace");
    }
    None
}

/// The path without `./`, doubled and trailing slashes; empty for the workspace itself.
pub(super) fn tidy(path: &str) -> String {
    let parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_paths_inside_are_taken() {
        assert_eq!(outside("src/a..b/c"), None);
        assert_eq!(outside("."), None);
        for path in ["", "/etc", "~/x", "a/../b", "..", "a\\b"] {
            assert!(outside(path).is_some(), "{path}");
        }
    }

    #[test]
    fn one_path_has_one_spelling() {
        assert_eq!(tidy("./a//b/"), "a/b");
        assert_eq!(tidy("."), "");
    }
}
