//! A gateway that quotes the key in what it says: the journal has the message, and not the key.

use crate::world::{self, World};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

const KEY: &str = "kq7-Xk2Vb9.Tz4Lm8Rw3";

/// Refuses every request, and says with which key it came.
fn gateway() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(refuse));
    url
}

fn refuse(stream: TcpStream) {
    let mut reader = BufReader::new(stream);
    let (mut length, mut said) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.trim().split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => said = value.replace("Bearer ", ""),
            _ => {}
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let body =
        format!(r#"{{"error":{{"message":"Incorrect API key provided: {said}","type":"x"}}}}"#);
    let head = "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\nconnection: close";
    write!(reader.get_mut(), "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
}

fn files(folder: &Path, found: &mut Vec<String>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into()),
        }
    }
}

#[test]
fn a_key_that_a_gateway_quotes_reaches_no_file() {
    let world = World::new();
    let mut command = world.command(&["run", "--live", &gateway(), "--key-env", "LIVE_KEY"]);
    command.args(["--out", "out", "--model", "gpt-5"]).env("LIVE_KEY", KEY);
    let ran = world::ran(command);
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
    let mut found = Vec::new();
    files(&world.path("out"), &mut found);
    assert!(found.iter().any(|text| text.contains("Incorrect API key provided")));
    assert!(!found.iter().any(|text| text.contains(KEY)), "{}", ran.out);
    assert!(!ran.out.contains(KEY) && !ran.err.contains(KEY), "{}\n{}", ran.out, ran.err);
}
