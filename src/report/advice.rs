//! What to do about a run that is not as it should be. Derived from the outcome and from the code
//! of the server's error, never from the wording of a reason.

use super::outcome::{Outcome, outcome};
use crate::measure::RunMeasure;
use crate::recording::journal::BUILTIN;

/// How to mend it, where that can be known.
pub(super) fn advice(run: &RunMeasure) -> Option<String> {
    let text = match outcome(run) {
        Outcome::UnexpectedPass => {
            "take `expect_fail` out of scenario.yaml, or add the check that \
             should have failed"
                .into()
        }
        Outcome::Timeout => "a command or an answer hung; if the work needs longer, raise \
             `budgets.seconds` in scenario.yaml"
            .into(),
        Outcome::Unfinished => "the agent may be looping: its calls are in the journal; if the \
             work needs more, raise `budgets` in scenario.yaml"
            .into(),
        Outcome::Unstable => "mask what varies with `volatile:` in scenario.yaml, or make the \
             command repeatable"
            .into(),
        Outcome::Skipped => "install it, or put its folder on PATH".into(),
        // The blocks of its changes say what to do.
        Outcome::Fail if run.drift.refused => return None,
        Outcome::Fail => return refused(run),
        Outcome::Error => {
            "this machine failed, not the agent: mend what is named, and run again".into()
        }
        Outcome::Interrupted
        | Outcome::FailAsExpected
        | Outcome::OffPolicy
        | Outcome::Drift
        | Outcome::Pass => return None,
    };
    Some(text)
}

/// About a conversation that the server's refusal ended.
fn refused(run: &RunMeasure) -> Option<String> {
    let scenario = &run.run.scenario;
    Some(match run.refused.as_deref()? {
        "replay_mismatch" => {
            let variant = match run.run.variant.as_str() {
                "base" => String::new(),
                name => format!(" --variant {name}"),
            };
            format!(
                "a replay answers only what was recorded. If the change is meant, record it: \
                 unreel record {scenario}{variant}; to run without a recording: unreel run \
                 --script {scenario}{variant}"
            )
        }
        "tool_not_advertised" if run.run.agent == BUILTIN => {
            "add the tool to `tools` of the variant, or write the step of script.yaml with another \
             verb"
                .into()
        }
        "tool_not_advertised" => "say in the agent file, under `dialect`, which of its tools does \
             this, or write the step of script.yaml with another verb"
            .into(),
        _ => return None,
    })
}
