//! How long what was written can be read, where more than one thing runs out.

use super::{Bench, Piece};
use crate::cache::part::Part::User;
use crate::cache::reason::MissReason;

const HOUR: u64 = 3_600;

/// What was written first goes first, and is written again by the next request that has it, although
/// that one read all of it from an entry which is longer and younger.
#[test]
fn what_ran_out_before_what_extends_it_is_written_again() {
    let [a, b, c]: [Piece<'_>; 3] = [(User, "aaaa"), (User, "bb"), (User, "cc")];
    let mut bench = Bench::new("openai-128:minimum=0,interval=1,floor=1");
    assert_eq!(bench.ask(&[a]).read, 0);
    assert_eq!(bench.wait(20 * HOUR).ask(&[a, b]).read, 5);
    assert_eq!(bench.wait(5 * HOUR).ask(&[a, b]).read, 8, "24 h have not passed since");
    assert_eq!(bench.wait(9).ask(&[a, c]).read, 5);
    // The same of a beginning inside of a segment: "aaaa." and "bb" of "bbc".
    let mut bench = Bench::new("openai-128:minimum=0,interval=1,floor=1");
    let [long, other]: [Piece<'_>; 2] = [(User, "bbc"), (User, "bbd")];
    bench.ask(&[a, b]);
    assert_eq!(bench.wait(20 * HOUR).ask(&[a, long]).read, 7);
    assert_eq!(bench.wait(5 * HOUR).ask(&[a, long]).read, 9);
    assert_eq!(bench.wait(9).ask(&[a, other]).read, 7);
}

#[test]
fn intervals_of_deepseek_v4_run_out_as_its_units_do() {
    let of = |end: &'static str| -> [Piece<'_>; 2] { [(User, "aaaa"), (User, end)] };
    let mut bench = Bench::new("deepseek-v4:interval=3,ttl=60");
    bench.ask(&of("b"));
    // Two intervals; no unit ends in what both have in common.
    assert_eq!(bench.wait(60).ask(&of("bb")).read, 6);
    // Used in between, they are kept.
    assert_eq!(bench.wait(60).ask(&of("bbb")).read, 6);
    let late = bench.wait(99).ask(&of("bbbb"));
    assert_eq!((late.read, late.reason), (0, Some(MissReason::Expired)));
    assert_eq!(bench.wait(9).ask(&of("bc")).read, 6, "and are there again");
}
