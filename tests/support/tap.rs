//! A byte tap: a TCP proxy that hands every byte on and keeps what went by, both ways.
//!
//! Plain threads and sockets, outside of the code that is measured. It reads just enough HTTP/1.1
//! to find where a body ends: `content-length`, chunks, several requests on one connection.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// One request and what was answered so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// The request target: `/v1/responses`.
    pub(crate) target: String,
    /// The lines of the request's head after the first, as they came.
    pub(crate) headers: Vec<String>,
    /// The body, chunks joined.
    pub(crate) body: Vec<u8>,
    /// 0 before the answer began.
    pub(crate) status: u16,
    /// The lines of the answer's head after the first, as they came.
    pub(crate) answer_headers: Vec<String>,
    /// The body of the answer, chunks joined; kept before the client can see it.
    pub(crate) answer: Vec<u8>,
}

impl Exchange {
    /// A header of the answer, by its name in small letters.
    pub(crate) fn answer_header(&self, name: &str) -> Option<&str> {
        header(&self.answer_headers, name)
    }

    /// A header of the request.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Whether the answer is an event stream.
    pub(crate) fn is_stream(&self) -> bool {
        self.answer_header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"))
    }
}

fn header<'a>(lines: &'a [String], name: &str) -> Option<&'a str> {
    let fields = lines.iter().filter_map(|line| line.split_once(':'));
    let mut values = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim())
}

/// In the order in which the bodies of the requests were complete.
type Seen = Mutex<Vec<Exchange>>;

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
                    thread::spawn(move || serve(client, upstream, list));
                }
            }
        });
        Self { addr, seen, stop }
    }

    /// Everything so far, in the order in which the bodies of the requests were complete.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.seen.lock().unwrap().clone()
    }

    /// The bodies of all POST requests so far.
    pub(crate) fn bodies(&self) -> Vec<Vec<u8>> {
        self.requests().into_iter().map(|(_, body)| body).collect()
    }

    /// The same with their request targets.
    pub(crate) fn requests(&self) -> Vec<(String, Vec<u8>)> {
        let posts = self.exchanges().into_iter().filter(|seen| seen.method == "POST");
        posts.map(|seen| (seen.target, seen.body)).collect()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the accept loop up.
        let _ = TcpStream::connect(self.addr);
    }
}

fn serve(client: TcpStream, upstream: SocketAddr, seen: Arc<Seen>) {
    let Ok(server) = TcpStream::connect(upstream) else { return };
    let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
    let (Ok(answers), Ok(back)) = (server.try_clone(), client.try_clone()) else { return };
    // Which exchange the next answer of this connection belongs to.
    let (asked, due) = channel();
    let list = Arc::clone(&seen);
    let backward = thread::spawn(move || {
        let mut pipe = Pipe::new(answers, &back);
        while let Ok(true) = pipe.answer(&list, &due) {}
        // An answer that nobody asked for, or something that is no HTTP: passed on all the same.
        let _ = pipe.rest();
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut pipe = Pipe::new(client, &server);
    while let Ok(true) = pipe.request(&seen, &asked) {}
    // After a request for another protocol (WebSocket) nothing that follows is HTTP.
    let _ = pipe.rest();
    drop(asked);
    let _ = server.shutdown(Shutdown::Write);
    let _ = backward.join();
}

/// One direction of a connection.
struct Pipe<'a> {
    from: BufReader<TcpStream>,
    to: &'a TcpStream,
    /// Read, but not passed on yet.
    held: Vec<u8>,
}

impl<'a> Pipe<'a> {
    fn new(from: TcpStream, to: &'a TcpStream) -> Self {
        Self { from: BufReader::new(from), to, held: Vec::new() }
    }

    /// Passes one request on, the head at once and the body when it is whole, so that a body is in
    /// the list before the server can answer it; `false` where no other follows.
    fn request(&mut self, seen: &Seen, asked: &Sender<usize>) -> Result<bool> {
        let Some((first, headers)) = self.head()? else { return Ok(false) };
        // A client may wait for `100 Continue` before it sends the body.
        self.pass_on()?;
        let mut body = Vec::new();
        if is_chunked(&headers) {
            while self.chunk(&mut body)? {}
        } else {
            body = self.bytes(length(&headers).unwrap_or(0))?;
        }
        let upgrade = header(&headers, "upgrade").is_some();
        let mut words = first.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        {
            let mut seen = seen.lock().unwrap();
            let _ = asked.send(seen.len());
            seen.push(Exchange { method, target, headers, body, ..Exchange::default() });
        }
        self.pass_on()?;
        Ok(!upgrade)
    }

    /// Passes one answer on, piece by piece, each kept before it is passed on; `false` where the
    /// connection does not go on after it.
    fn answer(&mut self, seen: &Seen, due: &Receiver<usize>) -> Result<bool> {
        let Some((first, answer_headers)) = self.head()? else { return Ok(false) };
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        if status == 100 {
            self.pass_on()?;
            return Ok(true);
        }
        let Ok(at) = due.recv() else { return Ok(false) };
        let (chunked, length) = (is_chunked(&answer_headers), length(&answer_headers));
        {
            let seen = &mut seen.lock().unwrap()[at];
            (seen.status, seen.answer_headers) = (status, answer_headers);
        }
        let keep = |bytes: &[u8]| seen.lock().unwrap()[at].answer.extend_from_slice(bytes);
        self.pass_on()?;
        if chunked {
            loop {
                let mut piece = Vec::new();
                let more = self.chunk(&mut piece)?;
                keep(&piece);
                self.pass_on()?;
                if !more {
                    return Ok(true);
                }
            }
        }
        let body = self.bytes(length.unwrap_or(0))?;
        keep(&body);
        self.pass_on()?;
        Ok(length.is_some())
    }

    /// Everything that comes, without a look at it.
    fn rest(&mut self) -> Result<()> {
        self.pass_on()?;
        std::io::copy(&mut self.from, &mut &*self.to)?;
        Ok(())
    }

    fn pass_on(&mut self) -> Result<()> {
        self.to.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }

    /// The first line and the header lines of a message; `None` at the end of the connection.
    fn head(&mut self) -> Result<Option<(String, Vec<String>)>> {
        let first = self.line()?;
        if first.is_empty() {
            return Ok(None);
        }
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.trim_end().is_empty() {
                return Ok(Some((first.trim_end().to_owned(), headers)));
            }
            headers.push(line.trim_end().to_owned());
        }
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

fn length(headers: &[String]) -> Option<usize> {
    header(headers, "content-length").and_then(|value| value.parse().ok())
}

fn is_chunked(headers: &[String]) -> bool {
    header(headers, "transfer-encoding").is_some_and(|value| value.contains("chunked"))
}
