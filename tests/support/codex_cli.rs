//! The Codex CLI against a server of ours, with a home of its own and everything off that would
//! talk to anybody else.
#![allow(dead_code, reason = "each test binary uses a part")]

use super::clients::{Ended, Watch, cache, command, installed, run};
use serde_json::Value;
use std::path::PathBuf;
use tempfile::TempDir;

/// The version that tests are written against.
pub(crate) const PINNED: &str = "0.169.0";

/// The installed versions, oldest first; says SKIPPED where there is none.
pub(crate) fn versions() -> Vec<String> {
    let entries = std::fs::read_dir(cache()).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut versions: Vec<String> =
        names.filter_map(|name| name.strip_prefix("codex-").map(str::to_owned)).collect();
    versions.retain(|version| cache().join(format!("codex-{version}/bin/codex")).exists());
    // As text: they differ in numbers of the same length.
    versions.sort();
    if versions.is_empty() {
        let _ = installed("codex", &format!("codex-{PINNED}/bin/codex"));
    }
    versions
}

/// One version with an empty home and an empty working folder.
pub(crate) struct Codex {
    binary: PathBuf,
    folder: TempDir,
    watch: Option<Watch>,
    /// What the configuration says beside the provider, in TOML; before any table.
    pub(crate) settings: String,
    /// The same inside the provider's table; it speaks HTTP unless that says otherwise.
    pub(crate) provider: String,
}

/// What a run of Codex came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) ended: Ended,
    /// The lines of `--json`, those that are JSON.
    pub(crate) events: Vec<Value>,
}

impl Codex {
    /// `None`, with a word about it, where this version is not installed.
    pub(crate) fn new(version: &str) -> Option<Self> {
        let binary = installed("codex", &format!("codex-{version}/bin/codex"))?;
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "codex", "work"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Some(Self { binary, folder, watch: None, settings: String::new(), provider: String::new() })
    }

    /// Watches whom it calls, where the machine can.
    pub(crate) fn watched(mut self) -> Self {
        self.watch = Watch::new(self.folder.path().join("calls"));
        self
    }

    /// The internet addresses that the last run called, each once; `None` where nobody watched.
    pub(crate) fn called(&self) -> Option<Vec<String>> {
        self.watch.as_ref().map(Watch::called)
    }

    /// Where it works.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The logs of its sessions.
    pub(crate) fn rollouts(&self) -> Vec<PathBuf> {
        let pattern = self.folder.path().join("codex/sessions/**/rollout-*.jsonl");
        let found = glob::glob(&pattern.display().to_string()).unwrap();
        found.map(Result::unwrap).collect()
    }

    /// `codex exec ARGUMENTS` in the working folder, with the server at `base_url`.
    pub(crate) fn exec(&self, base_url: &str, arguments: &[&str]) -> Ran {
        let home = self.folder.path().join("codex");
        std::fs::write(home.join("config.toml"), self.config(base_url)).unwrap();
        let mut command = command(&self.binary, &self.folder.path().join("home"));
        command.current_dir(self.work()).env("CODEX_HOME", &home).env("MOCK_KEY", "x");
        command.args(["exec", "--json", "--skip-git-repo-check"]);
        command.arg("--dangerously-bypass-approvals-and-sandbox");
        // Endless attempts to reach a server that is not there; background synchronisation.
        for feature in ["unbounded_connection_retries", "plugins", "apps"] {
            command.args(["--disable", feature]);
        }
        command.args(arguments);
        let ended = run(match &self.watch {
            Some(watch) => watch.over(&command),
            None => command,
        });
        // A warning about the place of its home comes before the events.
        let events = ended.out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ran { ended, events }
    }

    fn config(&self, base_url: &str) -> String {
        let Self { settings, provider, .. } = self;
        format!(
            "model = \"gpt-5.5\"\nmodel_provider = \"mock\"\nweb_search = \"disabled\"\n\
             check_for_update_on_startup = false\n{settings}\n\
             [analytics]\nenabled = false\n\
             [otel]\nmetrics_exporter = \"none\"\n\
             [model_providers.mock]\nname = \"mock\"\nbase_url = \"{base_url}\"\n\
             env_key = \"MOCK_KEY\"\nwire_api = \"responses\"\n{provider}\n"
        )
    }
}

impl Ran {
    /// The events of one type.
    pub(crate) fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |event| event["type"] == kind)
    }

    /// What it said; it must have ended well.
    pub(crate) fn said(&self) -> Vec<&str> {
        assert_eq!(self.ended.code, Some(0), "{self:#?}");
        let items = self.of("item.completed").map(|event| &event["item"]);
        let messages = items.filter(|item| item["type"] == "agent_message");
        messages.filter_map(|item| item["text"].as_str()).collect()
    }

    /// The id to resume with.
    pub(crate) fn thread(&self) -> &str {
        self.of("thread.started").find_map(|event| event["thread_id"].as_str()).unwrap()
    }
}
