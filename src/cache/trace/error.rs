//! Errors of traces: file, line, cause and, where there is one, the remedy.

use std::io::ErrorKind;

/// A trace that cannot be played.
#[derive(Debug, thiserror::Error)]
#[error("{name}{}: {kind}\nhelp: {}", line.map(|line| format!(":{line}")).unwrap_or_default(), kind.help())]
pub struct TraceError {
    name: String,
    line: Option<u64>,
    kind: TraceErrorKind,
}

/// The kinds of [`TraceError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceErrorKind {
    /// The file system, or the pipe, does not give it.
    #[error("cannot be read: {0}")]
    Read(std::io::Error),
    /// It holds no request at all.
    #[error("it holds no request")]
    Empty,
    /// A line that goes on and on.
    #[error("a line of more than {0} MB")]
    Long(usize),
    /// A binary file that ends within a record.
    #[error("it is cut: its last record has {bytes} of {whole} bytes")]
    Part {
        /// What is there of it.
        bytes: usize,
        /// The length of a record.
        whole: usize,
    },
    /// A line that is no JSON, or says a thing twice.
    #[error("column {column}: {what}")]
    Json {
        /// Counted from 1.
        column: usize,
        /// What the parser says.
        what: String,
    },
    /// A line that is something else than a JSON object.
    #[error("no JSON object, as the lines of a Mooncake trace are")]
    NoObject,
    /// A key that a request must have.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A key with a value of a wrong type.
    #[error("/{place}: {wanted} is expected, not {found}")]
    Type {
        /// The key, with the place in its list.
        place: String,
        /// What stands there in a good trace.
        wanted: &'static str,
        /// What stands there.
        found: String,
    },
    /// Ids and tokens that cannot belong together.
    #[error(
        "/hash_ids: {}, but {length} tokens in blocks of {block} are {}",
        counted(*.ids),
        .length.div_ceil(u64::from(*block))
    )]
    Fit {
        /// How many ids there are.
        ids: u64,
        /// `input_length`.
        length: u64,
        /// Tokens of a block.
        block: u32,
    },
    /// A trace whose lines say another block size than before.
    #[error("/block_size: {found} tokens, where {before}")]
    BlockSize {
        /// In this line.
        found: u32,
        /// Who says what.
        before: String,
    },
    /// A capacity in tokens, of a trace that does not say how many a block has.
    #[error("a capacity in tokens needs the size of a block, which this format does not tell")]
    NoBlockSize,
    /// A word of a plain trace that is no id.
    #[error("column {column}: `{word}` is no block id")]
    Word {
        /// Counted from 1.
        column: usize,
        /// As it stands there, if need be cut.
        word: String,
    },
    /// More distinct ids, or accesses, than can be numbered.
    #[error("more than 4 billion {0}")]
    Many(&'static str),
    /// Something that needs a second reading, of what can be read once.
    #[error("{0} needs two readings of the trace, and this can be read once")]
    Once(&'static str),
    /// A file that another program writes to.
    #[error("it changed between two readings")]
    Changed,
}

fn counted(count: u64) -> String {
    if count == 1 { "1 id".into() } else { format!("{count} ids") }
}

impl TraceErrorKind {
    fn help(&self) -> String {
        match self {
            Self::Read(cause) => match cause.kind() {
                ErrorKind::NotFound | ErrorKind::PermissionDenied => {
                    "see that the file is there and may be read".into()
                }
                ErrorKind::IsADirectory => "name its files, one by one".into(),
                _ => "is the file whole? Copy it again".into(),
            },
            Self::Part { .. } => {
                "copy it again; a file whose name has oracleGeneral in it has records of 24 bytes"
                    .into()
            }
            Self::Type { place, .. } if place.starts_with("hash_ids") => {
                "a request has `hash_ids`, its blocks, as in [0, 1, 2]".into()
            }
            Self::Type { .. } => "it is counted in tokens, as a whole number from 0 on".into(),
            Self::NoObject => {
                "one request a line: {\"input_length\": 1024, \"hash_ids\": [0, 1]}".into()
            }
            Self::Many(_) => "play a part of the trace".into(),
            Self::Changed => "play it when nobody writes to it, or a copy".into(),
            Self::Empty => "a trace has one request a line: docs/formats.md, Block traces".into(),
            Self::Long(_) => "is this a trace? One has one request a line".into(),
            Self::Missing(_) => {
                "a request has `input_length` (tokens) and `hash_ids` (its blocks)".into()
            }
            Self::Fit { ids, length, .. } => match likely(*ids, *length) {
                Some(block) => format!(
                    "blocks of {block} tokens would fit this line; --block-size tells the size of a \
                     trace that does not say it"
                ),
                None => "--block-size tells the size of a trace that does not say it".into(),
            },
            Self::BlockSize { .. } => "a trace has one block size".into(),
            Self::Word { .. } => {
                "ids are whole numbers with blanks between them; `#` begins a comment".into()
            }
            Self::NoBlockSize => "say it with --block-size, or the capacity in blocks".into(),
            Self::Json { .. } => {
                "each line of a Mooncake trace is one whole JSON object; is the file cut?".into()
            }
            Self::Once(_) => "save it to a file, and name that".into(),
        }
    }
}

/// The usual size of a block with which so many tokens have so many blocks.
fn likely(ids: u64, length: u64) -> Option<u64> {
    let fits = |block: &u64| length.div_ceil(*block) == ids;
    (3..=14).map(|power| 1 << power).find(fits)
}

impl TraceError {
    pub(super) fn new(name: &str, line: Option<u64>, kind: TraceErrorKind) -> Self {
        Self { name: name.to_owned(), line, kind }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &TraceErrorKind {
        &self.kind
    }

    /// Where, counted from 1; `None` if the file as a whole is wrong.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.line
    }
}
