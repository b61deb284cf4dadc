//! What is said of a request that gets no answer: the nearest exchange, and the difference that
//! matters most.

use super::near::Near;
use super::{Asked, Replay};
use crate::server::Declined;
use crate::wire::ApiError;

impl Replay {
    /// The error for a request that departs from the nearest exchange.
    pub(super) fn mismatch(&self, near: Near) -> Declined {
        let Near { drift, is_recognised, .. } = near;
        let Some(worst) = drift.worst() else {
            return ApiError::invalid("replay_mismatch", "nothing differs").into();
        };
        let (name, exchange) = (&self.name, drift.exchange);
        let more = match drift.differences.len() {
            1 => String::new(),
            all => format!("; {} more", all - 1),
        };
        let message = match is_recognised {
            true => format!(
                "recording {name}: this request differs ({}) from exchange {exchange} {worst}{more}",
                worst.severity.as_str()
            ),
            false => format!(
                "recording {name}: no recorded conversation begins like this request; the nearest, \
                 exchange {exchange}, differs {worst}{more}"
            ),
        };
        let error = ApiError::invalid("replay_mismatch", message).with_param(&worst.pointer);
        match is_recognised {
            true => Declined { error, drift: Some(Box::new(drift)) },
            false => error.into(),
        }
    }

    /// The error for a request at whose place nothing was recorded.
    pub(super) fn nothing_follows(&self, asked: &Asked<'_>) -> Declined {
        let last = self.recording.exchanges.len().saturating_sub(1);
        let after = match asked.parents.first().copied().flatten() {
            Some(parent) if parent as usize == last => {
                format!("exchange {parent}, the last one of the recording")
            }
            Some(parent) => format!("exchange {parent}"),
            None => "the start of a conversation".to_owned(),
        };
        let other = asked.parents.iter().any(|parent| !self.children(*parent).is_empty());
        let what = if other { "nothing of this kind (step or compaction)" } else { "nothing" };
        let message = format!(
            "recording {}: {what} was recorded after {after}, yet the agent asks again (its \
             request has {} input items)",
            self.name,
            asked.history.len()
        );
        ApiError::invalid("replay_mismatch", message).with_param("/input").into()
    }
}
