//! Progress: a bar on a terminal, a line for each run otherwise.

use crate::recording::journal::{RunKey, Verdict};
use crate::run::{Progress, RunReport};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

/// Shows runs as they end.
pub(super) struct Shown {
    bar: Option<ProgressBar>,
    total: usize,
    /// Held while a line is printed, so that the lines come in the order of their numbers.
    done: Mutex<usize>,
}

impl Shown {
    /// For so many runs.
    pub(super) fn new(total: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { bar, total, done: Mutex::new(0) }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Shown {
    fn started(&self, run: &RunKey) {
        if let Some(bar) = &self.bar {
            bar.set_message(run.to_string());
        }
    }

    fn finished(&self, report: &RunReport) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done += 1;
        match &self.bar {
            Some(bar) => bar.inc(1),
            None => {
                let word = match report.verdict {
                    Verdict::Pass if report.expect_fail.is_some() => "pass (!)",
                    Verdict::Pass => "pass",
                    Verdict::Fail if report.expect_fail.is_some() => "fail (ok)",
                    Verdict::Fail => "fail",
                    Verdict::Timeout => "timeout",
                    Verdict::Unfinished => "unfinished",
                    Verdict::OffPolicy => "off-policy",
                    Verdict::Error => "error",
                    Verdict::Skipped => "skipped",
                    Verdict::Interrupted => "interrupted",
                };
                super::console::note(&format!("[{done}/{}] {word} {}", self.total, report.key));
            }
        }
    }
}
