//! The library's side of the sandbox.

use super::handover;
use super::link::{Asked, Link, broken};
use super::protocol::{Answer, Ask, SUBCOMMAND};
use super::spec::{Entry, ExecSpec, Guarantee, Progress, SandboxError, SandboxSpec, Until};
use std::collections::VecDeque;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process started in the sandbox: 1, 2, .. in the order of starts.
pub type ProcessId = u32;

/// How often, a millisecond apart, a closing helper is asked whether it has ended.
const PATIENCE: u32 = 60_000;

/// Files that are written ahead of the helper's answers, and their bytes, about.
const AHEAD_FILES: usize = 128;
const AHEAD_BYTES: usize = 8 << 20;

/// A running sandbox. Dropping it kills everything that was started in it, and returns when all of
/// it is gone (milliseconds).
///
/// All calls take `&self`: several waits may be open at once, one for each process. A future that
/// is dropped before it is done still happens, except `wait`: the next wait takes its place.
#[derive(Debug)]
pub struct Sandbox {
    link: Link,
    keeper: Child,
    missing: Vec<(Guarantee, String)>,
    listener: Option<TcpListener>,
}

impl Sandbox {
    /// Starts the helper (`helper` is the unreel binary, run with its hidden subcommand) and fills
    /// nothing yet: an empty `/workspace`.
    ///
    /// Must be called inside a tokio runtime with I/O, which the sandbox then belongs to.
    ///
    /// # Errors
    /// `Refused` if the mode is `require` and guarantees are missing; `Helper` if the helper cannot
    /// start or a program's folder cannot be read.
    pub async fn start(helper: &Path, spec: &SandboxSpec) -> Result<Self, SandboxError> {
        let failed = |error: std::io::Error| broken(&format!("{}: {error}", helper.display()));
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let (passed, passing) = UnixStream::pair().map_err(failed)?;
        let keeper = Command::new(helper)
            .arg(SUBCOMMAND)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(OwnedFd::from(passing)))
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut guard = Guard(Some(keeper));
        let link = Link::new(ours).map_err(failed)?;
        // From here on a drop clears up, whatever happens to this future.
        let keeper = guard.0.take().ok_or_else(|| broken("it was never there"))?;
        let mut sandbox = Self { link, keeper, missing: Vec::new(), listener: None };
        match sandbox.link.call(Ask::Start(spec.clone()), &[]).await?.0 {
            Answer::Ready(missing) => sandbox.missing = missing,
            other => return Err(odd(&other)),
        }
        if spec.listen.is_some() {
            // It was sent before the answer: this does not wait.
            sandbox.listener = Some(handover::receive(passed.as_fd()).map_err(failed)?);
        }
        Ok(sandbox)
    }

    /// The listener that was asked for by `listen`, once: what processes inside connect to.
    pub fn take_listener(&mut self) -> Option<TcpListener> {
        self.listener.take()
    }

    /// The guarantees that are missing here, each with the reason; empty when all hold.
    #[must_use]
    pub fn missing(&self) -> &[(Guarantee, String)] {
        &self.missing
    }

    /// Writes a file (parents are made), mode 0644 or 0755. Paths are absolute inside the sandbox
    /// (`/workspace/..`) or relative to `/workspace`.
    ///
    /// # Errors
    /// `File` if the path is a folder or cannot be written.
    pub async fn write(
        &self,
        path: &str,
        content: &[u8],
        executable: bool,
    ) -> Result<(), SandboxError> {
        let ask = Ask::Write { path: path.to_owned(), executable };
        done(&self.link.call(ask, content).await?.0)
    }

    /// Writes many files as [`Sandbox::write`] does, in the order given, without waiting for each:
    /// on a busy machine the way there and back costs more than the file.
    ///
    /// # Errors
    /// That of the first file that cannot be written; others may have been.
    pub async fn write_all<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a str, &'a [u8], bool)>,
    ) -> Result<(), SandboxError> {
        let (mut under_way, mut bytes) = (VecDeque::new(), 0);
        for (path, content, executable) in files {
            while under_way.len() >= AHEAD_FILES || (bytes > AHEAD_BYTES && !under_way.is_empty()) {
                bytes -= settle(&mut under_way).await?;
            }
            let asked = self.link.ask(Ask::Write { path: path.to_owned(), executable }, content)?;
            bytes += content.len();
            under_way.push_back((asked, content.len()));
        }
        while !under_way.is_empty() {
            settle(&mut under_way).await?;
        }
        Ok(())
    }

    /// A file's bytes and whether it is executable; `None` if there is none.
    ///
    /// # Errors
    /// `File` if the path is not a regular file or cannot be read.
    pub async fn read(&self, path: &str) -> Result<Option<(Vec<u8>, bool)>, SandboxError> {
        match self.link.call(Ask::Read { path: path.to_owned() }, &[]).await? {
            (Answer::File { executable }, content) => Ok(Some((content, executable))),
            (Answer::NoFile, _) => Ok(None),
            (other, _) => Err(odd(&other)),
        }
    }

    /// Removes a file; whether there was one.
    ///
    /// # Errors
    /// `File` if the path is a folder or cannot be removed.
    pub async fn remove(&self, path: &str) -> Result<bool, SandboxError> {
        yes(&self.link.call(Ask::Remove { path: path.to_owned() }, &[]).await?.0)
    }

    /// Everything below a folder, sorted by path (relative to it), without `.git`. Sockets, pipes
    /// and devices are left out.
    ///
    /// # Errors
    /// `File` if the folder or something in it cannot be read.
    pub async fn list(&self, path: &str) -> Result<Vec<Entry>, SandboxError> {
        match self.link.call(Ask::List { path: path.to_owned() }, &[]).await?.0 {
            Answer::Entries(entries) => Ok(entries),
            other => Err(odd(&other)),
        }
    }

    /// Whether the path is a folder.
    ///
    /// # Errors
    /// `Helper` if the helper is gone.
    pub async fn is_dir(&self, path: &str) -> Result<bool, SandboxError> {
        yes(&self.link.call(Ask::IsDir { path: path.to_owned() }, &[]).await?.0)
    }

    /// Starts a process; several may run at once.
    ///
    /// # Errors
    /// `File` if the working folder is not a folder, `Helper` if the process cannot be started.
    pub async fn start_process(&self, spec: &ExecSpec) -> Result<ProcessId, SandboxError> {
        match self.link.call(Ask::Spawn(spec.clone()), &[]).await?.0 {
            Answer::Process(process) => Ok(process),
            other => Err(odd(&other)),
        }
    }

    /// Waits until the process has ended or `until` holds, and gives the output since the last
    /// call, standard output and error merged in the order written. With `until.text` the output
    /// ends with that text, and what came after it (the end of the process too) is left to the next
    /// call: the answer does not depend on the machine's speed.
    ///
    /// # Errors
    /// `Helper` if there is no such process, or another wait took the place of this one.
    pub async fn wait(&self, process: ProcessId, until: &Until) -> Result<Progress, SandboxError> {
        match self.link.call(Ask::Wait { process, until: until.clone() }, &[]).await? {
            (Answer::Progress(seen), output) => Ok(Progress {
                output,
                omitted: seen.omitted,
                omitted_at: seen.omitted_at,
                exited: seen.exited,
                timed_out: seen.timed_out,
                lingering: seen.lingering,
            }),
            (other, _) => Err(odd(&other)),
        }
    }

    /// Writes to the standard input of an interactive process; `close` ends it.
    ///
    /// # Errors
    /// `Helper` if there is no such process, or its standard input is closed.
    pub async fn feed(
        &self,
        process: ProcessId,
        bytes: &[u8],
        close: bool,
    ) -> Result<(), SandboxError> {
        done(&self.link.call(Ask::Feed { process, close }, bytes).await?.0)
    }

    /// Kills a process and everything it started. `wait` then gives what it still said.
    ///
    /// # Errors
    /// `Helper` if there is no such process.
    pub async fn kill(&self, process: ProcessId) -> Result<(), SandboxError> {
        done(&self.link.call(Ask::Kill { process }, &[]).await?.0)
    }

    /// Ends everything and gives the memory back.
    ///
    /// # Errors
    /// `Helper` if the helper had to be killed, or ended badly.
    pub async fn stop(mut self) -> Result<(), SandboxError> {
        self.link.close();
        for _ in 0..PATIENCE {
            match self.keeper.try_wait() {
                Ok(None) => tokio::time::sleep(Duration::from_millis(1)).await,
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(broken(&status.to_string())),
                Err(error) => return Err(broken(&error.to_string())),
            }
        }
        Err(broken("it did not end"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.link.close();
        for _ in 0..PATIENCE {
            match self.keeper.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(1)),
                _ => return,
            }
        }
        end(&mut self.keeper);
    }
}

/// Waits for the first of the writes that are under way; gives its bytes.
async fn settle(under_way: &mut VecDeque<(Asked, usize)>) -> Result<usize, SandboxError> {
    let Some((asked, bytes)) = under_way.pop_front() else { return Ok(0) };
    done(&asked.answer().await?.0)?;
    Ok(bytes)
}

/// Ends a keeper that no sandbox owns yet.
struct Guard(Option<Child>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(keeper) = &mut self.0 {
            end(keeper);
        }
    }
}

fn end(keeper: &mut Child) {
    // Both fail only if it has ended already.
    let _ = keeper.kill();
    let _ = keeper.wait();
}

fn done(answer: &Answer) -> Result<(), SandboxError> {
    if matches!(answer, Answer::Done) { Ok(()) } else { Err(odd(answer)) }
}

fn yes(answer: &Answer) -> Result<bool, SandboxError> {
    if let Answer::Yes(yes) = answer { Ok(*yes) } else { Err(odd(answer)) }
}

fn odd(answer: &Answer) -> SandboxError {
    broken(&format!("it gave the wrong kind of answer: {answer:?}"))
}
