//! A run whose agent sends sealed content back changed by one character: a proxy between the two
//! flips it.

use crate::world::World;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use unreel::recording::journal::RunKey;
use unreel::recording::matching::Policy;
use unreel::run::{
    Front, Host, Matrix, OutDir, Progress, RunReport, Source, Subject, execute, expand,
};
use unreel::sandbox::Mode;
use unreel::scenario::find;

/// Who answers.
#[derive(Clone, Copy)]
pub(crate) enum Answers {
    Recording,
    Script,
}

struct Silent;

impl Progress for Silent {
    fn started(&self, _: &RunKey) {}
    fn finished(&self, _: &RunReport) {}
}

/// Runs the scenario `tiny` through the proxy.
pub(crate) fn run(world: &World, answers: Answers) -> RunReport {
    let scenarios = find(&world.path("scenarios"), &[]).unwrap();
    let recordings = world.path("recordings");
    let source = |scenario: &_, variant: &str, subject: &_| match answers {
        Answers::Recording => Source::recorded(&recordings, scenario, variant, subject),
        Answers::Script => Source::scripted(scenario),
    };
    let specs = expand(scenarios, &["base".to_owned()], &[Subject::Builtin], 1, 1, source).unwrap();
    let host = Host {
        helper: env!("CARGO_BIN_EXE_unreel").into(),
        path: std::env::var_os("PATH").unwrap(),
        scratch: world.path("tmp"),
        cache: world.path("cache"),
        sandbox: Mode::BestEffort,
        front: Some(Front(Arc::new(proxy))),
    };
    let matrix = Matrix {
        host,
        jobs: 1,
        seed: 1,
        trials: 1,
        matching: Policy::Strict,
        record: false,
        keep: false,
    };
    let out = OutDir::prepare(&world.path("flipped")).unwrap();
    let mut reports = execute(&matrix, &out, &specs, &Silent, &AtomicBool::new(false)).unwrap();
    reports.remove(0)
}

/// Starts the proxy and gives its address.
fn proxy(upstream: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(upstream)) else { return };
            thread::spawn(move || serve(client, server));
        }
    });
    address
}

fn serve(mut client: TcpStream, mut server: TcpStream) {
    let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut held = Vec::new();
    let mut buffer = [0; 65_536];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        held.extend_from_slice(&buffer[..count]);
        // A request is passed on when it is whole, so that the blob is in one piece.
        while let Some(length) = whole(&held) {
            let mut request: Vec<u8> = held.drain(..length).collect();
            flip(&mut request);
            if server.write_all(&request).is_err() {
                return;
            }
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

/// The length of the first request, once all of it is there.
fn whole(held: &[u8]) -> Option<usize> {
    let head = find_in(held, b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&held[..head]).to_ascii_lowercase();
    let line = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = head + line.map_or(0, |value| value.trim().parse::<usize>().unwrap());
    (held.len() >= length).then_some(length)
}

/// Changes one character in the middle of the first sealed content.
fn flip(request: &mut [u8]) {
    let key = b"\"encrypted_content\":\"";
    if let Some(at) = find_in(request, key) {
        let byte = &mut request[at + key.len() + 20];
        *byte = if *byte == b'A' { b'B' } else { b'A' };
    }
}

fn find_in(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
