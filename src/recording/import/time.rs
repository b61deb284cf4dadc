//! Times of logs: RFC 3339 as every one of them writes it, as milliseconds since 1970.

/// Reads `2026-05-11T08:27:17.490Z`, with or without a fraction, with `Z` or an offset. Anything
/// else is no time.
#[must_use]
pub fn millis(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', ' '])?;
    let mut parts = date.split('-');
    let (year, month, day) =
        (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (clock, offset) = split_offset(rest)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.split(':');
    let (hour, minute, second) =
        (number(parts.next()?, 2)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let millis = match fraction.get(..fraction.len().min(3))? {
        "" => 0,
        digits => number(digits, digits.len())? * [100, 10, 1][digits.len() - 1],
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some(seconds * 1_000 + millis)
}

/// Exactly `digits` decimal digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// The clock, and how many seconds it is ahead of UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let at = text.rfind(['+', '-'])?;
    let (hours, minutes) = text[at + 1..].split_once(':')?;
    let seconds = number(hours, 2)? * 3_600 + number(minutes, 2)? * 60;
    Some((&text[..at], if text[at..].starts_with('-') { -seconds } else { seconds }))
}

/// Days since 1970-01-01 in the Gregorian calendar; years begin in March, so that the leap day is
/// the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn times_as_logs_write_them() {
        assert_eq!(millis("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(millis("2026-05-11T08:27:17.490Z"), Some(1_778_488_037_490));
        assert_eq!(millis("2024-10-15T12:53:13-04:00"), Some(1_729_011_193_000));
        assert_eq!(millis("2024-10-15T12:53:13.264282-04:00"), Some(1_729_011_193_264));
        assert_eq!(millis("2000-02-29T00:00:00.5+00:00"), Some(951_782_400_500));
        for wrong in ["", "T", "2026-05-11", "2026-13-11T00:00:00Z", "2026-05-11T08:27Z", "é-é-éTé"]
        {
            assert_eq!(millis(wrong), None, "{wrong}");
        }
    }
}
