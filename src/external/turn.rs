//! A session with a program: its home is made, then each turn starts it once.

use super::command::{PROJECT_VARIABLE, STDERR, STDIN, line};
use super::find::{Agent, PROJECT};
use super::stream;
use super::template::{Values, fill};
use crate::agent::{WORKSPACE, join, writable};
use crate::sandbox::{Access, ExecSpec, ProcessId, Sandbox, SandboxError, Until};
use crate::scenario::{Compaction, CompactionStrategy, Permissions, Transport};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The home of every process in the sandbox.
const HOME: &str = "/home/agent";
/// The key that agents are given: none is needed, and many refuse to start without one.
const KEY: &str = "unreel";
/// How much of what it printed is shown of a program that failed without saying why.
const SHOWN_CHARS: usize = 300;

/// What a session is set up with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Root of the API.
    pub base_url: String,
    /// Model name of the scenario.
    pub model: String,
    /// Developer instructions.
    pub developer: Option<String>,
    /// Working folder, relative to the workspace.
    pub folder: String,
    /// What the program, and everything it starts, may write.
    pub permissions: Permissions,
    /// When and how to compact.
    pub compaction: Compaction,
    /// How its requests reach the server.
    pub transport: Transport,
    /// Budget of the whole session, seconds.
    pub seconds: u32,
}

/// A session of one agent.
#[derive(Debug)]
pub struct External {
    agent: Arc<Agent>,
    settings: Settings,
    sandbox: Arc<Sandbox>,
    session: Option<String>,
    begun: bool,
    /// The program of a turn under way, also of one whose future was dropped.
    running: Option<ProcessId>,
    deadline: Option<Instant>,
}

/// How a turn went, as far as the program tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnReport {
    /// Its exit code; `None` if it was killed at the budget.
    pub exit: Option<i32>,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// What it printed and said on standard error, for people.
    pub log: String,
}

fn at_home(path: &str) -> String {
    path.replace("$HOME", HOME)
}

impl External {
    /// A session that has not begun.
    #[must_use]
    pub fn new(agent: Arc<Agent>, settings: Settings, sandbox: Arc<Sandbox>) -> Self {
        Self {
            agent,
            settings,
            sandbox,
            session: None,
            begun: false,
            running: None,
            deadline: None,
        }
    }

    /// Another working folder from the next turn on.
    pub fn set_folder(&mut self, folder: &str) {
        folder.clone_into(&mut self.settings.folder);
    }

    /// Other permissions from the next turn on.
    pub fn set_permissions(&mut self, permissions: Permissions) {
        self.settings.permissions = permissions;
    }

    /// Another model from the next turn on; agents that name their own model keep it.
    pub fn set_model(&mut self, model: &str) {
        model.clone_into(&mut self.settings.model);
    }

    /// Runs the program with the user's message, to its end or that of the budget. Everything it
    /// started is dead when this returns.
    ///
    /// # Errors
    /// The sandbox fails.
    pub async fn turn(&mut self, message: &str) -> Result<TurnReport, SandboxError> {
        let budget = Duration::from_secs(u64::from(self.settings.seconds));
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + budget);
        let mut values = self.values(message);
        if !self.begun {
            self.prepare(&values).await?;
        }
        let agent = Arc::clone(&self.agent);
        let file = &agent.file;
        let arguments = match (&file.resume, self.begun) {
            (Some(resume), true) => resume,
            _ => &file.start,
        };
        if let Some(session) = &self.session {
            values.insert("session".into(), session.clone());
        }
        self.begun = true;
        if let Some(text) = &file.stdin {
            let text = fill(text, &values);
            self.sandbox.write(&at_home(STDIN), text.as_bytes(), false).await?;
        }
        let env = file.env.iter().map(|(name, value)| (name.clone(), fill(value, &values)));
        let project = (PROJECT_VARIABLE.to_owned(), PROJECT.to_owned());
        let spec = ExecSpec {
            cmd: line(&self.agent.program, arguments, file.stdin.is_some(), &values),
            workdir: join(WORKSPACE, &self.settings.folder),
            access: writable(&self.settings.permissions).map_or(Access::Full, Access::Write),
            interactive: false,
            network: true,
            env: env.chain([project]).collect(),
        };
        let process = self.sandbox.start_process(&spec).await?;
        self.running = Some(process);
        let left = deadline.saturating_duration_since(Instant::now());
        let millis = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let seen = self.sandbox.wait(process, &Until { text: None, millis: Some(millis) }).await?;
        self.kill().await?;
        let output = String::from_utf8_lossy(&seen.output).into_owned();
        let printed = stream::read(file, &output);
        if printed.session.is_some() {
            self.session.clone_from(&printed.session);
        }
        let errors = self.stderr().await?;
        let exit = seen.exited.map(|exited| exited.code);
        let error = match exit {
            Some(0) => None,
            Some(code) => {
                let last = errors.lines().rev().find(|line| !line.trim().is_empty());
                let last = last.unwrap_or(&printed.last_line).to_owned();
                let meaning = file.exits.get(&code).map(|meaning| format!(", {meaning}"));
                let said = printed.failure.unwrap_or(last);
                let said: String = said.trim().chars().take(SHOWN_CHARS).collect();
                let colon = if said.is_empty() { "" } else { ": " };
                Some(format!("exit code {code}{}{colon}{said}", meaning.unwrap_or_default()))
            }
            None => None,
        };
        Ok(TurnReport { exit, error, log: format!("{output}\n--- standard error\n{errors}") })
    }

    /// Ends the program, and everything it started, in the middle of a turn.
    ///
    /// # Errors
    /// The sandbox fails.
    pub async fn kill(&mut self) -> Result<(), SandboxError> {
        match self.running.take() {
            Some(process) => self.sandbox.kill(process).await,
            None => Ok(()),
        }
    }

    async fn stderr(&self) -> Result<String, SandboxError> {
        let text = self.sandbox.read(&at_home(STDERR)).await?;
        Ok(text.map_or(String::new(), |(bytes, _)| String::from_utf8_lossy(&bytes).into_owned()))
    }

    async fn prepare(&self, values: &Values) -> Result<(), SandboxError> {
        for (path, text) in &self.agent.file.files {
            let path = join(HOME, &fill(path, values));
            self.sandbox.write(&path, fill(text, values).as_bytes(), false).await?;
        }
        Ok(())
    }

    fn values(&self, message: &str) -> Values {
        let (file, settings) = (&self.agent.file, &self.settings);
        let Compaction { strategy, threshold, .. } = settings.compaction;
        let mut values = Values::new();
        let mut set = |name: &str, value: &str| values.insert(name.to_owned(), value.to_owned());
        set("base_url", &settings.base_url);
        set("key", KEY);
        set("model", file.model.as_deref().unwrap_or(&settings.model));
        set("prompt", message);
        set("folder", &join(WORKSPACE, &settings.folder));
        set("home", HOME);
        set("project", PROJECT);
        set("developer", settings.developer.as_deref().unwrap_or_default());
        let websocket = settings.transport == Transport::Websocket;
        set("websocket", if websocket { "true" } else { "false" });
        set("threshold", &(threshold + file.extra_tokens).to_string());
        let of_strategy = |strategy: CompactionStrategy| file.strategies.get(&strategy);
        let own = of_strategy(strategy).or_else(|| of_strategy(CompactionStrategy::None));
        for (name, value) in own.into_iter().flatten() {
            let value = fill(value, &values);
            values.insert(name.clone(), value);
        }
        values
    }
}
