//! One command, as the event loop sees it.

use super::super::protocol::{Answer, Seen};
use super::super::spec::{ExecSpec, Exited, Until};
use super::output::{Output, Search, Taken};
use super::reaper::{self, Ends};
use super::rewrite::Rewrite;
use super::tree;
use super::world::World;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionread, read, write};
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
            rustix::io::ioctl_fionbio(&input, true)?;
            (Some(input), Stdio::from(end))
        } else {
            (None, Stdio::null())
        };
        rustix::io::ioctl_fionbio(&output, true)?;
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

    /// How long until the open wait returns by time.
    pub(super) fn remaining(&self, now: Instant) -> Option<Duration> {
        Some(self.wait.as_ref()?.until?.saturating_duration_since(now))
    }

    /// The answer of a wait whose time is over.
    pub(super) fn timed_out(&mut self, now: Instant) -> Option<Due> {
        let wait = self.wait.take_if(|wait| wait.until.is_some_and(|until| until <= now))?;
        let taken = self.said.take();
        Some(self.answer(wait.id, taken, true, false))
    }

    /// Takes in what the command has said: one piece, so that others get their turn.
    pub(super) fn hear(&mut self) -> Option<Due> {
        let output = self.output.as_ref()?;
        let mut piece = vec![0; PIECE];
        match read(output, &mut piece) {
            Ok(0) => self.output = None,
            Ok(length) => return self.say(&piece[..length]),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.output = None,
        }
        None
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
        let mut due: Vec<_> = self.drain().into_iter().collect();
        let rest = self.rewrite.finish();
        due.extend(self.found(&rest));
        due.extend(self.ended());
        due
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

    /// Reads what is in the pipe now. Whoever holds it open still is killed: its output would come
    /// or not by chance.
    fn drain(&mut self) -> Vec<Due> {
        let mut due = Vec::new();
        let Some(output) = self.output.take() else { return due };
        let mut left = ioctl_fionread(&output).unwrap_or(0);
        let mut piece = vec![0; PIECE];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            match read(&output, &mut piece[..most]) {
                Ok(0) | Err(Errno::AGAIN) => break,
                Ok(length) => {
                    left -= length as u64;
                    due.extend(self.say(&piece[..length]));
                }
                Err(Errno::INTR) => {}
                Err(_) => break,
            }
        }
        let mut end = [PollFd::new(&output, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let closed = poll(&mut end, Some(&now)) == Ok(1)
            && end[0].revents().contains(PollFlags::HUP)
            && !end[0].revents().contains(PollFlags::IN);
        if !closed {
            self.lingering = true;
            self.kill();
        }
        due
    }

    fn say(&mut self, bytes: &[u8]) -> Option<Due> {
        let bytes = self.rewrite.push(bytes);
        self.found(&bytes)
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
        self.code?;
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
