//! The helper's event loop: the socket, the pipes of all commands, the waits with a time.

use super::super::protocol::{Answer, Ask, Call, Frame, Reply, decode, encode};
use super::super::spec::ExecSpec;
use super::process::{Due, Process};
use super::world::World;
use super::{files, tree};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

/// Bytes of one read from the socket.
const PIECE: usize = 256 << 10;

/// What a polled descriptor belongs to.
#[derive(Clone, Copy)]
enum Source {
    Socket,
    Input(u32),
    Output(u32),
    Status(u32),
}

/// A serving helper.
struct Helper {
    world: World,
    socket: UnixStream,
    /// Received, not yet a whole frame; to send, not yet sent.
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    processes: BTreeMap<u32, Process>,
    started: u32,
}

/// Serves until the client closes the socket, then kills what is left.
pub(super) fn serve(world: World, socket: UnixStream, incoming: Vec<u8>) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let mut helper = Helper {
        world,
        socket,
        incoming,
        outgoing: Vec::new(),
        processes: BTreeMap::new(),
        started: 0,
    };
    let end = helper.run();
    #[cfg(not(target_os = "linux"))]
    helper.processes.values().for_each(Process::kill);
    tree::kill_below(rustix::process::getpid(), &[]);
    end
}

impl Helper {
    fn run(&mut self) -> io::Result<()> {
        loop {
            self.answer_calls()?;
            self.send()?;
            for (source, flags) in self.poll()? {
                match source {
                    Source::Socket if flags.intersects(PollFlags::IN | PollFlags::HUP) => {
                        if !self.receive()? {
                            return Ok(());
                        }
                    }
                    Source::Socket => {}
                    Source::Input(id) => self.with(id, |process| {
                        process.pass_on();
                        Vec::new()
                    })?,
                    Source::Output(id) => self.with(id, Process::hear)?,
                    Source::Status(id) => self.report(id)?,
                }
            }
            let now = Instant::now();
            let due: Vec<_> = self.processes.values_mut().flat_map(|p| p.pass_time(now)).collect();
            self.reply_all(due)?;
            tree::reap();
        }
    }

    /// Waits until something happens, or a wait's time is over.
    fn poll(&self) -> io::Result<Vec<(Source, PollFlags)>> {
        let mut sources = vec![Source::Socket];
        let out = if self.outgoing.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        let mut polled = vec![PollFd::new(&self.socket, PollFlags::IN | out)];
        for (id, process) in &self.processes {
            // Output before status: what was said before the end is heard before it.
            let ends = [
                (&process.output, Source::Output(*id), PollFlags::IN),
                (&process.status, Source::Status(*id), PollFlags::IN),
            ];
            let hungry = (&process.input, Source::Input(*id), PollFlags::OUT);
            for (end, source, flags) in ends.into_iter().chain(process.hungry().then_some(hungry)) {
                if let Some(end) = end {
                    sources.push(source);
                    polled.push(PollFd::new(end, flags));
                }
            }
        }
        let now = Instant::now();
        let first = self.processes.values().filter_map(|process| process.remaining(now)).min();
        let time = first.and_then(|first| Timespec::try_from(first).ok());
        match poll(&mut polled, time.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = sources.into_iter().zip(polled.iter().map(PollFd::revents));
        Ok(ready.filter(|(_, flags)| !flags.is_empty()).collect())
    }

    /// Whether the client is still there.
    fn receive(&mut self) -> io::Result<bool> {
        let mut piece = vec![0; PIECE];
        match self.socket.read(&mut piece) {
            Ok(0) => Ok(false),
            Ok(length) => {
                self.incoming.extend(&piece[..length]);
                Ok(true)
            }
            Err(error) if passing(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn send(&mut self) -> io::Result<()> {
        while !self.outgoing.is_empty() {
            match self.socket.write(&self.outgoing) {
                Ok(length) => drop(self.outgoing.drain(..length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn reply(&mut self, id: u64, answer: Answer, body: &[u8]) -> io::Result<()> {
        self.outgoing.extend(encode(&Reply { id, answer }, body)?);
        Ok(())
    }

    fn reply_all(&mut self, due: impl IntoIterator<Item = Due>) -> io::Result<()> {
        due.into_iter().try_for_each(|(id, answer, body)| self.reply(id, answer, &body))
    }

    fn with(&mut self, id: u32, work: impl FnOnce(&mut Process) -> Vec<Due>) -> io::Result<()> {
        let due = self.processes.get_mut(&id).map(work);
        self.reply_all(due.unwrap_or_default())
    }

    fn report(&mut self, id: u32) -> io::Result<()> {
        let others: Vec<_> = self
            .processes
            .iter()
            .filter(|(other, _)| **other != id)
            .filter_map(|(_, process)| process.reaper)
            .collect();
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        // Without their reaper, the descendants of a command are our own children.
        let due = process.report(|| tree::kill_below(rustix::process::getpid(), &others));
        self.reply_all(due)
    }

    /// Answers every whole call that has come in.
    fn answer_calls(&mut self) -> io::Result<()> {
        while let Some(Frame { head: Call { id, ask }, body }) = decode(&mut self.incoming)? {
            if let Ask::Wait { process, until } = &ask
                && let Some(process) = self.processes.get_mut(process)
            {
                let due = process.wait(id, until);
                self.reply_all(due)?;
                continue;
            }
            let (answer, body) = self.answer(ask, &body);
            self.reply(id, answer, &body)?;
        }
        Ok(())
    }

    fn answer(&mut self, ask: Ask, body: &[u8]) -> (Answer, Vec<u8>) {
        let real = |path: &str| self.world.places.real(path);
        let answer = match ask {
            Ask::Read { path } => match files::read(&real(&path)) {
                Ok(Some((content, executable))) => return (Answer::File { executable }, content),
                Ok(None) => Answer::NoFile,
                Err(error) => Answer::file(&path, error),
            },
            Ask::Write { path, executable } => match files::write(&real(&path), body, executable) {
                Ok(()) => Answer::Done,
                Err(error) => Answer::file(&path, error),
            },
            Ask::Remove { path } => match files::remove(&real(&path)) {
                Ok(removed) => Answer::Yes(removed),
                Err(error) => Answer::file(&path, error),
            },
            Ask::List { path } => files::list(&path, &real(&path)),
            Ask::IsDir { path } => Answer::Yes(real(&path).is_dir()),
            Ask::Spawn(spec) => {
                let folder = real(&spec.workdir);
                if folder.is_dir() {
                    self.spawn(&spec, &folder)
                } else {
                    Answer::file(&spec.workdir, "the working folder is not a folder")
                }
            }
            Ask::Feed { process, close } => match self.processes.get_mut(&process) {
                Some(process) => process.feed(body, close),
                None => unknown(process),
            },
            Ask::Kill { process } => match self.processes.get(&process) {
                Some(process) => {
                    process.kill();
                    Answer::Done
                }
                None => unknown(process),
            },
            Ask::Wait { process, .. } => unknown(process),
            Ask::Start(_) => Answer::failed("the sandbox has started already"),
        };
        (answer, Vec::new())
    }

    fn spawn(&mut self, spec: &ExecSpec, folder: &Path) -> Answer {
        self.world.renumber(self.started);
        match Process::start(&self.world, spec, folder) {
            Ok(process) => {
                self.started += 1;
                self.processes.insert(self.started, process);
                Answer::Process(self.started)
            }
            Err(error) => Answer::failed(format!("{:?} cannot be started: {error}", spec.cmd)),
        }
    }
}

fn unknown(process: u32) -> Answer {
    Answer::failed(format!("there is no process {process}"))
}

fn passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
