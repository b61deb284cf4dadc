//! Scenario x variant x trial, in a fixed order.

use super::{RunError, Source, Subject};
use crate::recording::journal::RunKey;
use crate::scenario::{Effective, Scenario, load_variant};
use crate::wire::Digest;
use std::sync::Arc;

/// One run to do.
#[derive(Clone, Debug)]
pub struct RunSpec {
    /// Its name.
    pub key: RunKey,
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The scenario's settings overlaid by the variant.
    pub effective: Arc<Effective>,
    /// The agent.
    pub subject: Subject,
    /// Where answers come from.
    pub source: Source,
    /// hash(matrix seed, scenario, variant, trial); feeds everything that is drawn.
    pub seed: u64,
}

/// The matrix: scenarios by name, then variants as given, then agents as given, then trials.
pub fn expand(
    scenarios: Vec<Scenario>,
    variants: &[String],
    subjects: &[Subject],
    trials: u32,
    seed: u64,
    source: impl Fn(&Scenario, &str, &Subject) -> Result<Source, RunError>,
) -> Result<Vec<RunSpec>, RunError> {
    let mut specs = Vec::new();
    for scenario in scenarios {
        let scenario = Arc::new(scenario);
        for wanted in variants {
            let (variant, settings) = load_variant(&scenario, wanted)?;
            let effective = Arc::new(Effective::new(&scenario, &variant, &settings));
            for subject in subjects {
                let source = source(&scenario, &variant, subject)?;
                for trial in 1..=trials {
                    let mut key = RunKey::builtin(&scenario.name, &variant, trial);
                    // What is drawn is a condition: the same for every agent.
                    let parts =
                        [&seed.to_le_bytes()[..], key.to_string().as_bytes()].map(<[u8]>::to_vec);
                    let seed = Digest::of_parts(&[&parts[0], &parts[1]]).as_u64();
                    subject.name().clone_into(&mut key.agent);
                    specs.push(RunSpec {
                        key,
                        scenario: Arc::clone(&scenario),
                        effective: Arc::clone(&effective),
                        subject: subject.clone(),
                        source: source.clone(),
                        seed,
                    });
                }
            }
        }
    }
    Ok(specs)
}
