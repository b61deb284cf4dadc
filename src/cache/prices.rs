//! What tokens cost: a dated list of prices, and the money of one answer as an estimate.
//!
//! Money is counted in whole billionths of a dollar, so that sums do not depend on their order. A
//! model that is not listed has no price, which is not the same as a price of nothing.

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
    input: f64,
    cached: f64,
    /// Of what is written to the cache, where that costs more than input.
    write: Option<f64>,
    output: f64,
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
    input: f64,
    output: f64,
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

    /// Whether a model is listed.
    #[must_use]
    pub fn knows(&self, model: &str) -> bool {
        self.models.contains_key(name(model))
    }

    /// What an answer cost, in billionths of a dollar; `None` if the model is not listed.
    #[must_use]
    pub fn cost(&self, model: &str, usage: &Usage) -> Option<u64> {
        let price = self.models.get(name(model))?;
        let (cached, written) = (usage.cached(), usage.input_tokens_details.cache_write_tokens);
        let plain = usage.input_tokens.saturating_sub(cached).saturating_sub(written);
        let long = price.long.filter(|long| usage.input_tokens > long.above);
        let (more_in, more_out) = long.map_or((1.0, 1.0), |long| (long.input, long.output));
        let of =
            |tokens: u64, dollars: f64, more: f64| u128::from(tokens) * billionths(dollars * more);
        let write = price.write.unwrap_or(price.input);
        let sum = of(plain, price.input, more_in)
            + of(cached, price.cached, more_in)
            + of(written, write, more_in)
            + of(usage.output_tokens, price.output, more_out);
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
    // Negative or absurd prices saturate; a million dollars per token is enough.
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
    use super::{Prices, name};
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
