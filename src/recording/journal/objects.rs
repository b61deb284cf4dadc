//! The content-addressed store beside a journal: `objects/ab/cdef..`, one file a value.

use crate::recording::RecordingError;
use crate::recording::secrets::Secrets;
use crate::wire::Digest;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A store in a folder. Writers may share it: equal content has an equal name.
#[derive(Clone, Debug)]
pub struct Objects {
    folder: PathBuf,
    secrets: Secrets,
}

impl Objects {
    /// The store in `folder`, which need not exist yet; `secrets` are not stored.
    #[must_use]
    pub fn new(folder: PathBuf, secrets: Secrets) -> Self {
        Self { folder, secrets }
    }

    fn path(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder.join(&name[..2]).join(&name[2..])
    }

    /// Stores bytes, once. Secrets in them do not reach the disk: the address is that of what is
    /// stored.
    pub fn put(&self, bytes: &[u8], unique: &str) -> Result<Digest, RecordingError> {
        let digest = Digest::of(bytes);
        let path = self.path(digest);
        if path.exists() {
            return Ok(digest);
        }
        let redacted = std::str::from_utf8(bytes).map(|text| self.secrets.redact(text).0);
        if let Ok(Cow::Owned(text)) = redacted {
            return self.put(text.as_bytes(), unique);
        }
        let error = |cause: std::io::Error| RecordingError::write(&path, cause);
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(error)?;
        // Two runs may store the same value at once: each writes its own temporary file.
        let temporary = folder.join(format!(".{}", Digest::of_parts(&[bytes, unique.as_bytes()])));
        std::fs::write(&temporary, bytes).map_err(error)?;
        std::fs::rename(&temporary, &path).map_err(error)?;
        Ok(digest)
    }

    /// Reads a value as text.
    pub fn text(&self, digest: Digest) -> Result<String, RecordingError> {
        let path = self.path(digest);
        std::fs::read_to_string(&path).map_err(|cause| RecordingError::read(&path, cause))
    }
}
