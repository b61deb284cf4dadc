//! A recount of payload that shares no code with `cache`, `measure` or `wire`.
//!
//! It works on request bodies as a byte tap saw them (`tap.rs`), reads JSON with its
//! own scanner, compares whole renderings byte by byte with every earlier one, and counts tokens
//! with another implementation of o200k. Only the seal is shared: nothing else opens a blob.
//!
//! The rules, from the definitions: tools, instructions, input items, in this order; each as compact
//! JSON without the top-level fields `id`, `status` and
//! `internal_chat_message_metadata_passthrough`, then a line feed. A last line `[unreel:..` of a
//! string does not count. A `data:` image counts 765 tokens, sealed content what it says.

use std::collections::HashMap;
use unreel::recording::seal;

/// What one request comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recount {
    /// Bytes of the rendered prompt.
    pub(crate) sent_bytes: u64,
    /// Bytes shared with the longest prefix of any earlier body.
    pub(crate) prefix_bytes: u64,
    /// `sent_bytes - prefix_bytes`.
    pub(crate) new_bytes: u64,
    /// Tokens of the rendered prompt, segment by segment.
    pub(crate) sent_tokens: u64,
}

/// Counts the bodies of one thread, in the order they were sent.
pub(crate) fn recount(bodies: &[Vec<u8>]) -> Vec<Recount> {
    let mut earlier: Vec<Vec<u8>> = Vec::new();
    let mut counts = Vec::new();
    // Most segments come again with every request, and counting tokens is slow in debug builds.
    let mut known: HashMap<Vec<u8>, u64> = HashMap::new();
    for body in bodies {
        let segments = segments(body);
        let rendering: Vec<u8> = segments.concat();
        let mut prefix = 0;
        for old in &earlier {
            prefix = prefix.max(common_bytes(old, &rendering));
        }
        counts.push(Recount {
            sent_bytes: rendering.len() as u64,
            prefix_bytes: prefix as u64,
            new_bytes: (rendering.len() - prefix) as u64,
            sent_tokens: segments
                .into_iter()
                .map(|segment| *known.entry(segment).or_insert_with_key(|segment| tokens(segment)))
                .sum(),
        });
        earlier.push(rendering);
    }
    counts
}

/// How many bytes two texts share from their beginning: whole blocks first, then byte by byte.
fn common_bytes(a: &[u8], b: &[u8]) -> usize {
    const BLOCK: usize = 256;
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK));
    let mut common = BLOCK * blocks.take_while(|(a, b)| a == b).count();
    while common < a.len() && common < b.len() && a[common] == b[common] {
        common += 1;
    }
    common
}

/// One value of a JSON text, still as bytes without white space.
#[derive(Debug)]
enum Node {
    Object(Vec<(Vec<u8>, Node)>),
    Array(Vec<Node>),
    /// With quotes, escapes untouched.
    Text(Vec<u8>),
    /// Number, `true`, `false`, `null`.
    Word(Vec<u8>),
}

/// A recursive-descent reader that keeps every token as it was written.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn blank(&mut self) {
        while self.at < self.bytes.len() && self.bytes[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        self.blank();
        let found = self.bytes.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    fn text(&mut self) -> Vec<u8> {
        self.blank();
        let start = self.at;
        assert!(self.take(b'"'), "no string at byte {start}");
        loop {
            match self.bytes[self.at] {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.bytes[start..self.at].to_vec()
    }

    fn node(&mut self) -> Node {
        if self.take(b'{') {
            let mut fields = Vec::new();
            while !self.take(b'}') {
                let key = self.text();
                assert!(self.take(b':'), "no colon at byte {}", self.at);
                fields.push((key, self.node()));
                self.take(b',');
            }
            return Node::Object(fields);
        }
        if self.take(b'[') {
            let mut parts = Vec::new();
            while !self.take(b']') {
                parts.push(self.node());
                self.take(b',');
            }
            return Node::Array(parts);
        }
        self.blank();
        if self.bytes[self.at] == b'"' {
            return Node::Text(self.text());
        }
        let start = self.at;
        while self.at < self.bytes.len() && !b",]} \t\r\n".contains(&self.bytes[self.at]) {
            self.at += 1;
        }
        assert!(self.at > start, "no value at byte {start}");
        Node::Word(self.bytes[start..self.at].to_vec())
    }
}

fn read(bytes: &[u8]) -> Node {
    Reader { bytes, at: 0 }.node()
}

/// The segments of a body.
fn segments(body: &[u8]) -> Vec<Vec<u8>> {
    let Node::Object(fields) = read(body) else { panic!("the body is no object") };
    let find = |name: &[u8]| fields.iter().find(|(key, _)| key == name).map(|(_, node)| node);
    let mut all = Vec::new();
    if let Some(Node::Array(tools)) = find(b"\"tools\"") {
        all.extend(tools.iter().map(segment));
    }
    if let Some(text @ Node::Text(_)) = find(b"\"instructions\"") {
        all.push(segment(text));
    }
    match find(b"\"input\"") {
        Some(Node::Array(items)) => all.extend(items.iter().map(segment)),
        Some(text) => all.push(segment(text)),
        None => {}
    }
    all
}

/// One segment: compact, without the fields that do not count, ended by a line feed.
fn segment(node: &Node) -> Vec<u8> {
    let mut out = Vec::new();
    match node {
        Node::Object(fields) => {
            let counts = |key: &[u8]| {
                ![&b"\"id\""[..], b"\"status\"", b"\"internal_chat_message_metadata_passthrough\""]
                    .contains(&key)
            };
            write_object(fields.iter().filter(|(key, _)| counts(key)), &mut out);
        }
        other => write(other, &mut out),
    }
    out.push(b'\n');
    out
}

fn write_object<'a>(fields: impl Iterator<Item = &'a (Vec<u8>, Node)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (key, value)) in fields.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend(key);
        out.push(b':');
        write(value, out);
    }
    out.push(b'}');
}

fn write(node: &Node, out: &mut Vec<u8>) {
    match node {
        Node::Object(fields) => write_object(fields.iter(), out),
        Node::Array(parts) => {
            out.push(b'[');
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(part, out);
            }
            out.push(b']');
        }
        Node::Text(text) => out.extend(stateless(text)),
        Node::Word(word) => out.extend(word),
    }
}

/// A string token without its last lines of protocol state.
fn stateless(token: &[u8]) -> Vec<u8> {
    // The lines of the token's inside, parted by the escape `\n`.
    let inside = &token[1..token.len() - 1];
    let mut lines: Vec<Vec<u8>> = vec![Vec::new()];
    let mut at = 0;
    while at < inside.len() {
        let width = if inside[at] == b'\\' { 2 } else { 1 };
        let piece = &inside[at..at + width];
        if piece == b"\\n" {
            lines.push(Vec::new());
        } else if let Some(line) = lines.last_mut() {
            line.extend(piece);
        }
        at += width;
    }
    while lines.last().is_some_and(|line| line.starts_with(b"[unreel:")) {
        lines.pop();
    }
    [&b"\""[..], &lines.join(&b"\\n"[..]), b"\""].concat()
}

/// Tokens of a segment.
fn tokens(segment: &[u8]) -> u64 {
    let mut beside = 0;
    let mut plain = Vec::new();
    write_counted(&read(segment), &mut plain, &mut beside);
    plain.push(b'\n');
    plain_tokens(std::str::from_utf8(&plain).unwrap()) + beside
}

/// Writes a value with images and sealed content emptied, and adds up what these count for.
fn write_counted(node: &Node, out: &mut Vec<u8>, beside: &mut u64) {
    match node {
        Node::Object(fields) => {
            out.push(b'{');
            for (at, (key, value)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                out.extend(key);
                out.push(b':');
                match (&key[..], value) {
                    (b"\"image_url\"", Node::Text(url)) if url.starts_with(b"\"data:") => {
                        *beside += 765;
                        out.extend(b"\"\"");
                    }
                    (b"\"encrypted_content\"", Node::Text(blob)) => {
                        *beside += sealed_tokens(&blob[1..blob.len() - 1]);
                        out.extend(b"\"\"");
                    }
                    _ => write_counted(value, out, beside),
                }
            }
            out.push(b'}');
        }
        Node::Array(parts) => {
            out.push(b'[');
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_counted(part, out, beside);
            }
            out.push(b']');
        }
        Node::Text(bytes) | Node::Word(bytes) => out.extend(bytes),
    }
}

fn sealed_tokens(blob: &[u8]) -> u64 {
    let blob = std::str::from_utf8(blob).unwrap();
    let Ok(plain) = seal::open(blob) else { return plain_tokens(blob) };
    let lines: Vec<&str> = plain.split('\n').filter(|line| !line.starts_with("[unreel:")).collect();
    plain_tokens(&lines.join("\n"))
}

fn plain_tokens(text: &str) -> u64 {
    tiktoken_rs::o200k_base_singleton().count_ordinary(text) as u64
}
