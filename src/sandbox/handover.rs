//! A listening socket handed from the helper to the client.
//!
//! An external agent lives in a network namespace without any network. The one thing it may reach
//! is a port on its own loopback: the helper opens that port inside the namespace, and passes the
//! listening descriptor out (`SCM_RIGHTS`), so that the server of the harness accepts what comes.

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd};

/// The byte that carries a descriptor: a message without any data would carry nothing.
const CARRIER: u8 = b'L';

/// Sends a listener over a Unix socket.
pub(super) fn send(over: BorrowedFd<'_>, listener: &TcpListener) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors = [listener.as_fd()];
    if !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(io::Error::other("no room for a descriptor"));
    }
    sendmsg(over, &[IoSlice::new(&[CARRIER])], &mut control, SendFlags::empty())?;
    Ok(())
}

/// Takes the listener that was sent; waits for it.
pub(super) fn receive(over: BorrowedFd<'_>) -> io::Result<TcpListener> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut carrier = [0];
    let mut data = [IoSliceMut::new(&mut carrier)];
    recvmsg(over, &mut data, &mut control, RecvFlags::empty())?;
    let descriptor = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    let listener = descriptor.ok_or_else(|| io::Error::other("the helper passed no listener"))?;
    rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::CLOEXEC)?;
    Ok(TcpListener::from(listener))
}

#[cfg(test)]
mod tests {
    use super::{receive, send};
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_passed_listener_accepts() {
        let (here, there) = UnixStream::pair().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        send(there.as_fd(), &listener).unwrap();
        drop(listener);
        let passed = receive(here.as_fd()).unwrap();
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(b"x").unwrap();
        let mut byte = [0];
        passed.accept().unwrap().0.read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"x");
    }

    #[test]
    fn a_helper_that_went_away_is_an_error() {
        let (here, there) = UnixStream::pair().unwrap();
        drop(there);
        assert!(receive(here.as_fd()).is_err());
    }
}
