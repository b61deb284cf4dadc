//! A share of the requests, as it was written: 0.29 of 100 requests are 29, where the nearest float
//! would give 28.999.. and so 28.

/// Most digits behind the point: with two more for a percentage, the whole fits 64 bits.
const DIGITS: usize = 15;

/// So many parts of a whole, less than all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    part: u64,
    whole: u64,
}

impl Share {
    /// Nothing.
    pub const NONE: Self = Self { part: 0, whole: 1 };

    /// Reads `0.29` or `29%`; nothing but decimal digits, below the whole.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, mut whole) = match text.strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 100),
            None => (text, 1),
        };
        let (before, behind) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{before}{behind}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let behind = behind.trim_end_matches('0');
        let scale = (behind.len() <= DIGITS).then(|| 10u64.pow(behind.len() as u32))?;
        whole *= scale;
        let fraction = if behind.is_empty() { 0 } else { behind.parse::<u64>().ok()? };
        let before = if before.is_empty() { 0 } else { before.parse::<u64>().ok()? };
        let mut part = before.checked_mul(scale)?.checked_add(fraction)?;
        if part >= whole {
            return None;
        }
        while part % 10 == 0 && whole > 1 {
            (part, whole) = (part / 10, whole / 10);
        }
        Some(Self { part, whole })
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.part == 0
    }

    /// How many of so many that is, rounded down.
    #[must_use]
    pub fn of(self, all: u64) -> u64 {
        // Less than `all`, since the part is less than the whole.
        (u128::from(all) * u128::from(self.part) / u128::from(self.whole)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn a_share_is_the_decimal_that_was_written() {
        // The floats of 0.29, 0.57, 0.58, 1.1 % and 0.007 give one less.
        for (text, all, part) in [
            ("0.29", 100, 29),
            ("29%", 100, 29),
            ("0.57", 100, 57),
            ("58 %", 100, 58),
            ("0.58", 50, 29),
            ("1.1%", 1_000, 11),
            ("0.007", 1_000, 7),
            ("0.5", 9, 4),
            (".25", 12_031, 3_007),
            ("0.999999999999999", u64::MAX, 18_446_744_073_709_533_168),
            ("0", 7, 0),
        ] {
            assert_eq!(Share::parse(text).unwrap().of(all), part, "{text} of {all}");
        }
        for hundredths in 0..100 {
            let text = format!("0.{hundredths:02}");
            let share = Share::parse(&text).unwrap();
            for requests in 0..30 {
                assert_eq!(share.of(100 * requests), hundredths * requests, "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        assert_eq!(Share::parse("0.5"), Share::parse("50.0%"));
        assert_eq!(Share::parse("0.00"), Some(Share::NONE));
        for wrong in
            ["", "1", "1.0", "100%", "-0.1", "half", "NaN", ".", "%", "0.5.5", "1e-1", "+0.5"]
        {
            assert_eq!(Share::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Share::parse("0.0000000000000001"), None, "too fine");
    }
}
