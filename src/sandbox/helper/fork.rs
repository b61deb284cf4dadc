//! Forking, and what a forked process needs.

use rustix::process::{Pid, WaitOptions, waitpid};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

/// Forks. `None` in the child, which must end by [`leave`] and never return to its caller's caller.
pub(super) fn fork() -> io::Result<Option<Pid>> {
    // SAFETY: this process has one thread (the helper never starts another), so the child may do
    // whatever the parent could have done next.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        pid => Ok(Pid::from_raw(pid)),
    }
}

/// Ends a forked process, without the clean-up that belongs to its parent.
pub(super) fn leave(code: i32) -> ! {
    // SAFETY: `_exit` only ends the process.
    unsafe { libc::_exit(code) }
}

/// Waits for a child and ends as it does; holds nothing open meanwhile.
pub(super) fn wait_for(child: Pid) -> ! {
    // SAFETY: nothing that owns a descriptor is used or dropped between here and the end.
    unsafe { close_from(3) };
    loop {
        match waitpid(Some(child), WaitOptions::empty()) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(Some((_, status))) => leave(status.exit_status().unwrap_or(1)),
            _ => leave(1),
        }
    }
}

/// Closes every descriptor above standard error but one, which is returned: a long-lived child that
/// kept the others would keep pipes open that someone waits for.
pub(super) fn keep_only(kept: OwnedFd) -> io::Result<OwnedFd> {
    use std::os::fd::FromRawFd;
    const PLACE: i32 = 3;
    // SAFETY: the caller gives up its view of all descriptors above 2: it leaves by `leave` and
    // drops no other owner of one. `PLACE` is open afterwards and owned by the result only.
    unsafe {
        if kept.as_raw_fd() == PLACE {
            std::mem::forget(kept);
        } else if libc::dup2(kept.as_raw_fd(), PLACE) < 0 {
            return Err(io::Error::last_os_error());
        } else {
            std::mem::forget(kept);
        }
        close_from(PLACE + 1);
        libc::fcntl(PLACE, libc::F_SETFD, libc::FD_CLOEXEC);
        Ok(OwnedFd::from_raw_fd(PLACE))
    }
}

/// # Safety
/// No owner of a descriptor from `first` on may be used or dropped afterwards.
unsafe fn close_from(first: i32) {
    #[cfg(target_os = "linux")]
    // SAFETY: as promised by the caller.
    if unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) } == 0 {
        return;
    }
    // SAFETY: as promised by the caller.
    unsafe {
        let limit = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 65_536) as i32;
        for descriptor in first..limit {
            libc::close(descriptor);
        }
    }
}

/// Kills this process when its parent ends. On systems without that, closing the socket must do.
pub(super) fn die_with_parent() {
    #[cfg(target_os = "linux")]
    // Cannot fail with a valid signal.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

/// Makes orphans among the descendants children of this process.
pub(super) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // Any pid switches it on; cannot fail.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}
