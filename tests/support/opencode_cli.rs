//! opencode against a server of ours, with a home of its own.
#![allow(dead_code, reason = "each test binary uses a part")]

use super::clients::{Ended, Watch, command, installed, run_with};
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

/// opencode with an empty home and an empty working folder.
pub(crate) struct Opencode {
    binary: PathBuf,
    folder: TempDir,
    watch: Option<Watch>,
}

/// What a run of opencode came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) ended: Ended,
    /// The lines of `--format json`, those that are JSON.
    pub(crate) events: Vec<Value>,
}

impl Opencode {
    /// `None`, with a word about it, where it is not installed.
    pub(crate) fn new() -> Option<Self> {
        let binary = installed("opencode", "opencode/bin/opencode")?;
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "work"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Some(Self { binary, folder, watch: None })
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

    /// `opencode run --format json ARGUMENTS` in the working folder, with the server at `base_url`.
    /// The prompt is its standard input: as an argument it would be put in quotes.
    pub(crate) fn run(&self, base_url: &str, prompt: &str, arguments: &[&str]) -> Ran {
        let home = self.folder.path().join("home");
        let config = json!({
            "model": "openai/gpt-5.5", "small_model": "openai/gpt-5.5",
            "autoupdate": false, "share": "disabled",
            "provider": {"openai": {
                "options": {"baseURL": base_url, "apiKey": "x"},
                "models": {"gpt-5.5": {"name": "gpt-5.5"}},
            }},
        });
        let file = home.join("opencode.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let mut command = command(&self.binary, &home);
        command.current_dir(self.work()).env("OPENCODE_CONFIG", file);
        // Everything that would call somebody else: the list of models, updates, language servers,
        // and the plugin package that it installs from npm into every new home.
        for quiet in ["MODELS_FETCH", "AUTOUPDATE", "LSP_DOWNLOAD"] {
            command.env(format!("OPENCODE_DISABLE_{quiet}"), "1");
        }
        command.env("npm_config_offline", "true");
        command.args(["run", "--format", "json"]).args(arguments);
        let ended = match &self.watch {
            Some(watch) => run_with(watch.over(&command), prompt),
            None => run_with(command, prompt),
        };
        let events = ended.out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ran { ended, events }
    }
}

impl Ran {
    /// What it said; it must have ended well.
    pub(crate) fn said(&self) -> Vec<&str> {
        assert_eq!(self.ended.code, Some(0), "{self:#?}");
        let texts = self.events.iter().filter(|event| event["type"] == "text");
        texts.filter_map(|event| event["part"]["text"].as_str()).collect()
    }
}
