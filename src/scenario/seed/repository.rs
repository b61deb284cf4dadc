//! Reading from a repository without believing it.
//!
//! A repository's own configuration can name programs that git starts (a filter, a monitor, the
//! transport of a partial clone) and can put other objects in the place of those that are asked for.
//! So git never sees it: it works in an empty repository of ours, which borrows the objects of the
//! other one and nothing else. Nothing can be fetched, run or replaced, whoever owns the folder.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where git is looked for: where commands of the sandbox find it.
const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The parts of a repository on this machine.
#[derive(Debug)]
pub(in crate::scenario) struct Place {
    /// Its `.git`, or that of one working copy of several.
    pub(super) git_dir: PathBuf,
    /// What all its working copies share.
    pub(super) common: PathBuf,
    /// The working copy.
    pub(super) files: Option<PathBuf>,
}

impl Place {
    /// Finds them by what lies there; `None` if `path` is no repository.
    pub(in crate::scenario) fn of(path: &Path) -> Option<Self> {
        let dot = path.join(".git");
        let (git_dir, files) = if dot.is_dir() {
            (dot, Some(path.to_owned()))
        } else if dot.is_file() {
            (path.join(pointed(&dot, "gitdir:")?), Some(path.to_owned()))
        } else {
            (path.to_owned(), None)
        };
        let common = match git_dir.join("commondir") {
            file if file.is_file() => git_dir.join(pointed(&file, "")?),
            _ => git_dir.clone(),
        };
        let is_one = git_dir.join("HEAD").is_file() && common.join("objects").is_dir();
        is_one.then_some(Self { git_dir, common, files })
    }

    /// Whether its history, and so perhaps the commit, was cut off.
    pub(in crate::scenario) fn is_shallow(&self) -> bool {
        self.common.join("shallow").is_file()
    }

    /// The id of the commit that is checked out, as far as files say it.
    pub(in crate::scenario) fn head(&self) -> Option<String> {
        let head = std::fs::read_to_string(self.git_dir.join("HEAD")).ok()?;
        match head.trim().strip_prefix("ref:") {
            Some(name) => self.reference(name.trim()),
            None => id(head.trim()),
        }
    }

    /// The id of the newest commit of a branch.
    pub(in crate::scenario) fn branch(&self, name: &str) -> Option<String> {
        self.reference(&format!("refs/heads/{name}"))
    }

    fn reference(&self, name: &str) -> Option<String> {
        if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return None;
        }
        if let Ok(text) = std::fs::read_to_string(self.common.join(name)) {
            return id(text.trim());
        }
        let packed = std::fs::read_to_string(self.common.join("packed-refs")).ok()?;
        let line = packed.lines().find(|line| line.split(' ').nth(1) == Some(name))?;
        id(line.split(' ').next()?)
    }
}

/// The text, if it is a whole id.
fn id(text: &str) -> Option<String> {
    let is_id = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_id.then(|| text.to_owned())
}

/// The path that a one-line file holds after `label`.
fn pointed(file: &Path, label: &str) -> Option<PathBuf> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(PathBuf::from(text.trim().strip_prefix(label)?.trim()))
}

/// An empty repository of ours in a temporary folder; gone when this is dropped.
#[derive(Debug)]
pub(in crate::scenario) struct Private {
    folder: PathBuf,
}

impl Private {
    /// Makes one for ids as long as `commit`, borrowing the objects of `from`.
    pub(in crate::scenario) fn new(commit: &str, from: Option<&Place>) -> io::Result<Self> {
        let private = Self { folder: fresh()? };
        let at = |path: &str| private.folder.join(path);
        for folder in ["objects/info", "refs"] {
            std::fs::create_dir_all(at(folder))?;
        }
        std::fs::write(at("HEAD"), "ref: refs/heads/main\n")?;
        let config = match commit.len() {
            64 => {
                "[core]\n\trepositoryformatversion = 1\n\tbare = true\n\
                 [extensions]\n\tobjectformat = sha256\n"
            }
            _ => "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
        };
        std::fs::write(at("config"), config)?;
        if let Some(place) = from {
            let mut line = place.common.join("objects").canonicalize()?.into_os_string();
            line.push("\n");
            std::fs::write(at("objects/info/alternates"), line.as_encoded_bytes())?;
        }
        Ok(private)
    }

    /// A path inside.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A git command in it, with nothing inherited.
    pub(super) fn git(&self, args: &[&OsStr]) -> Command {
        let mut command = Command::new("git");
        command
            .args(args)
            .env_clear()
            .env("PATH", SYSTEM_PATH)
            .env("LC_ALL", "C")
            .env("GIT_DIR", &self.folder)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_ALLOW_PROTOCOL", "none")
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    /// Runs one to its end; the error is what it said.
    pub(in crate::scenario) fn output(&self, args: &[&str]) -> Result<Vec<u8>, String> {
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        run(&mut self.git(&args))
    }
}

/// The output of a command that ends well; the error is what it said.
pub(super) fn run(command: &mut Command) -> Result<Vec<u8>, String> {
    let output = command.output().map_err(|error| format!("cannot start git: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().map(str::trim).find(|line| !line.is_empty());
    Err(line.map_or_else(|| output.status.to_string(), str::to_owned))
}

impl Drop for Private {
    fn drop(&mut self) {
        // What stays behind lies among temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A new folder that only we may enter.
fn fresh() -> io::Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let above = std::env::temp_dir();
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = above.join(format!("unreel-git-{}-{number}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&folder) {
            // Of an earlier process with our number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder),
        }
    }
}
