//! What client and helper say to each other: frames over a Unix socket.
//!
//! A frame is two lengths (u32, little-endian), a JSON head and raw bytes: file content and output
//! travel as they are. Calls carry an id and answers repeat it, so that several waits can be open.

use super::spec::{Entry, ExecSpec, Exited, Guarantee, SandboxSpec, Until};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io;

/// The hidden subcommand that makes a process the helper.
pub(super) const SUBCOMMAND: &str = "__sandbox";

/// Bytes before the head of a frame.
pub(super) const LENGTHS: usize = 8;

/// A head and its raw bytes.
#[derive(Debug)]
pub(super) struct Frame<T> {
    pub(super) head: T,
    pub(super) body: Vec<u8>,
}

/// What the client asks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) id: u64,
    pub(super) ask: Ask,
}

/// The calls; file content and fed bytes are in the body.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    Start(SandboxSpec),
    Write { path: String, executable: bool },
    Read { path: String },
    Remove { path: String },
    List { path: String },
    IsDir { path: String },
    Spawn(ExecSpec),
    Wait { process: u32, until: Until },
    Feed { process: u32, close: bool },
    Kill { process: u32 },
}

/// What the helper answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) id: u64,
    pub(super) answer: Answer,
}

/// The answers; file content and output are in the body.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Ready(Vec<(Guarantee, String)>),
    Refused(String),
    Done,
    File { executable: bool },
    NoFile,
    Yes(bool),
    Entries(Vec<Entry>),
    Process(u32),
    Progress(Seen),
    Failed { path: Option<String>, cause: String },
}

/// `Progress` without its output.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) omitted: u64,
    pub(super) omitted_at: usize,
    pub(super) exited: Option<Exited>,
    pub(super) timed_out: bool,
    pub(super) lingering: bool,
}

impl Answer {
    /// The helper itself could not do it.
    pub(super) fn failed(cause: impl ToString) -> Self {
        Self::Failed { path: None, cause: cause.to_string() }
    }

    /// A path could not be worked on.
    pub(super) fn file(path: &str, cause: impl ToString) -> Self {
        Self::Failed { path: Some(path.to_owned()), cause: cause.to_string() }
    }
}

/// A frame as bytes.
pub(super) fn encode<T: Serialize>(head: &T, body: &[u8]) -> io::Result<Vec<u8>> {
    let head = serde_json::to_vec(head)?;
    let mut frame = Vec::with_capacity(LENGTHS + head.len() + body.len());
    for length in [head.len(), body.len()] {
        let length = u32::try_from(length)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "over 4 GiB in one frame"))?;
        frame.extend(length.to_le_bytes());
    }
    frame.extend(head);
    frame.extend(body);
    Ok(frame)
}

/// Lengths of head and body.
pub(super) fn lengths(bytes: [u8; LENGTHS]) -> (usize, usize) {
    let [a, b, c, d, e, f, g, h] = bytes;
    (u32::from_le_bytes([a, b, c, d]) as usize, u32::from_le_bytes([e, f, g, h]) as usize)
}

/// The first whole frame of `buffer`, taken out of it; `None` while there is none.
pub(super) fn decode<T: DeserializeOwned>(buffer: &mut Vec<u8>) -> io::Result<Option<Frame<T>>> {
    let Some(first) = buffer.first_chunk::<LENGTHS>() else { return Ok(None) };
    let (head, body) = lengths(*first);
    if buffer.len() < LENGTHS + head + body {
        return Ok(None);
    }
    let rest = buffer.split_off(LENGTHS + head + body);
    let mut frame = std::mem::replace(buffer, rest);
    let body = frame.split_off(LENGTHS + head);
    let head = serde_json::from_slice(&frame[LENGTHS..])?;
    Ok(Some(Frame { head, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_cut() {
        let call = Call { id: 7, ask: Ask::Write { path: "a/b".into(), executable: true } };
        let mut bytes = encode(&call, b"\0\xff{}").unwrap();
        bytes.extend(encode(&Call { id: 8, ask: Ask::Kill { process: 1 } }, b"").unwrap());
        let mut buffer = Vec::new();
        let mut seen = Vec::new();
        for byte in bytes {
            buffer.push(byte);
            while let Some(frame) = decode::<Call>(&mut buffer).unwrap() {
                seen.push((frame.head.id, frame.body));
            }
        }
        assert_eq!(seen, [(7, b"\0\xff{}".to_vec()), (8, Vec::new())]);
        assert!(buffer.is_empty());
    }
}
