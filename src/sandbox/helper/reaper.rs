//! One process between the helper and each command: it starts `sh`, adopts and reaps whatever the
//! command leaves behind, and so ties a daemon to the command that made it.

use super::fork::{adopt_orphans, die_with_parent, fork, keep_only, leave};
use super::world::World;
use super::{confine, environment};
use crate::sandbox::spec::ExecSpec;
use rustix::process::{Pid, WaitOptions, WaitStatus, wait};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

const STARTED: u8 = 1;

/// The three ends that a command gets, and where its reaper reports.
pub(super) struct Ends {
    pub(super) stdin: Stdio,
    pub(super) output: OwnedFd,
    pub(super) status: OwnedFd,
}

/// Forks a reaper. It writes to `status`: one byte once the command runs, else an error text; then
/// the exit code (i32). It closes it when nothing is left of the command.
pub(super) fn spawn(world: &World, spec: &ExecSpec, folder: &Path, ends: Ends) -> io::Result<Pid> {
    if let Some(pid) = fork()? {
        return Ok(pid);
    }
    die_with_parent();
    adopt_orphans();
    #[cfg(not(target_os = "linux"))]
    // A child of a fork leads no group yet, so this cannot fail.
    let _ = rustix::process::setsid();
    let Ends { stdin, output, status } = ends;
    let mut status = File::from(status);
    match command(world, spec, folder, stdin, output).and_then(|mut command| command.spawn()) {
        // Dropping the command closes its ends here, `Child` none of them.
        Ok(child) => watch(child.id(), status),
        Err(error) => {
            // The helper reads this; if it is gone there is nobody to tell.
            let _ = write!(status, "{error}");
            leave(1)
        }
    }
}

/// Waits until a command runs: its reaper's first word. A reaper that says nothing was killed by its
/// own command, which has thus run.
pub(super) fn started(status: &OwnedFd) -> io::Result<()> {
    let mut status = File::from(status.try_clone()?);
    let mut first = [0];
    match status.read(&mut first)? {
        0 => Ok(()),
        1 if first[0] == STARTED => Ok(()),
        _ => {
            let mut text = vec![first[0]];
            status.read_to_end(&mut text)?;
            Err(io::Error::other(String::from_utf8_lossy(&text).into_owned()))
        }
    }
}

fn command(
    world: &World,
    spec: &ExecSpec,
    folder: &Path,
    stdin: Stdio,
    output: OwnedFd,
) -> io::Result<Command> {
    let mut command = Command::new("/bin/sh");
    command
        .arg0("sh")
        .args(["-c", &spec.cmd])
        .env_clear()
        .envs(environment::environment(&world.spec, &world.places, folder, &spec.env))
        .current_dir(folder)
        .stdin(stdin)
        .stdout(output.try_clone()?)
        .stderr(output);
    let limits = confine::Limits::of(world, spec);
    // SAFETY: this process has one thread, so its forked child may allocate and lock.
    unsafe { command.pre_exec(move || limits.enter()) };
    Ok(command)
}

fn watch(main: u32, status: File) -> ! {
    let Ok(status) = keep_only(OwnedFd::from(status)) else { leave(1) };
    let mut status = File::from(status);
    // A status pipe that the helper has closed is no reason to stop reaping.
    let _ = status.write_all(&[STARTED]);
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, ended))) if u32::try_from(pid.as_raw_nonzero().get()) == Ok(main) => {
                let _ = status.write_all(&code(ended).to_le_bytes());
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => leave(0),
        }
    }
}

fn code(ended: WaitStatus) -> i32 {
    ended.exit_status().unwrap_or_else(|| 128 + ended.terminating_signal().unwrap_or_default())
}
