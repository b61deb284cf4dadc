//! Every rule at every small capacity against the plain one, and what holds between rules.

use super::{Eviction, Foresight, Found, INFINITE, naive};
use proptest::prelude::*;
use std::sync::Arc;

/// Capacities that matter for traces of a dozen blocks, in no order and one twice.
const CAPACITIES: [usize; 10] = [3, 0, 1, INFINITE, 2, 4, 5, 8, 3, 100];

fn future(requests: &[Vec<u32>]) -> Arc<[u32]> {
    let mut foresight = Foresight::default();
    assert!(requests.iter().all(|request| foresight.request(request)));
    foresight.future()
}

fn play(rule: Eviction, capacities: &[usize], requests: &[Vec<u32>]) -> Vec<Vec<Found>> {
    let future = future(requests);
    let mut found = vec![Vec::new(); capacities.len()];
    for (places, mut bank) in rule.banks(capacities, &future) {
        let mut now = vec![Found::default(); places.len()];
        for request in requests {
            bank.play(request, &mut now);
            for (place, one) in places.iter().zip(&now) {
                found[*place].push(*one);
            }
        }
    }
    found
}

fn hits(rule: Eviction, capacity: usize, requests: &[Vec<u32>]) -> u64 {
    play(rule, &[capacity], requests)[0].iter().map(|found| found.hits).sum()
}

/// Requests over few blocks: empty ones, ones that repeat a block, ones longer than most caches.
fn requests() -> impl Strategy<Value = Vec<Vec<u32>>> {
    prop::collection::vec(prop::collection::vec(0u32..12, 0..10), 0..40)
}

/// Requests as engines make them: a block is always behind the same blocks.
fn chained() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let path = prop::collection::vec(0u32..2, 1..5);
    let number = |path: &[u32]| path.iter().fold(1, |number, step| 2 * number + step);
    let blocks = move |path: Vec<u32>| (1..=path.len()).map(|to| number(&path[..to])).collect();
    prop::collection::vec(path.prop_map(blocks), 0..40)
}

proptest! {
    #[test]
    fn each_rule_is_the_plain_one(requests in requests()) {
        for rule in Eviction::ALL {
            let found = play(rule, &CAPACITIES, &requests);
            for (capacity, found) in CAPACITIES.into_iter().zip(found) {
                let plain = naive::play(rule, capacity, &requests);
                prop_assert_eq!(found, plain, "{} at {}", rule.as_str(), capacity);
            }
        }
    }

    #[test]
    fn one_cache_alone_does_as_its_bank(requests in requests()) {
        let future = future(&requests);
        for rule in Eviction::ALL {
            for capacity in CAPACITIES {
                let mut cache = rule.cache(capacity, &future);
                let alone = requests.iter().map(|request| {
                    let run = request.iter().take_while(|block| cache.contains(**block)).count();
                    Found { run: run as u64, hits: cache.request(request) }
                });
                let alone: Vec<Found> = alone.collect();
                prop_assert_eq!(&alone, &play(rule, &[capacity], &requests)[0]);
            }
        }
    }

    #[test]
    fn no_rule_hits_more_often_than_belady(requests in requests(), capacity in 0usize..8) {
        let most = hits(Eviction::Belady, capacity, &requests);
        for rule in Eviction::ALL {
            // The leaf-safe order holds more than its capacity during a request.
            if rule != Eviction::LruLeaf {
                prop_assert!(hits(rule, capacity, &requests) <= most, "{}", rule.as_str());
            }
        }
    }

    #[test]
    fn without_eviction_all_rules_are_one(requests in requests()) {
        let all = Eviction::ALL.map(|rule| play(rule, &[INFINITE, 12], &requests));
        prop_assert!(all.iter().all(|found| found == &all[0] && found[0] == found[1]));
    }

    #[test]
    fn chained_blocks_hit_as_prefixes_under_leaf_safe_lru(requests in chained()) {
        for found in play(Eviction::LruLeaf, &CAPACITIES, &requests) {
            prop_assert!(found.iter().all(|one| one.run == one.hits));
        }
    }
}

#[test]
fn the_two_orders_of_lru_part_where_the_text_says() {
    // Capacity 2, a request of three blocks: the last two stay, or the first two.
    let requests = [vec![0, 1, 2], vec![0, 1, 2]];
    let found = |rule| play(rule, &[2], &requests)[0][1];
    assert_eq!(found(Eviction::Lru), Found { run: 0, hits: 0 });
    assert_eq!(found(Eviction::LruLeaf), Found { run: 2, hits: 2 });
}

#[test]
fn a_block_alone_and_a_block_twice() {
    for rule in Eviction::ALL {
        let found = play(rule, &[0, 1, 2], &[vec![7], vec![7, 7], vec![]]);
        let none = Found::default();
        assert_eq!(found[0], [none; 3], "{}: nothing fits", rule.as_str());
        for found in &found[1..] {
            assert_eq!(*found, [none, Found { run: 2, hits: 2 }, none], "{}", rule.as_str());
        }
        let twice = play(rule, &[1], &[vec![7, 7]]);
        assert_eq!(twice[0], [Found { run: 0, hits: 1 }], "{}: each access alone", rule.as_str());
    }
}

#[test]
fn frequency_begins_again_at_an_insertion() {
    // 1 was used thrice, is forgotten by no one; 2 and 3 push each other out.
    let requests: Vec<Vec<u32>> = [1, 1, 1, 2, 3, 2, 3, 1].map(|block| vec![block]).into();
    assert_eq!(hits(Eviction::Lfu, 2, &requests), 3);
    // Equal frequencies: the one of the larger place goes, not the older.
    let requests = [vec![1, 2, 3], vec![4], vec![3], vec![1, 2]];
    let found = play(Eviction::LengthAware, &[3], &requests);
    assert_eq!(found[0].iter().map(|one| one.hits).collect::<Vec<_>>(), [0, 0, 0, 1]);
}
