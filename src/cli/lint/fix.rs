//! Mending files in place: what is replaced keeps its length, what is read stays readable.

use super::files::{Content, File};
use crate::cache::rendered;
use crate::recording::Recording;
use crate::recording::file::write_text;
use crate::recording::lint::Linter;
use crate::report::plural;
use crate::run::RunError;

/// Mends a file and says what was changed; nothing, if there was nothing to do.
pub(super) fn fix(file: &File, linter: &Linter) -> Result<Option<String>, RunError> {
    let path = &file.path;
    let mut done = Vec::new();
    match file.read()? {
        Content::Binary => {}
        Content::Text(text) => {
            let (new, hits) = linter.secrets.redact(&text);
            if !hits.is_empty() {
                write_text(path, new.into_owned())?;
                done.push(format!("{} redacted", plural(hits.len(), "secret")));
            }
        }
        Content::Recording(text) => {
            // What cannot be read is a finding, and is left as it is.
            let Ok(recording) = Recording::parse(path, &text) else { return Ok(None) };
            let (mut new, hits) = recording.without_secrets(&linter.secrets);
            let agent = new.header.agent.split(' ').next().unwrap_or_default();
            let left_out = linter.elide.get(agent).map(|elide| elide.apply(&new, rendered));
            if !hits.is_empty() {
                done.push(format!("{} redacted", plural(hits.len(), "secret")));
            }
            if let Some((elided, count)) = left_out.filter(|(_, count)| *count > 0) {
                new = elided;
                done.push(format!("{} left out", plural(count, "layer")));
            }
            let whole = new.to_jsonl();
            let items = |text: &str| text.matches("\n{\"item\":").count();
            let dropped = items(&text).saturating_sub(items(&whole));
            if dropped > 0 {
                done.push(format!("{} that nothing uses dropped", plural(dropped, "item line")));
            }
            if !done.is_empty() {
                write_text(path, whole)?;
            }
        }
    }
    Ok((!done.is_empty()).then(|| format!("{}: {}", path.display(), done.join(", "))))
}
