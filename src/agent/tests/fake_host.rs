//! A host in memory. Its commands: `print TEXT`, `exit N`, `spin N TEXT` (is ready after N polls),
//! `serve` (says `ready`, echoes its input, ends when that is closed), `hang`, `leave` (descendants
//! hold its output), `flood N` (N lines), `bytes` (binary).

use crate::agent::host::Host;
use crate::sandbox::{ExecSpec, Exited, ProcessId, Progress, SandboxError, Until};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct FakeHost {
    pub(super) files: Mutex<BTreeMap<String, (Vec<u8>, bool)>>,
    pub(super) started: Mutex<Vec<ExecSpec>>,
    fed: Mutex<BTreeMap<ProcessId, (Vec<u8>, bool)>>,
    pub(super) killed: Mutex<Vec<ProcessId>>,
}

impl FakeHost {
    pub(super) fn put(&self, path: &str, content: &str) {
        let file = (content.as_bytes().to_vec(), false);
        self.files.lock().unwrap().insert(format!("/workspace/{path}"), file);
    }

    pub(super) fn get(&self, path: &str) -> Option<(String, bool)> {
        let files = self.files.lock().unwrap();
        let (bytes, executable) = files.get(&format!("/workspace/{path}"))?;
        Some((String::from_utf8(bytes.clone()).unwrap(), *executable))
    }
}

fn progress(output: impl Into<Vec<u8>>, exit: Option<i32>) -> Progress {
    Progress {
        output: output.into(),
        omitted: 0,
        omitted_at: 0,
        exited: exit.map(|code| Exited { code }),
        timed_out: false,
        lingering: false,
    }
}

impl Host for FakeHost {
    async fn read(&self, path: &str) -> Result<Option<(Vec<u8>, bool)>, SandboxError> {
        Ok(self.files.lock().unwrap().get(path).cloned())
    }

    async fn write(
        &self,
        path: &str,
        content: &[u8],
        executable: bool,
    ) -> Result<(), SandboxError> {
        let file = (content.to_vec(), executable);
        self.files.lock().unwrap().insert(path.to_owned(), file);
        Ok(())
    }

    async fn remove(&self, path: &str) -> Result<bool, SandboxError> {
        Ok(self.files.lock().unwrap().remove(path).is_some())
    }

    async fn is_dir(&self, path: &str) -> Result<bool, SandboxError> {
        let below = format!("{path}/");
        let files = self.files.lock().unwrap();
        Ok(path == "/workspace" || files.keys().any(|file| file.starts_with(&below)))
    }

    async fn start_process(&self, spec: &ExecSpec) -> Result<ProcessId, SandboxError> {
        let mut started = self.started.lock().unwrap();
        started.push(spec.clone());
        Ok(started.len() as ProcessId)
    }

    async fn wait(&self, process: ProcessId, until: &Until) -> Result<Progress, SandboxError> {
        let cmd = self.started.lock().unwrap()[process as usize - 1].cmd.clone();
        let (verb, rest) = cmd.split_once(' ').unwrap_or((&cmd, ""));
        Ok(match verb {
            "print" => progress(format!("{rest}\n"), Some(0)),
            "exit" => progress("", Some(rest.parse().unwrap())),
            "bytes" => progress([b'a', 0, 0xff, b'z'], Some(0)),
            "flood" => {
                let lines = (0..rest.parse().unwrap()).map(|n: u32| format!("line {n}\n"));
                progress(lines.collect::<String>(), Some(0))
            }
            "leave" => Progress { lingering: true, ..progress("left\n", Some(0)) },
            "spin" => {
                let (polls, text) = rest.split_once(' ').unwrap();
                for _ in 0..polls.parse::<u32>().unwrap() {
                    tokio::task::yield_now().await;
                }
                progress(format!("{text}\n"), Some(0))
            }
            "serve" => match self.fed.lock().unwrap().remove(&process) {
                None => progress("ready\n", None),
                Some((input, false)) => progress(input, None),
                Some((input, true)) => progress(input, Some(7)),
            },
            "hang" => {
                tokio::time::sleep(Duration::from_millis(until.millis.unwrap())).await;
                Progress { timed_out: true, ..progress("so far\n", None) }
            }
            other => progress(format!("{other}: not found\n"), Some(127)),
        })
    }

    async fn feed(
        &self,
        process: ProcessId,
        bytes: &[u8],
        close: bool,
    ) -> Result<(), SandboxError> {
        self.fed.lock().unwrap().insert(process, (bytes.to_vec(), close));
        Ok(())
    }

    async fn kill(&self, process: ProcessId) -> Result<(), SandboxError> {
        self.killed.lock().unwrap().push(process);
        Ok(())
    }
}
