//! Git repositories that tests make.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::path::PathBuf;
use std::process::Command;

/// A repository in a folder.
pub(crate) struct Repository {
    pub(crate) path: PathBuf,
}

impl Repository {
    /// A new one.
    pub(crate) fn new(path: PathBuf) -> Self {
        std::fs::create_dir_all(&path).unwrap();
        let repository = Self { path };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    /// What a git command says. It must end well.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_at(args, "2026-03-01T10:00:00Z")
    }

    /// The same, with commits made at that time.
    pub(crate) fn git_at(&self, args: &[&str], time: &str) -> String {
        let output = Command::new("git")
            .args(args)
            .current_dir(&self.path)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "Test"), ("GIT_AUTHOR_EMAIL", "test@example.invalid")])
            .envs([("GIT_COMMITTER_NAME", "Test"), ("GIT_COMMITTER_EMAIL", "test@example.invalid")])
            .envs([("GIT_AUTHOR_DATE", time), ("GIT_COMMITTER_DATE", time)])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Makes a file executable.
    pub(crate) fn executable(&self, path: &str) {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path.join(path), mode).unwrap();
    }

    /// Commits everything, ignored or not; the id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.commit_at(message, "2026-03-01T10:00:00Z")
    }

    /// The same, at that time.
    pub(crate) fn commit_at(&self, message: &str, time: &str) -> String {
        self.git(&["add", "-A", "-f"]);
        self.git_at(&["commit", "-q", "-m", message], time);
        self.git(&["rev-parse", "HEAD"])
    }
}
