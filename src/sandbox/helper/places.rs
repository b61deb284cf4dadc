//! Where the fixed paths really are: at themselves in a root of our own, below a folder otherwise.

use super::super::spec::Program;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// The working folder of everything.
pub(super) const WORKSPACE: &str = "/workspace";
/// `HOME`.
pub(super) const HOME: &str = "/home/agent";
/// `TMPDIR`.
pub(super) const TEMPORARY: &str = "/tmp";

/// The mapping.
#[derive(Clone, Debug)]
pub(super) enum Places {
    /// Paths are what they say.
    Fixed,
    /// The three folders are below `root`, programs where they are on this machine.
    Folder { root: PathBuf, programs: Vec<Program> },
}

impl Places {
    /// The real path of a path inside the sandbox, absolute or relative to the workspace. `..` is
    /// resolved by name and stops at the root.
    pub(super) fn real(&self, path: &str) -> PathBuf {
        let mut clean = PathBuf::from("/");
        for part in Path::new(WORKSPACE).join(path).components() {
            match part {
                Component::Normal(name) => clean.push(name),
                Component::ParentDir => {
                    clean.pop();
                }
                _ => {}
            }
        }
        self.map(&clean).unwrap_or(clean)
    }

    /// A value of the environment: each `:`-separated part that is below a fixed place is moved.
    pub(super) fn in_value(&self, value: &str) -> OsString {
        let mut moved = OsString::new();
        for (at, part) in value.split(':').enumerate() {
            if at > 0 {
                moved.push(":");
            }
            match self.map(Path::new(part)) {
                Some(real) => moved.push(real),
                None => moved.push(part),
            }
        }
        moved
    }

    /// What output must have replaced, and by what; longest first.
    pub(super) fn replacements(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let Self::Folder { root, programs } = self else { return Vec::new() };
        let root = root.to_string_lossy().into_owned();
        let mut pairs = vec![
            // The workspace's parent is `/`, and so is the folder's name alone.
            (format!("{root}/").into_bytes(), b"/".to_vec()),
            (root.into_bytes(), b"/".to_vec()),
        ];
        for program in programs {
            // `/usr` as somebody's prefix would rename half of all paths.
            if program.host.components().count() > 2 {
                let host = program.host.to_string_lossy().into_owned().into_bytes();
                pairs.push((host, program.at.clone().into_bytes()));
            }
        }
        pairs.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        pairs
    }

    fn map(&self, path: &Path) -> Option<PathBuf> {
        let Self::Folder { root, programs } = self else { return None };
        for place in [WORKSPACE, HOME, TEMPORARY] {
            if path.starts_with(place) {
                return Some(root.join(path.strip_prefix("/").ok()?));
            }
        }
        // `join("")` would append a slash.
        programs.iter().find_map(|program| match path.strip_prefix(&program.at).ok()? {
            rest if rest.as_os_str().is_empty() => Some(program.host.clone()),
            rest => Some(program.host.join(rest)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> Places {
        let program =
            |host: &str, at: &str| Program { host: host.into(), at: at.into(), bin: "bin".into() };
        Places::Folder {
            root: "/scratch/unreel-1-0".into(),
            programs: vec![program("/root/rust", "/opt/rust"), program("/usr", "/opt/python")],
        }
    }

    #[test]
    fn fixed_paths_are_themselves() {
        assert_eq!(Places::Fixed.real("a/../b"), Path::new("/workspace/b"));
        assert_eq!(Places::Fixed.real("/tmp/x"), Path::new("/tmp/x"));
        assert_eq!(Places::Fixed.in_value("/workspace:x"), "/workspace:x");
        assert!(Places::Fixed.replacements().is_empty());
    }

    #[test]
    fn a_folder_holds_the_three_places_and_no_more() {
        let places = folder();
        assert_eq!(places.real("a"), Path::new("/scratch/unreel-1-0/workspace/a"));
        assert_eq!(places.real("../tmp/a"), Path::new("/scratch/unreel-1-0/tmp/a"));
        assert_eq!(places.real("../../../etc/passwd"), Path::new("/etc/passwd"));
        assert_eq!(places.real("/workspaces"), Path::new("/workspaces"));
        assert_eq!(places.real("/opt/rust/bin/rustc"), Path::new("/root/rust/bin/rustc"));
    }

    #[test]
    fn values_move_part_by_part() {
        let moved = folder().in_value("/opt/rust:/home/agent/.cargo:relative:/opt/rustic");
        let expected = "/root/rust:/scratch/unreel-1-0/home/agent/.cargo:relative:/opt/rustic";
        assert_eq!(moved, expected);
    }

    #[test]
    fn system_folders_are_never_replaced() {
        let from: Vec<_> = folder().replacements().into_iter().map(|(from, _)| from).collect();
        let expected: [&[u8]; 3] = [b"/scratch/unreel-1-0/", b"/scratch/unreel-1-0", b"/root/rust"];
        assert_eq!(from, expected);
    }
}
