//! The process that the client starts: standard input is the socket to it, standard output another
//! one for handing out a listener. It tries one set-up after the other, each in a fork of its
//! own, since half a set-up cannot be undone; then it waits, and clears up after the helper.

use super::super::handover;
use super::super::protocol::{Answer, Ask, Call, Frame, Reply, decode, encode};
use super::super::spec::{Guarantee, Mode, SandboxSpec};
use super::fork::{adopt_orphans, die_with_parent, fork, leave};
#[cfg(target_os = "linux")]
use super::namespaces;
use super::world::World;
use super::{event_loop, files, folder, tree};
use rustix::process::{WaitOptions, waitpid};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// What a set-up that worked says to the keeper; anything else is the reason why it did not.
const WORKS: &str = "works";

/// The client's first call: what to set up, and what else had come in by then.
struct First {
    id: u64,
    spec: SandboxSpec,
    rest: Vec<u8>,
}

/// Runs the sandbox helper: the hidden subcommand. Standard input is the socket to the client.
/// Gives the exit code. Must be called before this process has a second thread.
#[must_use]
pub fn helper_main() -> i32 {
    // There is nobody to tell about an error: the client is gone, or learns it by our end.
    run().map_or(1, |()| 0)
}

fn run() -> io::Result<()> {
    let mut socket = take_socket()?;
    // Ctrl-C at the terminal is for the client. Fails only if we lead a session already.
    let _ = rustix::process::setsid();
    rustix::process::umask(rustix::fs::Mode::WGRP | rustix::fs::Mode::WOTH);
    adopt_orphans();
    let Some(first) = first_call(&mut socket)? else { return Ok(()) };
    if let Err(why) = programs_are_there(&first.spec) {
        return say(&mut socket, first.id, Answer::failed(why));
    }
    let mut refused = Vec::new();
    #[cfg(target_os = "linux")]
    if first.spec.mode != Mode::None {
        for kind in namespaces::Kind::possible() {
            match attempt(|| namespaces::enter(kind, &first.spec), &socket, &first, false)? {
                None => return Ok(()),
                Some(why) => refused.push(format!("{}: {why}", kind.name())),
            }
        }
    }
    let root = match folder::make(&first.spec.scratch) {
        Ok(root) => root,
        Err(error) => {
            let why = format!("{}: {error}", first.spec.scratch.display());
            return say(&mut socket, first.id, Answer::failed(why));
        }
    };
    let why = refused.join("; ");
    let works = attempt(|| folder::enter(&root, &first.spec, &why), &socket, &first, true);
    let removed = files::remove_tree(&root);
    match works? {
        Some(why) => say(&mut socket, first.id, Answer::failed(why)),
        None => removed,
    }
}

/// Sets up in a fork, and if that works serves there to the end. Gives the reason if it does not;
/// the `last` attempt also answers a client that requires more than it has.
fn attempt(
    set_up: impl FnOnce() -> io::Result<World>,
    socket: &UnixStream,
    first: &First,
    last: bool,
) -> io::Result<Option<String>> {
    let (mut told, teller) = io::pipe()?;
    if let Some(pid) = fork()? {
        drop(teller);
        let mut text = String::new();
        told.read_to_string(&mut text)?;
        let ended = waitpid(Some(pid), WaitOptions::empty());
        tree::kill_below(rustix::process::getpid(), &[]);
        ended?;
        return Ok(Some(text).filter(|text| text != WORKS));
    }
    drop(told);
    die_with_parent();
    leave(match begin(set_up, socket, first, last, teller) {
        Ok(()) => 0,
        Err(_) => 1,
    })
}

fn begin(
    set_up: impl FnOnce() -> io::Result<World>,
    socket: &UnixStream,
    first: &First,
    last: bool,
    mut teller: impl Write,
) -> io::Result<()> {
    let mut socket = socket.try_clone()?;
    let mut world = match set_up() {
        Ok(world) => world,
        Err(error) => return write!(teller, "{error}"),
    };
    let required = first.spec.mode == Mode::Require && !world.missing.is_empty();
    if required && !last {
        return write!(teller, "{}", list(&world.missing));
    }
    write!(teller, "{WORKS}")?;
    drop(teller);
    if required {
        return say(&mut socket, first.id, Answer::Refused(list(&world.missing)));
    }
    if let Some(listener) = world.listener.take() {
        handover::send(io::stdout().as_fd(), &listener)?;
    }
    nothing_at(1)?;
    say(&mut socket, first.id, Answer::Ready(world.missing.clone()))?;
    event_loop::serve(world, socket, first.rest.clone())
}

/// Missing guarantees in one line.
fn list(missing: &[(Guarantee, String)]) -> String {
    let each: Vec<_> = missing.iter().map(|(what, why)| format!("{what}: {why}")).collect();
    each.join("; ")
}

/// Takes the socket from standard input, and leaves nothing there.
fn take_socket() -> io::Result<UnixStream> {
    let input = io::stdin();
    let socket = UnixStream::from(input.as_fd().try_clone_to_owned()?);
    nothing_at(0)?;
    Ok(socket)
}

/// Puts the null device in the place of a standard descriptor.
fn nothing_at(place: i32) -> io::Result<()> {
    let nothing = OwnedFd::from(File::options().read(true).write(true).open("/dev/null")?);
    // SAFETY: replaces descriptor 0 or 1, which std never closes.
    match unsafe { libc::dup2(nothing.as_raw_fd(), place) } {
        ..0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// `None` if the client went away first.
fn first_call(socket: &mut UnixStream) -> io::Result<Option<First>> {
    let mut rest = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        if let Some(Frame { head: Call { id, ask }, .. }) = decode(&mut rest)? {
            let Ask::Start(spec) = ask else { return Err(io::ErrorKind::InvalidData.into()) };
            return Ok(Some(First { id, spec, rest }));
        }
        match socket.read(&mut piece)? {
            0 => return Ok(None),
            length => rest.extend(&piece[..length]),
        }
    }
}

fn say(socket: &mut UnixStream, id: u64, answer: Answer) -> io::Result<()> {
    socket.write_all(&encode(&Reply { id, answer }, &[])?)
}

/// A program that cannot be read is the caller's mistake, not a reason for a fallback.
fn programs_are_there(spec: &SandboxSpec) -> Result<(), String> {
    for program in &spec.programs {
        let folder = program.host.join(&program.bin);
        std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        if !program.at.starts_with('/') || program.at.contains("..") {
            return Err(format!("{:?} is not an absolute path in the sandbox", program.at));
        }
    }
    Ok(())
}
