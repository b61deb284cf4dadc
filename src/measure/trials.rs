//! Trials of one scenario and variant against each other. A run that draws nothing must repeat
//! itself: any difference between equal trials makes the scenario *unstable*. Compared are the
//! logs, not the figures: two outputs of one length give equal figures.

use super::{RunMeasure, measure};
use crate::recording::Exchange;
use crate::recording::journal::{RunKey, RunLog};

/// Measures runs as they come, in matrix order, and holds each later trial against the first one
/// of its scenario and variant. Only that one is kept whole.
#[derive(Debug, Default)]
pub struct Trials {
    first: Option<RunLog>,
    runs: Vec<RunMeasure>,
}

impl Trials {
    /// Measures one more run.
    pub fn add(&mut self, log: RunLog) {
        let mut run = measure(&log);
        match &self.first {
            Some(first) if same(&first.started.run, &log.started.run) => {
                // A trial that did not come to its end says nothing about the others.
                // Nor is anything to be repeated where a live model answers.
                let are_whole = first.finished.is_some() && log.finished.is_some();
                if are_whole && !log.started.is_live() && !log.started.draws {
                    run.differs = difference(first, &log);
                }
            }
            _ => self.first = Some(log),
        }
        self.runs.push(run);
    }

    /// The measures, in the order in which the runs came.
    #[must_use]
    pub fn finish(self) -> Vec<RunMeasure> {
        self.runs
    }
}

fn same(one: &RunKey, other: &RunKey) -> bool {
    one.is_trial_of(other)
}

/// The first place where a trial differs from another; `None` if they are equal but for their key
/// and seed.
fn difference(first: &RunLog, other: &RunLog) -> Option<String> {
    for (one, two) in first.exchanges.iter().zip(&other.exchanges) {
        if let Some(place) = exchange(one, two) {
            return Some(place);
        }
    }
    let (one, two) = (first.exchanges.len(), other.exchanges.len());
    if one != two {
        return Some(format!("{two} requests instead of {one}"));
    }
    for (one, two) in first.checks.iter().zip(&other.checks) {
        if one != two {
            return Some(format!("check `{}`", two.name));
        }
    }
    let tree = |log: &RunLog| log.finished.as_ref().and_then(|finished| finished.tree);
    if tree(first) != tree(other) {
        return Some("the final files".to_owned());
    }
    let mut equalled = other.clone();
    equalled.started.run = first.started.run.clone();
    equalled.started.seed = first.started.seed;
    (equalled != *first).then(|| "the log".to_owned())
}

/// Where two exchanges of one number differ; names the request as people count, from 1.
fn exchange(one: &Exchange, two: &Exchange) -> Option<String> {
    let number = two.seq + 1;
    if one.request.fields != two.request.fields {
        let fields = one.request.fields.iter().zip(&two.request.fields);
        let changed = fields.into_iter().find(|(one, two)| one != two).map(|(_, (key, _))| key);
        // No pair differs: one has a field more.
        let place = changed.map_or("its fields".to_owned(), |key| format!("/{key}"));
        return Some(format!("request {number}, {place}"));
    }
    let input = (&one.request.input, &two.request.input);
    if input.0 != input.1 {
        let shared = input.0.iter().zip(input.1).take_while(|(one, two)| one == two).count();
        return Some(format!("request {number}, /input/{shared}"));
    }
    (one != two).then(|| format!("the answer to request {number}"))
}

#[cfg(test)]
mod tests {
    use super::Trials;
    use crate::measure::testing::{exchange, log, user};
    use crate::recording::journal::{CheckEvent, RunFinished, RunLog, Verdict};
    use crate::wire::Digest;

    fn trial(trial: u32, text: &str) -> RunLog {
        let mut log = log(vec![exchange(0, &[user("go")]), exchange(1, &[user("go"), user(text)])]);
        log.turns = vec![1, 1];
        log.answered_by = vec![String::new(); 2];
        log.started.run.trial = trial;
        log.started.seed = u64::from(trial);
        log.finished = Some(RunFinished {
            verdict: Verdict::Pass,
            reason: None,
            unplayed: 0,
            unsettled: false,
            tree: Some(Digest::of("tree")),
        });
        log
    }

    fn differs(one: RunLog, two: RunLog) -> Option<String> {
        let mut trials = Trials::default();
        [one, two].into_iter().for_each(|log| trials.add(log));
        let runs = trials.finish();
        assert_eq!(runs[0].differs, None, "the first trial is what others are held against");
        runs[1].differs.clone()
    }

    #[test]
    fn equal_trials_differ_in_nothing_but_key_and_seed() {
        assert_eq!(differs(trial(1, "a"), trial(2, "a")), None);
    }

    #[test]
    fn outputs_of_one_length_differ_all_the_same() {
        let found = differs(trial(1, "a"), trial(2, "b"));
        assert_eq!(found.as_deref(), Some("request 2, /input/1"));
    }

    #[test]
    fn every_kind_of_difference_is_named() {
        let mut short = trial(2, "a");
        short.exchanges.pop();
        let found = differs(trial(1, "a"), short);
        assert_eq!(found.as_deref(), Some("1 requests instead of 2"));
        let mut tree = trial(2, "a");
        tree.finished.as_mut().unwrap().tree = None;
        assert_eq!(differs(trial(1, "a"), tree).as_deref(), Some("the final files"));
        let mut checked = [trial(1, "a"), trial(2, "a")];
        for (trial, passed) in checked.iter_mut().zip([true, false]) {
            trial.checks = vec![CheckEvent { name: "c".into(), passed, detail: String::new() }];
        }
        let [one, two] = checked;
        assert_eq!(differs(one, two).as_deref(), Some("check `c`"));
        let mut late = trial(2, "a");
        late.retries = 1;
        assert_eq!(differs(trial(1, "a"), late).as_deref(), Some("the log"));
    }

    #[test]
    fn an_interrupted_trial_is_not_held_against_others() {
        let mut cut = trial(2, "b");
        cut.finished = None;
        assert_eq!(differs(trial(1, "a"), cut), None);
    }
}
