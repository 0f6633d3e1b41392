//! Cells of tables that people keep in spreadsheets: what damage is mended, and how dates are spelt.

use xiezhi_sdk::model::CivilDate;

/// Day 0 of the spreadsheets' 1900 system, as it counts from March 1900 on (the system believes in a 29 February 1900).
const SERIAL_EPOCH: (i16, i8, i8) = (1899, 12, 30);
/// The first serial number that both ways of counting agree on: 1 March 1900.
const SERIAL_MIN: i32 = 61;
/// 31 December 9999.
const SERIAL_MAX: i32 = 2_958_465;

/// A cell without what spreadsheets and people leave around a value: blanks of any width, tabs, byte order marks, and the
/// apostrophe that keeps a number a text.
#[must_use]
pub fn clean(cell: &str) -> &str {
    let around = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0');
    let trimmed = cell.trim_matches(around);
    trimmed.strip_prefix(['\'', '’', '‘', '`']).map_or(trimmed, |rest| rest.trim_matches(around))
}

/// A full-width digit, letter or mark as its half-width one.
#[must_use]
pub fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

/// A date as people spell it: `2025-3-6`, `2025/3/6`, `2025.3.6`, `2025年3月6日`, `20250306`, with full-width digits and marks
/// too. A year has four digits: `26/9/1` could be read three ways.
#[must_use]
pub fn date(cell: &str) -> Option<CivilDate> {
    let text: String = clean(cell).chars().map(half_width).filter(|c| !c.is_whitespace()).collect();
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return CivilDate::parse_compact(&text).ok();
    }
    let text = text.strip_suffix('日').unwrap_or(&text);
    let mut parts = text.split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, length: std::ops::RangeInclusive<usize>| {
        (length.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())).then_some(())
    };
    digits(year, 4..=4)?;
    digits(month, 1..=2)?;
    digits(day, 1..=2)?;
    if parts.next().is_some() {
        return None;
    }
    CivilDate::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The date of a serial number in the spreadsheets' 1900 system; the time of day is cut off.
#[must_use]
pub fn serial_date(serial: i32) -> Option<CivilDate> {
    let (year, month, day) = SERIAL_EPOCH;
    let epoch = CivilDate::new(year, month, day).ok()?;
    (SERIAL_MIN..=SERIAL_MAX).contains(&serial).then(|| epoch.plus_days(serial))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_loses_what_stands_around_its_value() {
        for (cell, expected) in [
            ("\t91110112MAYYT00167", "91110112MAYYT00167"),
            ("'91110112mayyt0067f", "91110112mayyt0067f"),
            ("\u{feff} 甲　", "甲"),
            ("它's", "它's"),
            ("'", ""),
            ("", ""),
        ] {
            assert_eq!(clean(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn dates_are_read_in_every_spelling_that_can_mean_one_day_only() {
        let expected = CivilDate::new(2026, 9, 1).unwrap();
        for text in [
            "2026-09-01",
            "2026-9-1",
            "2026/9/1",
            "2026.09.01",
            "2026年9月1日",
            "2026 年 9 月 1 日",
            "20260901",
            "２０２６／９／１",
            "'2026-9-1",
        ] {
            assert_eq!(date(text), Some(expected), "{text}");
        }
        for text in
            ["26/9/1", "2026-13-01", "2026-02-30", "2026-9", "2026-9-1-1", "九月一日", "", "2026-9-1 10:00", "2026--1"]
        {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn serial_numbers_are_days_since_the_end_of_1899() {
        for (serial, expected) in
            [(46_266, Some("2026-09-01")), (61, Some("1900-03-01")), (60, None), (2_958_466, None)]
        {
            assert_eq!(serial_date(serial), expected.map(|text| CivilDate::parse(text).unwrap()), "{serial}");
        }
    }
}
