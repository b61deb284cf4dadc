//! Which files a patch names: for permission checks before, and for reading the right files.

use super::parse::{Hunk, Patch};

/// What a hunk does to its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathKind {
    /// Adds or overwrites it.
    Add,
    /// Changes it, and perhaps moves it.
    Modify,
    /// Removes it.
    Delete,
}

impl PathKind {
    /// The letter of the success text: `A`, `M` or `D`.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Add => 'A',
            Self::Modify => 'M',
            Self::Delete => 'D',
        }
    }
}

/// A file that a patch names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchPath<'a> {
    /// What happens to it.
    pub kind: PathKind,
    /// The path as written: it may be absolute or climb with `..`; whether it may is the caller's
    /// decision.
    pub path: &'a str,
    /// Where it moves, also as written. A file there is overwritten.
    pub move_to: Option<&'a str>,
}

impl Patch {
    /// Every file the patch names, one entry per hunk, in order.
    #[must_use]
    pub fn paths(&self) -> Vec<PatchPath<'_>> {
        self.hunks
            .iter()
            .map(|hunk| match hunk {
                Hunk::Add { path, .. } => PatchPath { kind: PathKind::Add, path, move_to: None },
                Hunk::Delete { path } => PatchPath { kind: PathKind::Delete, path, move_to: None },
                Hunk::Update { path, move_to, .. } => {
                    PatchPath { kind: PathKind::Modify, path, move_to: move_to.as_deref() }
                }
            })
            .collect()
    }

    /// The files that must be read before [`Patch::apply`], each once, in order of appearance.
    #[must_use]
    pub fn reads(&self) -> Vec<&str> {
        let mut reads = Vec::new();
        for named in self.paths() {
            if named.kind != PathKind::Add && !reads.contains(&named.path) {
                reads.push(named.path);
            }
        }
        reads
    }
}

/// One name for one file: `./a//b` is `a/b`. A `..` stays: what it means depends on links.
pub(super) fn key(path: &str) -> String {
    let absolute = if path.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    format!("{absolute}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "*** Begin Patch\n*** Add File: a\n+x\n*** Update File: b\n*** Move to: c\n\
                         *** Delete File: d\n*** Update File: b\n-x\n*** End Patch";

    #[test]
    fn paths_have_kind_and_target() {
        let patch = Patch::parse(PATCH).unwrap();
        let told: Vec<String> = patch
            .paths()
            .iter()
            .map(|p| format!("{} {} {}", p.kind.letter(), p.path, p.move_to.unwrap_or("-")))
            .collect();
        assert_eq!(told, ["A a -", "M b c", "D d -", "M b -"]);
    }

    #[test]
    fn reads_are_updates_and_deletes_once() {
        assert_eq!(Patch::parse(PATCH).unwrap().reads(), ["b", "d"]);
    }

    #[test]
    fn one_file_has_one_key() {
        assert_eq!(key("./a//b/./c"), "a/b/c");
        assert_eq!(key("/a/b/"), "/a/b");
        assert_eq!(key("../a"), "../a");
    }
}
