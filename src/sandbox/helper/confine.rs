//! What happens between fork and exec of a command: session, signals, limits, confinement.

use super::fork::die_with_parent;
use super::places::{HOME, TEMPORARY};
use super::world::{World, Writes};
use crate::sandbox::spec::{Access, ExecSpec};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::path::PathBuf;

/// Open files of a command, and how far it may raise that: what every system gives.
const OPEN_FILES: (u64, u64) = (1024, 4096);
/// Stack of a command, bytes.
const STACK: u64 = 8 << 20;

/// The folders that a process with limited writes may write to, where they really are.
fn writable(world: &World, folders: &[String]) -> Vec<PathBuf> {
    let always = [TEMPORARY, HOME, "/dev"];
    let asked = folders.iter().map(String::as_str);
    asked.chain(always).map(|folder| world.places.real(folder)).collect()
}

/// Everything that a command is put under.
pub(super) struct Limits {
    writable: Option<Vec<PathBuf>>,
    writes: Writes,
    #[cfg(target_os = "linux")]
    powerless: bool,
    #[cfg(target_os = "linux")]
    no_sockets: bool,
    file_bytes: u64,
    processes: Option<u64>,
}

impl Limits {
    pub(super) fn of(world: &World, spec: &ExecSpec) -> Self {
        let writable = match &spec.access {
            Access::Full => None,
            Access::Write(folders) => Some(writable(world, folders)),
        };
        Self {
            writable,
            writes: world.confine.writes,
            #[cfg(target_os = "linux")]
            powerless: world.confine.powerless,
            #[cfg(target_os = "linux")]
            no_sockets: world.confine.no_sockets && !spec.network,
            file_bytes: world.spec.limits.file_bytes,
            processes: world.confine.processes,
        }
    }

    /// Puts this process under them; it runs the command next.
    pub(super) fn enter(&self) -> io::Result<()> {
        // Elsewhere the reaper leads the session, to be killed with it.
        #[cfg(target_os = "linux")]
        rustix::process::setsid()?;
        die_with_parent();
        default_signals();
        limit(Resource::Core, 0, Some(0))?;
        limit(Resource::Fsize, self.file_bytes, Some(self.file_bytes))?;
        limit(Resource::Nofile, OPEN_FILES.0, Some(OPEN_FILES.1))?;
        limit(Resource::Stack, STACK, None)?;
        if let Some(processes) = self.processes {
            limit(Resource::Nproc, processes, Some(processes))?;
        }
        #[cfg(target_os = "linux")]
        self.enter_linux()?;
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn enter_linux(&self) -> io::Result<()> {
        use super::{guard, root};
        // SAFETY: sets a flag of this process. Where it is refused addresses stay random, which
        // shows only in programs that print them.
        unsafe { libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong) };
        match (&self.writable, self.writes) {
            (None, _) | (_, Writes::Free) => {}
            (Some(folders), Writes::Landlock) => guard::limit_writes(folders)?,
            (Some(folders), Writes::Mounts) => root::limit_writes(folders)?,
        }
        if self.powerless {
            guard::drop_powers()?;
        }
        if self.no_sockets {
            guard::deny_sockets()?;
        }
        Ok(())
    }
}

/// Sets a limit, and how far it may be raised (`None`: as far as now); never above what we have.
fn limit(resource: Resource, value: u64, most: Option<u64>) -> io::Result<()> {
    let had = getrlimit(resource).maximum;
    let maximum = had.into_iter().chain(most).min();
    let current = maximum.map_or(value, |maximum| maximum.min(value));
    Ok(setrlimit(resource, Rlimit { current: Some(current), maximum })?)
}

/// Undoes what the harness's own parent may have ignored (`nohup`): it would reach the command.
fn default_signals() {
    for signal in 1..32 {
        // SAFETY: no handler is installed; the refused ones (KILL, STOP) stay as they are.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}
