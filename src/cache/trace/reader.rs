//! Requests of a trace, a chunk at a time, their ids as dense numbers.

use super::error::{TraceError, TraceErrorKind as Kind};
use super::intern::{Id, Interner};
use super::{input, mooncake, oracle, plain};
use std::fs::File;
use std::io::{BufRead, Read};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Tokens of a block where nobody says how many: those of the published traces.
const BLOCK: NonZeroU32 = NonZeroU32::new(512).unwrap();

/// Where a trace comes from.
pub struct Source {
    name: String,
    from: From,
}

enum From {
    File(PathBuf),
    /// A pipe: what is in it can be had once.
    Once(Mutex<Option<Box<dyn Read + Send>>>),
}

impl Source {
    /// A file.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self { name: path.display().to_string(), from: From::File(path.to_owned()) }
    }

    /// Bytes as they come; `name` is for messages.
    #[must_use]
    pub fn once(name: &str, bytes: Box<dyn Read + Send>) -> Self {
        Self { name: name.to_owned(), from: From::Once(Mutex::new(Some(bytes))) }
    }

    /// What it is called in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn error(&self, kind: Kind) -> TraceError {
        TraceError::new(&self.name, None, kind)
    }

    /// Whether it can be read from its beginning once more. Not so the file of a pipe.
    pub(super) fn is_lasting(&self) -> bool {
        match &self.from {
            From::File(path) => std::fs::metadata(path).is_ok_and(|what| what.is_file()),
            From::Once(_) => false,
        }
    }

    fn open(&self) -> Result<Box<dyn Read + Send>, TraceError> {
        match &self.from {
            From::File(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(cause) => Err(self.error(Kind::Read(cause))),
            },
            From::Once(bytes) => {
                let taken = bytes.lock().ok().and_then(|mut bytes| bytes.take());
                taken.ok_or_else(|| self.error(Kind::Once("this")))
            }
        }
    }
}

/// How a trace is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    Mooncake,
    /// Ids of blocks a line.
    Plain,
    /// libCacheSim's binary records.
    OracleGeneral,
}

impl Format {
    /// Whether it tells the tokens of a request.
    #[must_use]
    pub fn has_tokens(self) -> bool {
        self == Self::Mooncake
    }

    /// Its name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mooncake => "mooncake",
            Self::Plain => "plain",
            Self::OracleGeneral => "oracleGeneral",
        }
    }
}

/// Requests that follow each other.
#[derive(Debug, Default)]
pub struct Chunk {
    blocks: Vec<u32>,
    requests: Vec<Request>,
}

/// A request of a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// Where its blocks end.
    end: usize,
    /// Tokens of its input; none if the format does not tell.
    pub(super) tokens: u64,
}

impl Chunk {
    /// The requests, each with its blocks.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Request, &[u32])> {
        let mut from = 0;
        self.requests.iter().map(move |request| {
            let blocks = &self.blocks[from..request.end];
            from = request.end;
            (*request, blocks)
        })
    }

    /// Whether there is no request in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }
}

/// A trace being read.
pub struct TraceReader {
    name: String,
    input: Box<dyn BufRead + Send>,
    /// Scratch: the line at hand.
    line: Vec<u8>,
    /// Lines read so far.
    number: u64,
    format: Option<Format>,
    interner: Interner,
    /// What the user says of the size of a block.
    said: Option<NonZeroU32>,
    block: Option<NonZeroU32>,
    /// Scratch: the ids of a chunk, which are numbered together: a map that is asked for one after the
    /// other without anything between waits far less for memory.
    ids: Vec<Id>,
    ended: bool,
}

impl TraceReader {
    /// Begins to read. `said` is the size of a block, for traces that do not tell it.
    pub fn open(source: &Source, said: Option<NonZeroU32>) -> Result<Self, TraceError> {
        let input = input::unpacked(source.open()?).map_err(|kind| source.error(kind))?;
        Ok(Self {
            name: source.name.clone(),
            input,
            line: Vec::new(),
            number: 0,
            format: oracle::is_named(&source.name).then_some(Format::OracleGeneral),
            interner: Interner::default(),
            said,
            block: None,
            ids: Vec::new(),
            ended: false,
        })
    }

    /// Reads on until a chunk has so many accesses, or the trace ends. A chunk without a request is
    /// past the end.
    pub fn fill(&mut self, chunk: &mut Chunk, accesses: usize) -> Result<(), TraceError> {
        chunk.blocks.clear();
        chunk.requests.clear();
        self.ids.clear();
        // Requests without any block are bounded too.
        while self.ids.len().max(chunk.requests.len()) < accesses && !self.ended {
            let (read, number) = match self.format {
                Some(Format::OracleGeneral) => (self.record(), None),
                _ => (self.line(), Some(self.number + 1)),
            };
            let tokens = read.map_err(|kind| TraceError::new(&self.name, number, kind))?;
            let request = tokens.map(|tokens| Request { end: self.ids.len(), tokens });
            chunk.requests.extend(request);
            self.number += 1;
        }
        for id in &self.ids {
            let number = self.interner.number(*id);
            let many = || TraceError::new(&self.name, None, Kind::Many("distinct ids"));
            chunk.blocks.push(number.ok_or_else(many)?);
        }
        Ok(())
    }

    /// How it is written, once something was read.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format.unwrap_or(Format::Plain)
    }

    /// Tokens of a block, once something was read; `None` if nobody says.
    #[must_use]
    pub fn block_size(&self) -> Option<NonZeroU32> {
        self.block.or(self.said)
    }

    /// Distinct ids so far.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.interner.len()
    }

    /// Reads a request of a binary file; gives its tokens, or `None` at the end.
    fn record(&mut self) -> Result<Option<u64>, Kind> {
        let mut record = [0; oracle::RECORD];
        if !input::record(&mut self.input, &mut record)? {
            self.ended = true;
            return Ok(None);
        }
        self.ids.push(oracle::object(&record));
        Ok(Some(0))
    }

    /// Reads a line; gives the tokens of its request, or `None` if it holds none, or at the end.
    fn line(&mut self) -> Result<Option<u64>, Kind> {
        if !input::line(&mut self.input, &mut self.line)? {
            self.ended = true;
            return Ok(None);
        }
        let mut line = self.line.as_slice();
        if self.number == 0 {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        let Some(begin) = line.iter().find(|byte| !byte.is_ascii_whitespace()) else {
            return Ok(None);
        };
        let json = || if matches!(begin, b'{' | b'[') { Format::Mooncake } else { Format::Plain };
        if *self.format.get_or_insert_with(json) != Format::Mooncake {
            return Ok(plain::parse(line, &mut self.ids)?.then_some(0));
        }
        let request = mooncake::parse(line)?;
        let block = block_size(&mut self.block, self.said, request.block_size)?;
        let (ids, length) = (request.hash_ids.len() as u64, request.input_length);
        if length.div_ceil(block.get().into()) != ids {
            return Err(Kind::Fit { ids, length, block: block.get() });
        }
        self.ids.extend(request.hash_ids.iter().map(|id| id.0));
        Ok(Some(length))
    }
}

/// Tokens of a block as this line, the lines before or the user say; they must not contradict.
fn block_size(
    before: &mut Option<NonZeroU32>,
    said: Option<NonZeroU32>,
    here: Option<NonZeroU32>,
) -> Result<NonZeroU32, Kind> {
    let block = *before.get_or_insert(here.or(said).unwrap_or(BLOCK));
    match here {
        Some(here) if said.is_some_and(|said| said != here) => {
            let said = said.unwrap_or(BLOCK);
            Err(Kind::BlockSize { found: here.get(), before: format!("--block-size says {said}") })
        }
        Some(here) if here != block => {
            let before = format!("the lines before have, or are taken to have, {block}");
            Err(Kind::BlockSize { found: here.get(), before })
        }
        _ => Ok(block),
    }
}
