//! What tokens cost: a dated list of prices, and the money of one answer as an estimate.
//!
//! Money is counted in whole billionths of a dollar, so that sums do not depend on their order. A
//! model that is not listed has no price, which is not the same as a price of nothing.

use super::ledger::Accounted;
use super::policy::Account;
use crate::scenario::{ScenarioError, parse_yaml, read_yaml};
use crate::wire::Usage;
use indexmap::IndexMap;
use serde::Deserialize;
use std::path::Path;

/// The list that comes with the program.
const LIST: &str = include_str!("prices.yaml");

/// A list of prices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The day they were looked up.
    pub date: String,
    models: IndexMap<String, Price>,
}

/// Dollars per million tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    input: Dollars,
    cached: Dollars,
    /// Of what is written to the cache, where that costs more than input.
    write: Option<Dollars>,
    /// Of what is written to be kept for an hour.
    write_long: Option<Dollars>,
    output: Option<Dollars>,
    #[allow(dead_code, reason = "for who reads the file")]
    source: Source,
    long: Option<Long>,
}

/// Where a price is from.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Vendor,
    Quoted,
    Own,
}

/// Long requests cost more, as a whole.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    above: u64,
    input: Dollars,
    output: Dollars,
}

/// A price, or a factor of prices: a number from 0 on.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
struct Dollars(f64);

impl TryFrom<f64> for Dollars {
    type Error = String;

    fn try_from(dollars: f64) -> Result<Self, String> {
        match dollars.is_finite() && dollars >= 0.0 {
            true => Ok(Self(dollars)),
            false => Err(format!("{dollars} is no price: dollars for a million tokens, from 0 on")),
        }
    }
}

impl Prices {
    /// The list that comes with the program.
    pub fn shipped() -> Result<Self, ScenarioError> {
        parse_yaml(Path::new("prices.yaml"), LIST)
    }

    /// A list of the user's.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        Ok(read_yaml(path)?.0)
    }

    /// A list of the user's, or that of the program.
    pub fn of(file: Option<&Path>) -> Result<Self, ScenarioError> {
        file.map_or_else(Self::shipped, Self::read)
    }

    /// Whether a model is listed.
    #[must_use]
    pub fn knows(&self, model: &str) -> bool {
        self.models.contains_key(name(model))
    }

    /// What an answer cost, in billionths of a dollar; `None` if the model is not listed.
    #[must_use]
    pub fn cost(&self, model: &str, usage: &Usage) -> Option<u64> {
        let price = self.models.get(name(model))?;
        let account = Accounted::from(*usage).account;
        price.of(&account, usage.output_tokens)
    }

    /// What a request cost that a cache accounted so, with its answer.
    #[must_use]
    pub fn cost_of(&self, model: &str, account: &Account, output: u64) -> Option<u64> {
        self.models.get(name(model))?.of(account, output)
    }
}

impl Price {
    /// None where the answer has no price.
    fn of(&self, account: &Account, output: u64) -> Option<u64> {
        let price = self;
        let long = price.long.filter(|long| account.input() > long.above);
        let (more_in, more_out) = long.map_or((1.0, 1.0), |long| (long.input.0, long.output.0));
        let of = |tokens: u64, dollars: Dollars, more: f64| {
            u128::from(tokens) * billionths(dollars.0 * more)
        };
        // Where nothing is listed, writing costs what input does.
        let write = price.write.unwrap_or(price.input);
        let write_long = price.write_long.unwrap_or(write);
        let sum = of(account.plain, price.input, more_in)
            + of(account.read, price.cached, more_in)
            + of(account.write.saturating_sub(account.long), write, more_in)
            + of(account.long, write_long, more_in)
            + match (output, price.output) {
                (0, _) => 0,
                (tokens, price) => of(tokens, price?, more_out),
            };
        Some(u64::try_from(sum).unwrap_or(u64::MAX))
    }
}

/// Billionths of a dollar for people: four digits below a dollar.
#[must_use]
pub fn dollars(billionths: u64) -> String {
    let dollars = billionths as f64 / 1e9;
    if dollars < 1.0 { format!("${dollars:.4}") } else { format!("${dollars:.2}") }
}

/// Dollars per million tokens as billionths of a dollar per token.
fn billionths(dollars: f64) -> u128 {
    // Absurd prices saturate; a million dollars per token is enough.
    (dollars * 1_000.0).round().clamp(0.0, 1e15) as u128
}

/// The name without who offers it and without the date of its version.
fn name(model: &str) -> &str {
    let model = model.rsplit('/').next().unwrap_or(model);
    let model = model.split('@').next().unwrap_or(model);
    let dated = [9, 11].into_iter().find_map(|length| {
        let (name, date) = model.split_at_checked(model.len().checked_sub(length)?)?;
        let digits = date.bytes().filter(u8::is_ascii_digit).count();
        let dashes = date.bytes().filter(|byte| *byte == b'-').count();
        let is_date = digits == 8 && digits + dashes == length && date.starts_with('-');
        is_date.then_some(name)
    });
    dated.unwrap_or(model)
}

#[cfg(test)]
mod tests {
    use super::{Account, Path, Prices, name, parse_yaml};
    use crate::wire::Usage;

    #[test]
    fn money_is_what_each_kind_of_token_costs() {
        let prices = Prices::shipped().unwrap();
        // 1,000 plain at 3, 2,000 cached at 0.30, 400 written at 3.75, 100 out at 15.
        let usage = Usage::new(3_400, 2_000, 400, 100, 0);
        let cost = prices.cost("claude-sonnet-4-5-20250929", &usage);
        assert_eq!(cost, Some(3_000_000 + 600_000 + 1_500_000 + 1_500_000));
        // Above 272,000 tokens: twice the input, one and a half times the output.
        let long = Usage::new(300_000, 0, 0, 10, 0);
        assert_eq!(prices.cost("gpt-6-sol", &long), Some(300_000 * 4_000 + 10 * 15_000));
        // Where writing costs nothing more, it is input.
        let written = Usage::new(10, 0, 10, 0, 0);
        assert_eq!(prices.cost("openai/gpt-5", &written), Some(12_500));
        assert_eq!(prices.cost("gpt-5-unheard-of", &usage), None);
        // Half of what was written is to be kept for an hour.
        let account = Account { write: 400, long: 200, ..Account::default() };
        let cost = prices.cost_of("claude-sonnet-4-5", &account, 0);
        assert_eq!(cost, Some(200 * 3_750 + 200 * 6_000));
        assert_eq!(prices.cost_of("deepseek-v4-pro", &account, 0), Some(400 * 1_667));
        assert_eq!(prices.cost_of("deepseek-v4-pro", &account, 1), None, "no price of answers");
    }

    #[test]
    fn what_is_no_price_is_refused() {
        let list = |price: &str| {
            let text =
                format!("date: d\nmodels:\n  m: {{input: 1, cached: {price}, source: own}}\n");
            parse_yaml::<Prices>(Path::new("p.yaml"), &text).map_err(|error| error.to_string())
        };
        assert!(list("0").is_ok() && list("0.125").is_ok());
        for wrong in ["-1", ".nan", ".inf", "many"] {
            let error = list(wrong).unwrap_err();
            assert!(error.starts_with("p.yaml:3:"), "{error}");
        }
        assert!(list("-1").unwrap_err().contains("-1 is no price"));
    }

    #[test]
    fn names_lose_their_dates() {
        for (model, expected) in [
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
            ("gpt-5.4-2026-03-05", "gpt-5.4"),
            ("anthropic/claude-opus-4@20250514", "claude-opus-4"),
            ("gpt-5", "gpt-5"),
            ("é", "é"),
        ] {
            assert_eq!(name(model), expected);
        }
    }
}
