//! Namespaces: as any user through a user namespace, as root without one.

use super::super::spec::{Guarantee, SandboxSpec};
use super::fork::{adopt_orphans, die_with_parent, fork, wait_for};
use super::places::Places;
use super::world::{Confine, World, Writes};
use super::{guard, loopback, root};
use rustix::process::{Gid, Uid, getegid, geteuid};
use rustix::thread::{CapabilitySet, UnshareFlags};
use std::fs::{self, File};
use std::io;

/// User and group id inside.
pub(super) const AGENT: u32 = 1000;
/// The number after which the next process is numbered (`CONFIG_CHECKPOINT_RESTORE`).
const LAST_PID: &str = "/proc/sys/kernel/ns_last_pid";
const HOST_NAME: &[u8] = b"unreel";

/// How namespaces are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In a user namespace, where our own user is the agent.
    User,
    /// As root, who then becomes the agent.
    Root,
}

impl Kind {
    /// What may work for us, best first.
    pub(super) fn possible() -> Vec<Self> {
        if geteuid().is_root() { vec![Self::User, Self::Root] } else { vec![Self::User] }
    }

    /// For messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user namespace",
            Self::Root => "namespaces as root",
        }
    }
}

/// Enters namespaces and a root of our own. Returns in a fork that is the first process there.
pub(super) fn enter(kind: Kind, spec: &SandboxSpec) -> io::Result<World> {
    // Ours would show as "nogroup". Only root may; others keep theirs.
    let _ = rustix::thread::set_thread_groups(&[]);
    if kind == Kind::User {
        user_namespace().map_err(named("unshare"))?;
    }
    unshare(UnshareFlags::NEWNS).map_err(named("mount namespace"))?;
    let mut missing = Vec::new();
    let processes = unshare(UnshareFlags::NEWPID);
    if let Err(error) = &processes {
        let why = format!("pid namespace: {error}; processes are found by walking their tree only");
        missing.push((Guarantee::ProcessTree, why));
    }
    let network = unshare(UnshareFlags::NEWNET);
    let listener = match (spec.listen, &network) {
        (None, _) => None,
        (Some(port), Ok(())) => Some(loopback::open_in_namespace(port).map_err(named("loopback"))?),
        (Some(_), Err(_)) => Some(loopback::open_anywhere().map_err(named("loopback"))?),
    };
    let mut confine = Confine {
        powerless: true,
        processes: (kind == Kind::User).then_some(spec.limits.processes),
        ..Confine::default()
    };
    if let Err(error) = &network {
        confine.no_sockets = guard::sockets_can_be_denied();
        if !confine.no_sockets || spec.listen.is_some() {
            missing.push((Guarantee::NoNetwork, format!("network namespace: {error}")));
        }
    }
    let name =
        unshare(UnshareFlags::NEWUTS).and_then(|()| Ok(rustix::system::sethostname(HOST_NAME)?));
    if let Err(error) = name {
        missing.push((Guarantee::Identity, format!("host name: {error}")));
    }
    if let Err(error) = unshare(UnshareFlags::NEWIPC) {
        let why = format!("ipc namespace: {error}; shared memory of others can be seen");
        missing.push((Guarantee::PrivateFiles, why));
    }
    // A pid namespace begins with the next child.
    if let Some(pid) = fork()? {
        wait_for(pid);
    }
    die_with_parent();
    adopt_orphans();
    // The new root has this read-only. The outer numbers are not ours to set.
    let last_pid = processes.is_ok().then(|| File::options().write(true).open(LAST_PID).ok());
    let owner = if kind == Kind::Root { Some(AGENT) } else { None };
    if let Err(why) = root::build(spec, owner)? {
        missing.push((Guarantee::PrivateFiles, why));
    }
    if kind == Kind::Root {
        become_agent().map_err(named("user 1000"))?;
    }
    // Files written by the helper and by commands meet the same permissions.
    guard::keep_capabilities(CapabilitySet::SYS_ADMIN)?;
    confine.writes = if guard::landlock_works() { Writes::Landlock } else { Writes::Mounts };
    Ok(World {
        spec: spec.clone(),
        places: Places::Fixed,
        confine,
        missing,
        listener,
        last_pid: last_pid.flatten(),
    })
}

fn unshare(flags: UnshareFlags) -> io::Result<()> {
    // SAFETY: this process has one thread, and no flag here separates descriptors or memory.
    Ok(unsafe { rustix::thread::unshare_unsafe(flags) }?)
}

/// A user namespace in which we are the agent.
fn user_namespace() -> io::Result<()> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    unshare(UnshareFlags::NEWUSER)?;
    // Without this an ordinary user may not map a group. Old kernels do not have the file.
    let _ = fs::write("/proc/self/setgroups", "deny");
    fs::write("/proc/self/uid_map", format!("{AGENT} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{AGENT} {group} 1"))
}

/// Gives up root. The capability to mount stays with the helper: commands lose it.
fn become_agent() -> io::Result<()> {
    let (user, group) = (Uid::from_raw(AGENT), Gid::from_raw(AGENT));
    rustix::thread::set_keep_capabilities(true)?;
    rustix::thread::set_thread_groups(&[])?;
    rustix::thread::set_thread_res_gid(group, group, group)?;
    rustix::thread::set_thread_res_uid(user, user, user)?;
    die_with_parent();
    Ok(())
}

fn named(what: &'static str) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{what}: {error}"))
}
