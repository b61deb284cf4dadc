//! What the runs of a matrix may use of a live endpoint, all together: requests and money.
//!
//! Requests are counted before they are sent, so that there is never one too many. Money is known
//! only when an answer has told its usage: nothing more is sent once the sum is reached, and what was
//! under way then is paid for and kept. (On a WebSocket requests, too, count when they are answered.)

use crate::cache::{Prices, count, dollars, render};
use crate::recording::{Exchange, Outcome};
use crate::wire::Usage;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What may be used; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests to the endpoint, those included that agents repeat.
    pub requests: Option<u64>,
    /// Money, in billionths of a dollar.
    pub spend: Option<u64>,
}

/// What was used so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests.
    pub requests: u64,
    /// Money as an estimate, in billionths of a dollar, over models that have a price.
    pub money: u64,
    /// A model without a price that was asked.
    pub unpriced: Option<String>,
}

/// Limits, and what was used of them.
#[derive(Debug)]
pub struct Allowance {
    limits: Limits,
    prices: Prices,
    spent: Mutex<Spent>,
}

impl Allowance {
    /// Nothing is used yet.
    #[must_use]
    pub fn new(limits: Limits, prices: Prices) -> Self {
        Self { limits, prices, spent: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was used.
    #[must_use]
    pub fn spent(&self) -> Spent {
        self.lock().clone()
    }

    /// What money is estimated by.
    #[must_use]
    pub fn prices(&self) -> &Prices {
        &self.prices
    }

    /// Why nothing more may be sent, if that is so.
    #[must_use]
    pub fn used_up(&self) -> Option<String> {
        self.over(&self.lock())
    }

    fn over(&self, spent: &Spent) -> Option<String> {
        let Limits { requests, spend } = self.limits;
        if let Some(limit) = requests.filter(|limit| spent.requests >= *limit) {
            return Some(format!("the limit of {limit} requests for all runs is reached"));
        }
        let limit = spend?;
        if let Some(model) = &spent.unpriced {
            return Some(format!(
                "the model {model} was asked, which has no price, and there is a limit of {} for all \
                 runs",
                dollars(limit)
            ));
        }
        let used = dollars(spent.money);
        (spent.money >= limit)
            .then(|| format!("the limit of {} for all runs is reached ({used})", dollars(limit)))
    }

    /// Lets a request pass and counts it.
    pub(super) fn admit(&self) -> Result<(), String> {
        let mut spent = self.lock();
        match self.over(&spent) {
            Some(why) => Err(why),
            None => {
                spent.requests += 1;
                Ok(())
            }
        }
    }

    /// Counts a request that was sent unasked.
    pub(super) fn count(&self) {
        self.lock().requests += 1;
    }

    /// Adds what an answer cost.
    pub(super) fn charge(&self, exchange: &Exchange) {
        let Some(usage) = usage(exchange) else { return };
        let model = exchange.request.text_field("model").unwrap_or_default();
        let cost = self.prices.cost(&model, &usage);
        let mut spent = self.lock();
        match cost {
            Some(cost) => spent.money = spent.money.saturating_add(cost),
            None => {
                spent.unpriced.get_or_insert(model);
            }
        }
    }
}

/// What an answer used: as it says; by our own count where it broke off or says nothing, since it
/// was worked on all the same. `None` for errors, which cost nothing.
fn usage(exchange: &Exchange) -> Option<Usage> {
    // Without a status: given up before the answer began.
    let is_refused = !matches!(exchange.status, 0 | 200) || exchange.outcome == Outcome::Error;
    if exchange.usage.is_some() || is_refused {
        return exchange.usage;
    }
    let output = exchange.output.iter().map(|item| count(item.as_str())).sum();
    Some(Usage::new(prompt(exchange), 0, 0, output, 0))
}

/// Tokens of a prompt, by our own count.
fn prompt(exchange: &Exchange) -> u64 {
    render(&exchange.request).iter().map(|segment| segment.tokens).sum()
}

#[cfg(test)]
mod tests {
    use super::{Allowance, Limits};
    use crate::cache::Prices;
    use crate::measure::testing;
    use crate::recording::Outcome;
    use crate::wire::Usage;

    fn allowance(requests: Option<u64>, spend: Option<u64>) -> Allowance {
        Allowance::new(Limits { requests, spend }, Prices::shipped().unwrap())
    }

    #[test]
    fn requests_are_counted_before_they_are_sent() {
        let two = allowance(Some(2), None);
        assert_eq!((two.admit(), two.admit()), (Ok(()), Ok(())));
        let why = "the limit of 2 requests for all runs is reached";
        assert_eq!(two.admit().unwrap_err(), why);
        assert_eq!((two.used_up().as_deref(), two.spent().requests), (Some(why), 2));
        assert_eq!(allowance(None, None).admit(), Ok(()));
    }

    #[test]
    fn money_is_what_answers_say_or_else_our_own_count() {
        let asked = |model: &str| {
            let mut exchange = testing::exchange(0, &[testing::user("a")]);
            exchange.request.fields.retain(|(key, _)| key != "model");
            let model = crate::wire::Raw::parse(&format!("\"{model}\"")).unwrap();
            exchange.request.fields.push(("model".to_owned(), model));
            exchange
        };
        let cent = allowance(None, Some(10_000_000));
        let mut told = asked("gpt-5");
        told.usage = Some(Usage::new(4_000, 0, 0, 100, 0));
        cent.charge(&told);
        assert_eq!((cent.spent().money, cent.used_up()), (6_000_000, None));
        let mut cut = asked("gpt-5");
        (cut.usage, cut.status, cut.outcome) = (None, 200, Outcome::Cut);
        cent.charge(&cut);
        assert!(cent.spent().money > 6_000_000, "what broke off was worked on");
        let before = cent.spent();
        let mut refused = asked("gpt-5");
        (refused.usage, refused.status, refused.outcome) = (None, 429, Outcome::Error);
        cent.charge(&refused);
        assert_eq!(cent.spent(), before);
        cent.charge(&told);
        assert!(cent.admit().unwrap_err().starts_with("the limit of $0.0100 for all runs"));

        let unknown = allowance(None, Some(1));
        let mut other = asked("nobody-knows-it");
        other.usage = Some(Usage::new(1, 0, 0, 0, 0));
        unknown.charge(&other);
        assert!(
            unknown.admit().unwrap_err().contains("nobody-knows-it was asked, which has no price")
        );
    }
}
