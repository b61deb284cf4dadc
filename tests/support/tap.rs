//! A byte tap: a TCP proxy that hands every byte on and keeps the bodies of POST requests.
//!
//! Plain threads and sockets, outside of the code that is measured. It reads just enough HTTP/1.1
//! to find where a body ends: `content-length`, chunks, several requests on one connection.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Request targets and bodies, in the order the bodies were complete.
type Seen = Mutex<Vec<(String, Vec<u8>)>>;

/// A running tap. Dropping it stops new connections.
pub(crate) struct Tap {
    /// Where clients connect.
    pub(crate) addr: SocketAddr,
    seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
}

impl Tap {
    /// Starts a tap in front of a server.
    pub(crate) fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (seen, stop) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (list, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        thread::spawn(move || {
            for client in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let list = Arc::clone(&list);
                if let Ok(client) = client {
                    thread::spawn(move || serve(client, upstream, &list));
                }
            }
        });
        Self { addr, seen, stop }
    }

    /// The bodies of all POST requests so far, chunks joined, in the order they were complete.
    pub(crate) fn bodies(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    /// The same with their request targets (`/v1/responses`).
    pub(crate) fn requests(&self) -> Vec<(String, Vec<u8>)> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the accept loop up.
        let _ = TcpStream::connect(self.addr);
    }
}

fn serve(client: TcpStream, upstream: SocketAddr, seen: &Seen) {
    let Ok(server) = TcpStream::connect(upstream) else { return };
    let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
    let (Ok(mut answers), Ok(mut back)) = (server.try_clone(), client.try_clone()) else { return };
    let backward = thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut requests = Forward { from: BufReader::new(client), to: &server, held: Vec::new() };
    while let Ok(true) = requests.one(seen) {}
    let _ = server.shutdown(Shutdown::Write);
    let _ = backward.join();
}

/// Copies from the client to the server: heads at once, bodies when they are whole, so that a body
/// is in the list before the server can answer it.
struct Forward<'a> {
    from: BufReader<TcpStream>,
    to: &'a TcpStream,
    /// Read, but not passed on yet.
    held: Vec<u8>,
}

impl Forward<'_> {
    /// Passes one request on; `false` at the end of the connection.
    fn one(&mut self, seen: &Seen) -> Result<bool> {
        let head = self.line()?;
        if head.is_empty() {
            return Ok(false);
        }
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.trim_end().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match name {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "transfer-encoding" => chunked = value.contains("chunked"),
                _ => {}
            }
        }
        // A client may wait for `100 Continue` before it sends the body.
        self.pass_on()?;
        let mut body = Vec::new();
        if chunked {
            while self.chunk(&mut body)? {}
        } else {
            body = self.bytes(length)?;
        }
        let mut words = head.split_whitespace();
        if words.next() == Some("POST") {
            let target = words.next().unwrap_or_default().to_owned();
            seen.lock().unwrap().push((target, body));
        }
        self.pass_on()?;
        Ok(true)
    }

    fn pass_on(&mut self) -> Result<()> {
        self.to.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }

    /// One line, line end included.
    fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        self.from.read_until(b'\n', &mut line)?;
        self.held.extend(&line);
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// So many bytes.
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.from.read_exact(&mut bytes)?;
        self.held.extend(&bytes);
        Ok(bytes)
    }

    /// One chunk; `false` after the last and its trailer.
    fn chunk(&mut self, body: &mut Vec<u8>) -> Result<bool> {
        let line = self.line()?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).unwrap_or(0);
        if size == 0 {
            while !self.line()?.trim_end().is_empty() {}
            return Ok(false);
        }
        body.extend(self.bytes(size)?);
        self.line()?;
        Ok(true)
    }
}
