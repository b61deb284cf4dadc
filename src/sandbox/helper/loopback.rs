//! The port that an external agent finds the server at.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// Opens the port on the loopback of this network namespace, which must have no other user.
#[cfg(target_os = "linux")]
pub(super) fn open_in_namespace(port: u16) -> io::Result<TcpListener> {
    bring_up()?;
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

/// Opens a port on the loopback of this machine, where others may have taken any fixed one.
pub(super) fn open_anywhere() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}

/// A new network namespace begins with its loopback down.
#[cfg(target_os = "linux")]
fn bring_up() -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let any = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    // SAFETY: all zeros is a valid `ifreq`: an empty name and no flags.
    let mut wanted: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in wanted.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as libc::c_char;
    }
    wanted.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the descriptor is open and the structure is the one that this request reads.
    match unsafe { libc::ioctl(any.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const wanted) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
