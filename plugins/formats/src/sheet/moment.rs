//! Days and times as clerks and spreadsheets write them. No zone but Beijing's.

use xiezhi_sdk::model::{CivilDate, UtcTime};

use crate::cell::{clean, date, half_width, serial_date};

/// Digits of the serial numbers that are read: 10000 is 1927, 99999 is 2173.
const SERIAL_DIGITS: usize = 5;
/// Digits of a serial's fraction that are looked at; six say a tenth of a second.
const FRACTION_DIGITS: usize = 9;
const DAY_SECONDS: i64 = 86_400;

/// A date in any spelling of [`date`], or a serial number.
pub(super) fn day(text: &str, shift: i32) -> Option<CivilDate> {
    date(text).or_else(|| serial(text, shift).map(|(day, _)| day))
}

/// A date with or without a time of day.
pub(super) fn moment(text: &str, shift: i32) -> Option<UtcTime> {
    let text: String = clean(text).chars().map(half_width).collect();
    if text.len() == 14
        && let Ok(time) = UtcTime::parse_compact_beijing(&text)
    {
        return Some(time);
    }
    if let Some((day, second)) = date(&text).map(|day| (day, 0)).or_else(|| serial(&text, shift)) {
        let part = |value: i64| i8::try_from(value).ok();
        let (hour, minute, second) = (part(second / 3_600)?, part(second / 60 % 60)?, part(second % 60)?);
        return UtcTime::from_beijing(day, hour, minute, second, 0).ok();
    }
    let (day, clock) = text.rsplit_once([' ', 'T'])?;
    let mut parts = clock.split(':');
    let mut part = |needed: bool| match parts.next() {
        Some(part) if (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()) => part.parse().ok(),
        None if !needed => Some(0),
        _ => None,
    };
    let (hour, minute, second) = (part(true)?, part(true)?, part(false)?);
    if parts.next().is_some() {
        return None;
    }
    UtcTime::from_beijing(date(day)?, hour, minute, second, 0).ok()
}

/// The day and the second of a serial number such as `46276.4375`.
fn serial(text: &str, shift: i32) -> Option<(CivilDate, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != SERIAL_DIGITS || !digits(whole) || !digits(fraction) {
        return None;
    }
    let (mut parts, mut unit) = (0_i64, 1_i64);
    for digit in fraction.bytes().take(FRACTION_DIGITS) {
        parts = parts * 10 + i64::from(digit - b'0');
        unit *= 10;
    }
    let second = ((parts * DAY_SECONDS + unit / 2) / unit).min(DAY_SECONDS - 1);
    Some((serial_date(whole.parse::<i32>().ok()?.checked_add(shift)?)?, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_clerks_write_them() {
        for (text, expected) in [
            ("2026-09-22 14:30", Some("2026-09-22T14:30:00+08:00")),
            ("2026/9/22 9:05:07", Some("2026-09-22T09:05:07+08:00")),
            ("2026年9月22日 ９：０５", Some("2026-09-22T09:05:00+08:00")),
            ("2026-09-22T14:30:00", Some("2026-09-22T14:30:00+08:00")),
            ("20260922143000", Some("2026-09-22T14:30:00+08:00")),
            ("2026.9.22", Some("2026-09-22T00:00:00+08:00")),
            ("46287", Some("2026-09-22T00:00:00+08:00")),
            ("46287.604166666664", Some("2026-09-22T14:30:00+08:00")),
            ("46287.9999999999", Some("2026-09-22T23:59:59+08:00")),
            ("2026-09-22 24:30", None),
            ("2026-09-22 14", None),
            ("2026-09-22 1:2:3:4", None),
            ("2026-09-31 10:00", None),
            ("4628", None),
            ("46287.5x", None),
            ("", None),
            ("下午", None),
        ] {
            let expected = expected.map(|text| UtcTime::parse_rfc3339(text).unwrap());
            assert_eq!(moment(text, 0), expected, "{text}");
        }
    }

    #[test]
    fn a_workbook_may_count_from_1904() {
        assert_eq!(day("44814", 1_462), Some(CivilDate::parse("2026-09-11").unwrap()));
        assert_eq!(day("46276", 0), Some(CivilDate::parse("2026-09-11").unwrap()));
    }
}
