//! Paths of the workspace as authors write them: relative, with `/`, never out of it; and where the
//! files of a scenario lie.

use std::path::{Path, PathBuf};

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

/// Names become parts of paths and run keys (`scenario@variant#trial`).
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Where variants of a scenario lie: its own folder, that of its base, the one beside all scenarios.
pub(super) fn variant_folders(dir: &Path, base: Option<&Path>) -> Vec<PathBuf> {
    let parent = match dir.parent() {
        Some(parent) if dir.file_name().is_some() => parent.to_owned(),
        _ => dir.join(".."),
    };
    let own = [Some(dir), base].into_iter().flatten().map(Path::to_owned);
    own.chain([parent]).map(|folder| folder.join("variants")).collect()
}

/// The file of a named variant, if there is one.
pub(super) fn variant_file(dir: &Path, base: Option<&Path>, name: &str) -> Option<PathBuf> {
    let files =
        variant_folders(dir, base).into_iter().map(|folder| folder.join(format!("{name}.yaml")));
    files.into_iter().find(|path| path.is_file())
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
