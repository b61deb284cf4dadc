//! Results of setups on disk: one file each, named by what it was made of.
//!
//! A line of JSON lists the files, their bytes follow, and the whole is packed. It is written beside
//! its place and renamed, and its digest stands in it: what was cut or changed is not believed, and
//! made again. Whoever wants a result holds the lock of its name, so that of many runs at once, in
//! one process or in several, one makes it and the others read it.

use super::Files;
use crate::scenario::seed::SeedContent;
use crate::scenario::workspace_error::{WorkspaceError, WorkspaceErrorKind};
use crate::wire::Digest;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    unreel: String,
    version: u32,
    digest: Digest,
    files: Vec<Line>,
}

/// A path and what of the bytes is its content.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    path: String,
    kind: Kind,
    bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    File,
    Executable,
    Link,
    Folder,
}

const FORMAT: &str = "setup";
const VERSION: u32 = 1;

/// The place of one result, locked as long as this lives.
pub(super) struct Kept {
    path: PathBuf,
    _lock: File,
}

impl Kept {
    /// Waits for whoever makes this result at the moment.
    pub(super) fn lock(cache: &Path, key: Digest) -> Result<Self, WorkspaceError> {
        let folder = cache.join("setup");
        let locked = || {
            std::fs::create_dir_all(&folder)?;
            let lock = File::create(folder.join(format!("{key}.lock")))?;
            lock.lock()?;
            Ok(lock)
        };
        let lock = locked().map_err(|error| unusable(&error))?;
        Ok(Self { path: folder.join(format!("{key}.zst")), _lock: lock })
    }

    /// The result, if it is there and whole.
    pub(super) fn read(&self) -> Option<Files> {
        let packed = std::fs::read(&self.path).ok()?;
        unpack(&zstd::decode_all(packed.as_slice()).ok()?)
    }

    /// Puts it there.
    pub(super) fn write(&self, files: &Files) -> Result<(), WorkspaceError> {
        let partial = self.path.with_extension("partial");
        let write = || {
            let packed = zstd::encode_all(pack(files)?.as_slice(), 1)?;
            let mut file = File::create(&partial)?;
            file.write_all(&packed)?;
            file.sync_all()?;
            std::fs::rename(&partial, &self.path)
        };
        write().map_err(|error| unusable(&error))
    }
}

/// Without a path: the message may become the reason of a run, and stand in its journal.
fn unusable(error: &io::Error) -> WorkspaceError {
    WorkspaceError::new(WorkspaceErrorKind::Cache(error.to_string()))
}

fn pack(files: &Files) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let mut lines = Vec::with_capacity(files.len());
    for (path, content) in files {
        let (kind, bytes): (Kind, &[u8]) = match content {
            SeedContent::File { bytes, executable: false } => (Kind::File, bytes),
            SeedContent::File { bytes, executable: true } => (Kind::Executable, bytes),
            SeedContent::Link { target } => (Kind::Link, target.as_bytes()),
            SeedContent::Folder => (Kind::Folder, b""),
        };
        lines.push(Line { path: path.clone(), kind, bytes: bytes.len() });
        body.extend_from_slice(bytes);
    }
    let (unreel, digest) = (FORMAT.to_owned(), digest(&lines, &body)?);
    let head = Head { unreel, version: VERSION, digest, files: lines };
    let mut out = serde_json::to_vec(&head)?;
    out.push(b'\n');
    out.extend(body);
    Ok(out)
}

fn digest(lines: &[Line], body: &[u8]) -> io::Result<Digest> {
    Ok(Digest::of_parts(&[&serde_json::to_vec(lines)?, body]))
}

fn unpack(bytes: &[u8]) -> Option<Files> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
    let mut rest = &bytes[end + 1..];
    let known = head.unreel == FORMAT && head.version == VERSION;
    if !known || digest(&head.files, rest).ok()? != head.digest {
        return None;
    }
    let mut files = Files::new();
    for line in head.files {
        let (content, after) = rest.split_at_checked(line.bytes)?;
        rest = after;
        let content = match line.kind {
            Kind::Link => SeedContent::Link { target: String::from_utf8(content.into()).ok()? },
            Kind::Folder => SeedContent::Folder,
            kind => {
                let executable = kind == Kind::Executable;
                SeedContent::File { bytes: content.into(), executable }
            }
        };
        files.insert(line.path, content);
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Files {
        let file = |bytes: &[u8], executable| SeedContent::File { bytes: bytes.into(), executable };
        Files::from([
            ("a\n\"b".to_owned(), file(b"\0\xff\n", false)),
            ("bin/run".to_owned(), file(b"", true)),
            ("link".to_owned(), SeedContent::Link { target: "bin/run".into() }),
            ("out".to_owned(), SeedContent::Folder),
        ])
    }

    #[test]
    fn what_was_written_is_read_and_what_was_changed_is_not_believed() {
        let dir = tempfile::tempdir().expect("a folder");
        let kept = Kept::lock(dir.path(), Digest::of("key")).expect("a place");
        assert_eq!(kept.read(), None);
        kept.write(&some()).expect("written");
        assert_eq!(kept.read(), Some(some()));
        let whole = std::fs::read(&kept.path).expect("there");
        std::fs::write(&kept.path, &whole[..whole.len() - 3]).expect("cut");
        assert_eq!(kept.read(), None);
        let plain = pack(&some()).expect("packs");
        for at in [plain.len() - 1, 40] {
            let mut changed = plain.clone();
            changed[at] ^= 1;
            assert_eq!(unpack(&changed), None, "byte {at}");
        }
        assert_eq!(unpack(&plain), Some(some()));
    }

    #[test]
    fn a_second_one_waits_for_the_first() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = Kept::lock(dir.path(), Digest::of("key")).expect("a place");
        std::thread::scope(|scope| {
            let second =
                scope.spawn(|| Kept::lock(dir.path(), Digest::of("key")).map(|k| k.read()));
            std::thread::sleep(std::time::Duration::from_millis(50));
            first.write(&some()).expect("written");
            drop(first);
            assert_eq!(second.join().expect("no panic").expect("a place"), Some(some()));
        });
    }
}
