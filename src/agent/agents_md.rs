//! AGENTS.md: which files apply to a working folder, and what the model gets to read of them.
//!
//! Pure, in three steps, because the files lie in a sandbox and are read asynchronously: [`folders`]
//! and [`candidates`] say what to read, the caller reads, [`aggregate`] joins. The rules are those of
//! the Codex loop: from the root of the repository down to the working folder, one file per folder, one
//! budget over all.

/// The names, the first that exists in a folder wins: an override shadows, even if it is blank.
pub const NAMES: [&str; 2] = ["AGENTS.override.md", "AGENTS.md"];

/// Budget over all files, in bytes.
pub const BUDGET: usize = 32 * 1024;

/// The instructions that apply to a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentsMd {
    /// The files' texts, root first, with a blank line between them. Empty: nothing applies.
    pub text: String,
    /// Paths of the files in `text`, root first.
    pub files: Vec<String>,
    /// The file that crossed the budget; its end is missing in `text`.
    pub cut: Option<String>,
    /// Files that found the budget used up.
    pub dropped: Vec<String>,
}

/// The folders from `root` (where `.git` is) to `cwd`, both included. Only `cwd` if it does not lie
/// below `root`. Both are absolute, or relative to the same place.
#[must_use]
pub fn folders(root: &str, cwd: &str) -> Vec<String> {
    let (root, cwd) = (bare(root), bare(cwd));
    let below = match cwd.strip_prefix(root) {
        Some("") => return vec![cwd.to_owned()],
        Some(rest) if root == "/" => rest,
        Some(rest) => rest.strip_prefix('/').unwrap_or_default(),
        None => "",
    };
    if below.is_empty() {
        return vec![cwd.to_owned()];
    }
    let mut folders = vec![root.to_owned()];
    for part in below.split('/').filter(|part| !part.is_empty()) {
        folders.push(join(folders.last().map_or(root, String::as_str), part));
    }
    folders
}

/// Every path that [`aggregate`] may ask for.
#[must_use]
pub fn candidates(folders: &[String]) -> Vec<String> {
    folders.iter().flat_map(|folder| NAMES.map(|name| join(folder, name))).collect()
}

/// Joins what applies. `read` gives a file's text (bytes that are not UTF-8 replaced), or `None` if
/// there is no such file. The file that crosses [`BUDGET`] is cut at that byte, later ones are dropped;
/// blank files cost nothing and are not listed.
#[must_use]
pub fn aggregate(folders: &[String], read: impl Fn(&str) -> Option<String>) -> AgentsMd {
    let mut result = AgentsMd::default();
    let mut left = BUDGET;
    for folder in folders {
        let found = NAMES.iter().find_map(|name| {
            let path = join(folder, name);
            read(&path).map(|text| (path, text))
        });
        let Some((path, text)) = found.filter(|(_, text)| !text.trim().is_empty()) else {
            continue;
        };
        if left == 0 {
            result.dropped.push(path);
            continue;
        }
        let kept = match text.as_bytes().get(..left) {
            Some(start) if text.len() > left => {
                result.cut = Some(path.clone());
                String::from_utf8_lossy(start)
            }
            _ => text.as_str().into(),
        };
        left -= text.len().min(left);
        if !result.text.is_empty() {
            result.text.push_str("\n\n");
        }
        result.text.push_str(kept.trim_end_matches(['\r', '\n']));
        result.files.push(path);
    }
    result
}

/// Without slashes at the end.
fn bare(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.starts_with('/') => "/",
        path => path,
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.ends_with('/') { format!("{folder}{name}") } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Aggregates for `/w/a/b` in the repository `/w`.
    fn of(files: &[(&str, &str)]) -> AgentsMd {
        let files: BTreeMap<_, _> = files.iter().copied().collect();
        aggregate(&folders("/w", "/w/a/b"), |path| files.get(path).map(|t| (*t).to_owned()))
    }

    #[test]
    fn folders_go_down_from_the_root() {
        assert_eq!(folders("/w", "/w/a/b"), ["/w", "/w/a", "/w/a/b"]);
        assert_eq!(folders("/w/", "/w/a/"), ["/w", "/w/a"]);
        assert_eq!(folders("/w", "/w"), ["/w"]);
        assert_eq!(folders("/", "/a/b"), ["/", "/a", "/a/b"]);
        assert_eq!(folders("/", "/"), ["/"]);
    }

    #[test]
    fn a_folder_outside_of_the_root_stands_alone() {
        assert_eq!(folders("/w", "/elsewhere"), ["/elsewhere"]);
        assert_eq!(folders("/w", "/wide/a"), ["/wide/a"]);
        assert_eq!(folders("/w/a", "/w"), ["/w"]);
    }

    #[test]
    fn candidates_are_all_names_of_all_folders() {
        assert_eq!(
            candidates(&folders("/", "/a")),
            ["/AGENTS.override.md", "/AGENTS.md", "/a/AGENTS.override.md", "/a/AGENTS.md"]
        );
    }

    #[test]
    fn files_join_root_first_with_a_blank_line() {
        let got = of(&[("/w/a/b/AGENTS.md", "sub\n"), ("/w/AGENTS.md", "root\n\n")]);
        assert_eq!(got.text, "root\n\nsub");
        assert_eq!(got.files, ["/w/AGENTS.md", "/w/a/b/AGENTS.md"]);
        assert_eq!((got.cut, got.dropped), (None, vec![]));
    }

    #[test]
    fn an_override_shadows_even_when_blank() {
        let got = of(&[
            ("/w/AGENTS.md", "root"),
            ("/w/AGENTS.override.md", "mine"),
            ("/w/a/AGENTS.md", "a"),
            ("/w/a/AGENTS.override.md", " \n"),
        ]);
        assert_eq!((got.text.as_str(), got.files.len()), ("mine", 1));
    }

    #[test]
    fn nothing_applies_where_nothing_is() {
        assert_eq!(of(&[]), AgentsMd::default());
        assert_eq!(of(&[("/w/AGENTS.md", "\n"), ("/AGENTS.md", "outside")]), AgentsMd::default());
    }

    #[test]
    fn the_crossing_file_is_cut_and_later_ones_are_dropped() {
        let big = "x".repeat(BUDGET - 3);
        let got = of(&[
            ("/w/AGENTS.md", big.as_str()),
            ("/w/a/AGENTS.md", "12€45"),
            ("/w/a/b/AGENTS.md", "late"),
        ]);
        // The third byte lies inside of the character.
        assert_eq!(got.text, format!("{big}\n\n12\u{fffd}"));
        assert_eq!(got.files, ["/w/AGENTS.md", "/w/a/AGENTS.md"]);
        assert_eq!(got.cut.as_deref(), Some("/w/a/AGENTS.md"));
        assert_eq!(got.dropped, ["/w/a/b/AGENTS.md"]);
    }

    #[test]
    fn a_file_that_fills_the_budget_is_whole() {
        let full = "x".repeat(BUDGET);
        let got = of(&[("/w/AGENTS.md", full.as_str()), ("/w/a/AGENTS.md", " \n")]);
        assert_eq!((got.text, got.cut, got.dropped), (full, None, vec![]));
    }
}
