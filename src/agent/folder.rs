//! Paths inside the sandbox, as text: the loop runs outside and must not ask its own file system.

use crate::scenario::{Permissions, SandboxMode};

/// The workspace.
pub const WORKSPACE: &str = "/workspace";

/// Joins and normalises: `.` and `..` are resolved by text, an absolute `path` replaces `base`.
#[must_use]
pub fn join(base: &str, path: &str) -> String {
    let whole = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{base}/{path}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether `path` is `root` or below it; both absolute and normalised.
pub(super) fn inside(path: &str, root: &str) -> bool {
    let root = root.trim_end_matches('/');
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path as people know it: relative to the workspace where it lies in it.
pub(super) fn shown(path: &str) -> &str {
    path.strip_prefix("/workspace/").unwrap_or(path)
}

/// The folders that patches and commands may write; `None`: everywhere.
#[must_use]
pub fn writable(permissions: &Permissions) -> Option<Vec<String>> {
    match permissions.sandbox {
        SandboxMode::DangerFullAccess => None,
        SandboxMode::ReadOnly => Some(Vec::new()),
        SandboxMode::WorkspaceWrite => {
            let mut roots = vec![WORKSPACE.to_owned()];
            roots.extend(permissions.writable.iter().map(|folder| join(WORKSPACE, folder)));
            Some(roots)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{inside, join};

    #[test]
    fn joins_by_text() {
        assert_eq!(join("/workspace", "."), "/workspace");
        assert_eq!(join("/workspace/app", "../lib/./x"), "/workspace/lib/x");
        assert_eq!(join("/workspace", "../../../etc"), "/etc");
        assert_eq!(join("/workspace", "/tmp/a"), "/tmp/a");
    }

    #[test]
    fn a_sibling_with_the_same_head_is_outside() {
        assert!(inside("/workspace/a", "/workspace") && inside("/workspace", "/workspace/"));
        assert!(!inside("/workspace2/a", "/workspace"));
    }
}
