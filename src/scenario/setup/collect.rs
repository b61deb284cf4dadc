//! The files that a setup leaves, read out of its sandbox.

use super::Files;
use crate::sandbox::{EntryKind, Sandbox};
use crate::scenario::exec::{command, quote};
use crate::scenario::seed::{SeedContent, too_large};
use crate::scenario::workspace_error::{WorkspaceError, WorkspaceErrorKind};

/// Bytes of a command line that asks for links, about.
const LINE_BYTES: usize = 32 << 10;

/// Everything but `.git`: ignored files too, and folders that are empty.
pub(super) async fn files(sandbox: &Sandbox) -> Result<Files, WorkspaceError> {
    let refused = |what: String| WorkspaceError::new(WorkspaceErrorKind::SetupResult(what));
    let entries = sandbox.list(".").await?;
    let mut files = Files::new();
    let (mut links, mut bytes_in_all) = (Vec::new(), 0);
    for (i, entry) in entries.iter().enumerate() {
        let path = &entry.path;
        match entry.kind {
            EntryKind::Link => links.push(path.as_str()),
            EntryKind::Dir => {
                // Sorted: what lies in it comes next, or after names like `dir-x`.
                let inside = format!("{path}/");
                let mut after = entries[i + 1..].iter();
                let mut near = after.by_ref().take_while(|next| next.path.starts_with(path));
                if !near.any(|next| next.path.starts_with(&inside)) {
                    files.insert(path.clone(), SeedContent::Folder);
                }
            }
            EntryKind::File => {
                let Some((bytes, executable)) = sandbox.read(path).await? else {
                    return Err(refused(format!("{path}: a name in a seed must be UTF-8")));
                };
                bytes_in_all += bytes.len() as u64;
                let bytes = bytes.into();
                files.insert(path.clone(), SeedContent::File { bytes, executable });
            }
        }
        if let Some(why) = too_large(files.len(), bytes_in_all) {
            return Err(refused(why));
        }
    }
    for (path, target) in targets(sandbox, &links).await? {
        files.insert(path, SeedContent::Link { target });
    }
    Ok(files)
}

/// Where links lead.
async fn targets(
    sandbox: &Sandbox,
    links: &[&str],
) -> Result<Vec<(String, String)>, WorkspaceError> {
    let mut out = Vec::new();
    let (mut script, mut asked) = (String::new(), Vec::new());
    for (i, path) in links.iter().enumerate() {
        script += &format!("readlink -n -- {} && printf '\\0'\n", quote(path));
        asked.push((*path).to_owned());
        if script.len() > LINE_BYTES || i + 1 == links.len() {
            let script = format!("set -e\n{}", std::mem::take(&mut script));
            let said = command(sandbox, "reading the links of the setup", &script).await?;
            let targets = said.split('\0').map(str::to_owned);
            out.extend(std::mem::take(&mut asked).into_iter().zip(targets));
        }
    }
    Ok(out)
}
