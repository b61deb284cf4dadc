//! The prompt layers between the instructions and the user's words, and how their changes are told.
//!
//! What was said last is remembered as text; before a turn the current texts are compared with it
//! and only changed layers are appended. Nothing that was sent is ever edited, so the cached prefix
//! holds; only a scenario that asks for this mistake gets its environment rewritten in place. After a
//! compaction that dropped the layers nothing counts as said, and all are appended.

use super::folder::{WORKSPACE, inside};
use super::items::message;
use super::truncate::lossy;
use super::{AgentConfig, Host, agents_md, fragments};
use crate::sandbox::SandboxError;
use crate::scenario::{EnvironmentChange, Permissions};
use crate::wire::Raw;
use std::collections::BTreeMap;

/// The texts of all layers at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layers {
    permissions: String,
    developer: Option<String>,
    /// The folder they were read for, and the text.
    agents: Option<(String, String)>,
    skills: Option<String>,
    environment: String,
}

/// A layer to be told.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) item: Raw,
    /// The item in whose place it goes, instead of at the end.
    pub(super) instead_of: Option<Raw>,
}

impl Change {
    fn append(item: Raw) -> Self {
        Self { item, instead_of: None }
    }
}

/// What the model was told, and what need not be read again.
#[derive(Debug, Default)]
pub(super) struct Told {
    layers: Option<Layers>,
    model: Option<String>,
    /// AGENTS.md of the working folder: read again when the folder changes, not when the file does.
    agents: Option<(String, Option<String>)>,
}

impl Told {
    /// The history no longer holds the layers.
    pub(super) fn forget(&mut self) {
        self.layers = None;
    }

    /// All layers as last told; for a compaction inside a turn, where nothing can have changed.
    pub(super) fn again(&self) -> Vec<Raw> {
        self.layers.as_ref().map(Layers::all).unwrap_or_default()
    }

    /// What to tell before a user message; empty when nothing changed.
    pub(super) async fn update<H: Host>(
        &mut self,
        host: &H,
        config: &AgentConfig,
        folder: &str,
    ) -> Result<Vec<Change>, SandboxError> {
        let agents = match &self.agents {
            Some((at, text)) if at == folder => text.clone(),
            _ => instructions_of(host, folder).await?,
        };
        self.agents = Some((folder.to_owned(), agents.clone()));
        let now = Layers {
            permissions: permissions_text(&config.permissions),
            developer: config.developer.clone().filter(|text| !text.trim().is_empty()),
            agents: agents.map(|text| (folder.to_owned(), text)),
            skills: (!config.skills.is_empty()).then(|| fragments::skills(&config.skills)),
            environment: fragments::environment(folder, "sh", &config.date, "UTC"),
        };
        let mut items = Vec::new();
        if self.model.as_ref().is_some_and(|model| *model != config.model) {
            items.push(Change::append(message(
                "developer",
                &[&fragments::model_switch(&config.model, &config.instructions)],
            )));
        }
        items.extend(match &self.layers {
            Some(before) => now.since(before, folder, config.prompt.environment),
            None => now.all().into_iter().map(Change::append).collect(),
        });
        self.layers = Some(now);
        self.model = Some(config.model.clone());
        Ok(items)
    }
}

impl Layers {
    /// Every layer, in order: permissions, developer instructions, AGENTS.md with skills,
    /// environment.
    fn all(&self) -> Vec<Raw> {
        let mut items = vec![message("developer", &[&self.permissions])];
        items.extend(self.developer.as_ref().map(|text| message("developer", &[text])));
        let agents =
            self.agents.as_ref().map(|(folder, text)| fragments::agents_md_message(folder, text));
        let project: Vec<&str> =
            [&agents, &self.skills].into_iter().flatten().map(String::as_str).collect();
        if !project.is_empty() {
            items.push(message("user", &project));
        }
        items.push(self.environment());
        items
    }

    fn environment(&self) -> Raw {
        message("user", &[&self.environment])
    }

    /// What changed, each layer whole.
    fn since(&self, before: &Self, folder: &str, way: EnvironmentChange) -> Vec<Change> {
        let mut items = Vec::new();
        if self.permissions != before.permissions {
            items.push(Change::append(message("developer", &[&self.permissions])));
        }
        let text = |agents: &Option<(String, String)>| agents.clone().map(|(_, text)| text);
        if text(&self.agents) != text(&before.agents) {
            let told = match (&self.agents, &before.agents) {
                (Some((folder, text)), Some(_)) => fragments::agents_md_replaced(folder, text),
                (Some((folder, text)), None) => fragments::agents_md_message(folder, text),
                (None, _) => fragments::agents_md_removed(folder),
            };
            items.push(Change::append(message("user", &[&told])));
        }
        if self.environment != before.environment {
            let old = (way == EnvironmentChange::Rewritten).then(|| before.environment());
            items.push(Change { item: self.environment(), instead_of: old });
        }
        items
    }
}

fn permissions_text(permissions: &Permissions) -> String {
    fragments::permissions(permissions.sandbox, &permissions.writable, &permissions.approval)
}

/// What AGENTS.md says for a folder: all files from the root of its repository down to it.
async fn instructions_of<H: Host>(host: &H, folder: &str) -> Result<Option<String>, SandboxError> {
    let folders = agents_md::folders(&root_of(host, folder).await?, folder);
    let mut files = BTreeMap::new();
    for path in agents_md::candidates(&folders) {
        if let Some((bytes, _)) = host.read(&path).await? {
            files.insert(path, lossy(&bytes));
        }
    }
    let text = agents_md::aggregate(&folders, |path| files.get(path).cloned()).text;
    Ok((!text.is_empty()).then_some(text))
}

/// The nearest folder upwards with a `.git` (a folder, or the file of a linked work tree); without
/// one the folder itself. Above the workspace nobody looks.
async fn root_of<H: Host>(host: &H, folder: &str) -> Result<String, SandboxError> {
    let mut at = folder;
    while inside(at, WORKSPACE) {
        let mark = format!("{at}/.git");
        if host.is_dir(&mark).await? || host.read(&mark).await?.is_some() {
            return Ok(at.to_owned());
        }
        at = at.rsplit_once('/').map_or("", |(above, _)| above);
    }
    Ok(folder.to_owned())
}
