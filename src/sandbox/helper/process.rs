//! One command, as the event loop sees it.

use super::super::protocol::{Answer, Seen};
use super::super::spec::{ExecSpec, Exited, Until};
use super::output::{Output, Search, Taken};
use super::reaper::{self, Ends};
use super::rewrite::Rewrite;
use super::tree;
use super::world::World;
use rustix::io::{Errno, ioctl_fionbio, read, write};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Pid;
use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Exit code of a command whose reaper was killed with it (`kill -9 -1`).
const KILLED: i32 = 128 + 9;
/// How long output may come after the command itself has ended. A shell that starts a job in the
/// background ends before the job has even redirected its output, so an open pipe at that moment
/// says nothing. Time decides only about processes that hold it on: `lingering`, and killed.
const GRACE: Duration = Duration::from_secs(1);
/// Bytes of one read.
const PIECE: usize = 64 << 10;

/// A command and what is known of it.
#[derive(Debug)]
pub(super) struct Process {
    /// Until nothing is left of the command.
    pub(super) reaper: Option<Pid>,
    /// Its reports; open as long as the reaper lives.
    pub(super) status: Option<OwnedFd>,
    /// Standard output and error; until its end, or that of the command.
    pub(super) output: Option<OwnedFd>,
    /// Standard input, while it is open.
    pub(super) input: Option<OwnedFd>,
    unfed: VecDeque<u8>,
    close_when_fed: bool,
    said: Output,
    rewrite: Rewrite,
    code: Option<i32>,
    /// When the pipe is closed for those who still hold it, once the command has ended.
    grace: Option<Instant>,
    lingering: bool,
    wait: Option<Wait>,
}

/// An open `wait`.
#[derive(Debug)]
struct Wait {
    id: u64,
    search: Option<Search>,
    until: Option<Instant>,
}

/// An answer that has become due.
pub(super) type Due = (u64, Answer, Vec<u8>);

impl Process {
    /// Starts a command in a real folder.
    pub(super) fn start(world: &World, spec: &ExecSpec, folder: &Path) -> io::Result<Self> {
        let (output, output_end) = pipe_with(PipeFlags::CLOEXEC)?;
        let (status, status_end) = pipe_with(PipeFlags::CLOEXEC)?;
        let (input, input_end) = if spec.interactive {
            let (end, input) = pipe_with(PipeFlags::CLOEXEC)?;
            ioctl_fionbio(&input, true)?;
            (Some(input), Stdio::from(end))
        } else {
            (None, Stdio::null())
        };
        ioctl_fionbio(&output, true)?;
        let ends = Ends { stdin: input_end, output: output_end, status: status_end };
        let reaper = reaper::spawn(world, spec, folder, ends)?;
        let started = reaper::started(&status);
        if let Err(error) = started {
            tree::reap();
            return Err(error);
        }
        Ok(Self {
            reaper: Some(reaper),
            status: Some(status),
            output: Some(output),
            input,
            unfed: VecDeque::new(),
            close_when_fed: false,
            said: Output::new(world.spec.limits.output_bytes),
            rewrite: Rewrite::new(world.places.replacements()),
            code: None,
            grace: None,
            lingering: false,
            wait: None,
        })
    }

    /// Opens a wait, in place of an earlier one.
    pub(super) fn wait(&mut self, id: u64, until: &Until) -> Vec<Due> {
        let mut due = Vec::new();
        if let Some(earlier) = self.wait.take() {
            let cause = "another wait for the same process took its place";
            due.push((earlier.id, Answer::failed(cause), Vec::new()));
        }
        let mut search = until.text.as_deref().map(Search::new);
        if let Some(search) = &mut search {
            if let Some(taken) = self.said.take_to(search.text()) {
                due.push(self.answer(id, taken, false, false));
                return due;
            }
            search.resume(&self.said.end(search.text().len()));
        }
        let until = until.millis.map(|millis| Instant::now() + Duration::from_millis(millis));
        self.wait = Some(Wait { id, search, until });
        due.extend(self.ended());
        due
    }

    /// How long until something is due by time.
    pub(super) fn remaining(&self, now: Instant) -> Option<Duration> {
        let until = self.wait.as_ref().and_then(|wait| wait.until);
        let first = until.into_iter().chain(self.grace).min()?;
        Some(first.saturating_duration_since(now))
    }

    /// What is due by time: the end of those who hold the output, the answer of a wait.
    pub(super) fn pass_time(&mut self, now: Instant) -> Vec<Due> {
        let mut due = Vec::new();
        if self.grace.is_some_and(|grace| grace <= now) {
            self.lingering = true;
            self.kill();
            due.extend(self.hear());
            self.output = None;
            due.extend(self.settle());
        }
        if let Some(wait) = self.wait.take_if(|wait| wait.until.is_some_and(|until| until <= now)) {
            let taken = self.said.take();
            due.push(self.answer(wait.id, taken, true, false));
        }
        due
    }

    /// Takes in what the command has said: one piece, so that others get their turn.
    pub(super) fn hear(&mut self) -> Vec<Due> {
        let Some(output) = self.output.as_ref() else { return Vec::new() };
        let mut piece = vec![0; PIECE];
        match read(output, &mut piece) {
            Err(Errno::AGAIN | Errno::INTR) => return Vec::new(),
            Ok(length) if length > 0 => {
                let bytes = self.rewrite.push(&piece[..length]);
                return self.found(&bytes).into_iter().collect();
            }
            _ => self.output = None,
        }
        self.settle()
    }

    /// Takes in what the reaper reports: the exit code, later its own end. `orphans` kills what the
    /// reaper of this process can no longer account for.
    pub(super) fn report(&mut self, orphans: impl FnOnce()) -> Vec<Due> {
        let Some(status) = self.status.as_ref() else { return Vec::new() };
        let mut code = [0; 4];
        // Four bytes are written at once, so they are read at once.
        match read(status, &mut code) {
            Err(Errno::INTR | Errno::AGAIN) => return Vec::new(),
            Ok(4) if self.code.is_none() => self.code = Some(i32::from_le_bytes(code)),
            _ => {
                self.status = None;
                self.reaper = None;
                tree::reap();
                if self.code.is_some() {
                    return Vec::new();
                }
                orphans();
                self.code = Some(KILLED);
            }
        }
        self.input = None;
        self.grace = Some(Instant::now() + GRACE);
        self.settle()
    }

    /// Queues bytes for standard input.
    pub(super) fn feed(&mut self, bytes: &[u8], close: bool) -> Answer {
        if self.input.is_none() || self.close_when_fed {
            return Answer::failed("standard input of the process is closed");
        }
        self.unfed.extend(bytes);
        self.close_when_fed = close;
        self.pass_on();
        Answer::Done
    }

    /// Whether standard input has bytes to take.
    pub(super) fn hungry(&self) -> bool {
        !self.unfed.is_empty()
    }

    /// Writes what fits into standard input.
    pub(super) fn pass_on(&mut self) {
        while let (Some(input), false) = (&self.input, self.unfed.is_empty()) {
            match write(input, self.unfed.as_slices().0) {
                Ok(length) => drop(self.unfed.drain(..length)),
                Err(Errno::AGAIN) => return,
                Err(Errno::INTR) => {}
                // The command reads no more.
                Err(_) => {
                    self.input = None;
                    self.unfed.clear();
                }
            }
        }
        if self.close_when_fed {
            self.input = None;
        }
    }

    /// Kills the command and what it started.
    pub(super) fn kill(&self) {
        if let Some(reaper) = self.reaper {
            tree::kill_below(reaper, &[]);
        }
    }

    /// Ends the story once the command has ended and its output too.
    fn settle(&mut self) -> Vec<Due> {
        if self.code.is_none() || self.output.is_some() {
            return Vec::new();
        }
        self.grace = None;
        let rest = self.rewrite.finish();
        let found = self.found(&rest);
        found.into_iter().chain(self.ended()).collect()
    }

    /// Keeps replaced output, and answers a wait whose text is in it.
    fn found(&mut self, bytes: &[u8]) -> Option<Due> {
        let search = self.wait.as_mut().and_then(|wait| wait.search.as_mut());
        let Some(end) = search.and_then(|search| search.push(bytes)) else {
            self.said.push(bytes);
            return None;
        };
        self.said.push(&bytes[..end]);
        let taken = self.said.take();
        self.said.push(&bytes[end..]);
        let wait = self.wait.take()?;
        Some(self.answer(wait.id, taken, false, false))
    }

    /// The answer of an open wait, if the command has ended.
    fn ended(&mut self) -> Option<Due> {
        if self.code.is_none() || self.output.is_some() {
            return None;
        }
        let wait = self.wait.take()?;
        let taken = self.said.take();
        Some(self.answer(wait.id, taken, false, true))
    }

    fn answer(&self, id: u64, taken: Taken, timed_out: bool, ended: bool) -> Due {
        let seen = Seen {
            omitted: taken.omitted,
            omitted_at: taken.omitted_at,
            exited: self.code.filter(|_| ended).map(|code| Exited { code }),
            timed_out,
            lingering: ended && self.lingering,
        };
        (id, Answer::Progress(seen), taken.bytes)
    }
}
