//! Traces from bytes to tallies.

use super::{Capacity, Played, Question, Share, Source, TraceError, play};
use crate::cache::eviction::Eviction;
use proptest::prelude::*;

fn question(capacities: &[u64]) -> Question {
    Question {
        evictions: vec![Eviction::Lru, Eviction::Fifo],
        capacities: capacities.iter().map(|blocks| Capacity::Blocks(*blocks)).collect(),
        block_size: None,
        warm_up: Share::NONE,
    }
}

fn played(text: &str, question: &Question) -> Result<Played, TraceError> {
    let bytes = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    play(&Source::once("trace", bytes), question)
}

fn error(text: &str) -> String {
    played(text, &question(&[1])).unwrap_err().to_string()
}

#[test]
fn lines_that_hold_nothing_are_passed_over() {
    let plain =
        played("\u{feff}# a trace\r\n\r\n1 2\r\n\n 1 2 3 # more\n", &question(&[9])).unwrap();
    assert_eq!((plain.all.requests, plain.all.accesses, plain.distinct), (2, 5, 3));
    assert_eq!((plain.rows[0].tally.hits, plain.rows[0].tally.run), (2, 2));
    assert_eq!(plain.block_size, None);
    let json = "\n{\"input_length\": 513, \"hash_ids\": [5, 6]}\n\n";
    let json = played(&json.repeat(2), &question(&[9])).unwrap();
    assert_eq!((json.rows[0].tally.tokens, json.rows[0].tally.full_tokens), (513, 512));
}

#[test]
fn mistakes_name_their_line() {
    assert_eq!(
        error("\n{\"input_length\": 100, \"hash_ids\": [1, 2]}"),
        "trace:2: /hash_ids: 2 ids, but 100 tokens in blocks of 512 are 1\nhelp: blocks of 64 tokens \
         would fit this line; --block-size tells the size of a trace that does not say it"
    );
    assert_eq!(
        error("1 2\n1 x\n"),
        "trace:2: column 3: `x` is no block id\nhelp: ids are whole numbers with blanks between \
         them; `#` begins a comment"
    );
    let sizes = "{\"input_length\": 16, \"hash_ids\": [1], \"block_size\": 16}\n\
                 {\"input_length\": 16, \"hash_ids\": [1], \"block_size\": 32}\n";
    assert_eq!(
        error(sizes),
        "trace:2: /block_size: 32 tokens, where the lines before have, or are taken to have, 16\nhelp: a trace has one \
         block size"
    );
    assert!(error("# nothing\n").starts_with("trace: it holds no request\nhelp: "));
}

#[test]
fn binary_records_are_objects() {
    let record = |object: u64| [&[9; 4], &object.to_le_bytes()[..], &[1; 4], &[0xff; 8]].concat();
    let bytes = [7, 8, 7, u64::MAX, 7].map(record).concat();
    let played = |bytes: &[u8]| {
        let bytes = Box::new(std::io::Cursor::new(bytes.to_vec()));
        play(&Source::once("a.oracleGeneral", bytes), &question(&[1, 9]))
    };
    let trace = played(&bytes).unwrap();
    assert_eq!(
        (trace.all.requests, trace.distinct, trace.format.as_str()),
        (5, 3, "oracleGeneral")
    );
    assert_eq!(trace.rows.iter().map(|row| row.tally.hits).collect::<Vec<_>>(), [0, 2, 0, 2]);
    assert_eq!(
        played(&bytes[..100]).unwrap_err().to_string(),
        "a.oracleGeneral: it is cut: its last record has 4 of 24 bytes\nhelp: copy it again; a file \
         whose name has oracleGeneral in it has records of 24 bytes"
    );
}

#[test]
fn a_pipe_cannot_be_read_twice() {
    let twice = Question { warm_up: Share::parse("0.5").unwrap(), ..question(&[1]) };
    assert_eq!(
        played("1\n", &twice).unwrap_err().to_string(),
        "trace: a share of the requests as warm-up needs two readings of the trace, and this can be \
         read once\nhelp: save it to a file, and name that"
    );
}

/// Longer than a chunk, so that the seams between chunks are in it.
#[test]
fn chunks_do_not_show() {
    let requests: Vec<String> = (0..30_000u32)
        .map(|at| (0..7).map(|n| ((at * 7 + n) % 4_001).to_string()).collect::<Vec<_>>().join(" "))
        .collect();
    let trace = played(&requests.join("\n"), &question(&[4_000, 4_001])).unwrap();
    assert_eq!((trace.all.accesses, trace.distinct), (210_000, 4_001));
    let hits: Vec<u64> = trace.rows.iter().map(|row| row.tally.hits).collect();
    assert_eq!(hits, [0, 210_000 - 4_001, 0, 210_000 - 4_001]);
}

proptest! {
    #[test]
    fn any_bytes_are_played_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = Box::new(std::io::Cursor::new(bytes));
        let _ = play(&Source::once("trace", bytes), &question(&[0, 2]));
    }

    /// The same blocks in both formats.
    #[test]
    fn formats_agree(requests in prop::collection::vec(prop::collection::vec(0u32..9, 1..6), 1..20)) {
        let words = |request: &Vec<u32>, between: &str| {
            request.iter().map(u32::to_string).collect::<Vec<_>>().join(between)
        };
        let plain: Vec<String> = requests.iter().map(|one| words(one, " ")).collect();
        let json: Vec<String> = requests.iter().map(|one| format!(
            "{{\"input_length\": {}, \"hash_ids\": [{}], \"block_size\": 4}}",
            one.len() * 4,
            words(one, ", ")
        )).collect();
        let question = question(&[0, 1, 2, 4, 9]);
        let (plain, json) = (plain.join("\n"), json.join("\n"));
        let (plain, json) = (played(&plain, &question).unwrap(), played(&json, &question).unwrap());
        for (a, b) in plain.rows.iter().zip(&json.rows) {
            prop_assert_eq!((a.tally.hits, a.tally.run, a.tally.share), (b.tally.hits, b.tally.run, b.tally.share));
            prop_assert_eq!(b.tally.tokens, 4 * b.tally.run);
        }
    }
}
