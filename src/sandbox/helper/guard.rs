//! Landlock, seccomp and capabilities.

use super::super::spec::Program;
use super::root::{DEVICES, SYSTEM, etc_names};
use landlock::{
    ABI, Access, AccessFs, BitFlags, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    Scope, path_beneath_rules,
};
use rustix::thread::{CapabilitySet, CapabilitySets};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::io;
use std::path::{Path, PathBuf};

/// The rights we handle: with truncation, without `ioctl` on devices.
const RIGHTS: ABI = ABI::V3;

/// Whether the kernel has Landlock with what write limits need (renames between folders).
pub(super) fn landlock_works() -> bool {
    const VERSION: libc::c_ulong = 1;
    let none = std::ptr::null::<libc::c_void>();
    // SAFETY: with this flag the call only gives the version it supports.
    unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, none, 0_usize, VERSION) >= 2 }
}

/// Lets this process write below `folders` only, for good.
pub(super) fn limit_writes(folders: &[PathBuf]) -> io::Result<()> {
    let rights = AccessFs::from_write(RIGHTS);
    let ruleset = Ruleset::default().handle_access(rights).map_err(io::Error::other)?;
    restrict(ruleset, [(folders.to_vec(), rights)])
}

/// Lets this process open the system, the programs and `root` only, and send no signal elsewhere.
pub(super) fn hide_files(root: &Path, programs: &[Program]) -> io::Result<()> {
    let etc = Path::new("/etc");
    let own = ["passwd", "group", "hosts", "nsswitch.conf"].map(str::to_owned);
    let readable = (SYSTEM.iter().map(|name| Path::new("/").join(name)))
        .chain(etc_names(etc)?.into_iter().chain(own).map(|name| etc.join(name)))
        .chain([PathBuf::from("/proc")])
        .chain(programs.iter().map(|program| program.host.clone()))
        .collect();
    let devices = DEVICES.iter().chain(&["shm"]).map(|name| Path::new("/dev").join(name)).collect();
    let devices_rights = AccessFs::from_all(RIGHTS) & !AccessFs::Execute;
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(RIGHTS))
        .and_then(|ruleset| ruleset.scope(Scope::Signal))
        .map_err(io::Error::other)?;
    restrict(
        ruleset,
        [
            (readable, AccessFs::from_read(RIGHTS)),
            (devices, devices_rights),
            (vec![root.to_owned()], AccessFs::from_all(RIGHTS)),
        ],
    )
}

fn restrict<const N: usize>(
    ruleset: Ruleset,
    rules: [(Vec<PathBuf>, BitFlags<AccessFs>); N],
) -> io::Result<()> {
    let mut ruleset = ruleset.create().map_err(io::Error::other)?;
    for (paths, rights) in rules {
        // Paths that do not exist are left out: nothing can be written to them either.
        ruleset = ruleset.add_rules(path_beneath_rules(paths, rights)).map_err(io::Error::other)?;
    }
    match ruleset.restrict_self().map_err(io::Error::other)?.ruleset {
        RulesetStatus::NotEnforced => Err(io::Error::other("landlock is not enforced")),
        _ => Ok(()),
    }
}

/// Whether seccomp filters work here.
pub(super) fn sockets_can_be_denied() -> bool {
    const FILTER: libc::c_ulong = 1;
    let action = libc::SECCOMP_RET_ERRNO;
    // SAFETY: asks whether an action is available (2 = SECCOMP_GET_ACTION_AVAIL); changes nothing.
    let there = unsafe { libc::syscall(libc::SYS_seccomp, FILTER + 1, 0, &raw const action) == 0 };
    there && socket_filter().is_ok()
}

/// Makes `socket` fail with "Network is unreachable", as it would without a network, unless it is
/// local. `io_uring` can open sockets too, and programs live without it.
pub(super) fn deny_sockets() -> io::Result<()> {
    seccompiler::apply_filter(&socket_filter()?).map_err(io::Error::other)
}

fn socket_filter() -> io::Result<BpfProgram> {
    let not = |family: libc::c_int| {
        let family = u64::from(family.unsigned_abs());
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family)
    };
    let build = || {
        let remote = SeccompRule::new(vec![not(libc::AF_UNIX)?, not(libc::AF_NETLINK)?])?;
        let rules = [(libc::SYS_socket, vec![remote]), (libc::SYS_io_uring_setup, Vec::new())];
        SeccompFilter::new(
            rules.into(),
            SeccompAction::Allow,
            SeccompAction::Errno(libc::ENETUNREACH.unsigned_abs()),
            std::env::consts::ARCH.try_into()?,
        )?
        .try_into()
    };
    build().map_err(|error: seccompiler::BackendError| io::Error::other(error))
}

/// Gives up all capabilities, and the way to gain any.
pub(super) fn drop_powers() -> io::Result<()> {
    for capability in CapabilitySet::all().iter() {
        // Needs a capability itself, and is for nothing without: then execution gains none anyway.
        let _ = rustix::thread::remove_capability_from_bounding_set(capability);
    }
    keep_capabilities(CapabilitySet::empty())?;
    Ok(rustix::thread::set_no_new_privs(true)?)
}

/// Keeps these capabilities of those that we have.
pub(super) fn keep_capabilities(kept: CapabilitySet) -> io::Result<()> {
    let had = rustix::thread::capabilities(None)?.permitted;
    let kept = had & kept;
    let inheritable = CapabilitySet::empty();
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable };
    Ok(rustix::thread::set_capabilities(None, sets)?)
}
