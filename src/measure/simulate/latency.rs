//! How long the client waits for the first token, by a model with four stated parameters: a round
//! trip, the upload of the body, reading cached tokens, working through the others. It says nothing
//! of queues, of load, or of a real provider.

use std::fmt;
use std::str::FromStr;

/// The parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Latency {
    /// Milliseconds of a round trip.
    pub rtt_ms: u64,
    /// Bytes of a body that go up in a second.
    pub up_bytes_per_s: u64,
    /// Tokens worked through in a second.
    pub prefill_tokens_per_s: u64,
    /// Cached tokens read in a second.
    pub read_tokens_per_s: u64,
}

impl Default for Latency {
    /// Round figures of the size that hosted models show; assumptions, nobody's measurement.
    fn default() -> Self {
        Self {
            rtt_ms: 80,
            up_bytes_per_s: 5_000_000,
            prefill_tokens_per_s: 8_000,
            read_tokens_per_s: 400_000,
        }
    }
}

impl Latency {
    /// Microseconds until the first token of one request.
    #[must_use]
    pub fn wait_us(&self, up: u64, read: u64, rest: u64) -> u64 {
        let part = |amount: u64, per_s: u64| amount.saturating_mul(1_000_000) / per_s.max(1);
        self.rtt_ms * 1_000
            + part(up, self.up_bytes_per_s)
            + part(read, self.read_tokens_per_s)
            + part(rest, self.prefill_tokens_per_s)
    }
}

/// Most of each: what is computed with it stays exact.
const MOST: u64 = 1 << 40;

/// Names of the parameters on the command line.
const KEYS: [&str; 4] = ["rtt", "up", "prefill", "read"];

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rtt_ms, up_bytes_per_s, prefill_tokens_per_s, read_tokens_per_s } = self;
        write!(f, "rtt={rtt_ms},up={up_bytes_per_s},")?;
        write!(f, "prefill={prefill_tokens_per_s},read={read_tokens_per_s}")
    }
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut latency = Self::default();
        for part in text.split(',') {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is no setting; it is {}", Self::default()))?;
            let least = u64::from(key != "rtt");
            let number = value.replace('_', "").parse::<u64>().ok();
            let number = number.filter(|number| (least..=MOST).contains(number));
            let place = match key {
                "rtt" => &mut latency.rtt_ms,
                "up" => &mut latency.up_bytes_per_s,
                "prefill" => &mut latency.prefill_tokens_per_s,
                "read" => &mut latency.read_tokens_per_s,
                _ => return Err(format!("no `{key}`; there are {}", KEYS.join(", "))),
            };
            *place = number.ok_or_else(|| {
                format!("`{part}` is not possible; {key} is a whole number from {least} on")
            })?;
        }
        Ok(latency)
    }
}

#[cfg(test)]
mod tests {
    use super::Latency;

    #[test]
    fn a_wait_by_hand() {
        let latency: Latency = "rtt=100,prefill=1_000,read=10000,up=1000000".parse().unwrap();
        // 0.1 s + 0.5 s for the body + 0.2 s read + 3 s worked through.
        assert_eq!(latency.wait_us(500_000, 2_000, 3_000), 3_800_000);
        assert_eq!(latency.to_string().parse(), Ok(latency));
    }

    #[test]
    fn what_is_no_parameter_is_told() {
        for wrong in ["prefill", "prefill=0", "prefil=3", "rtt=-1", ""] {
            assert!(wrong.parse::<Latency>().is_err(), "{wrong}");
        }
        let error = "prefill=0".parse::<Latency>().unwrap_err();
        assert_eq!(error, "`prefill=0` is not possible; prefill is a whole number from 1 on");
    }
}
