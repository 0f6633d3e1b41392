//! 时间标签: six binary bytes, second first, in Beijing time (GB/T 26875.3-2011, 8.2.2 and 8.3).

use xiezhi_sdk::model::{CivilDate, UtcTime};

/// Bytes of a time label.
pub(crate) const LABEL_BYTES: usize = 6;
/// The label has two digits of the year.
const CENTURY: i16 = 2000;
/// A year of the label is 0 to 99.
const YEAR_MAX: u8 = 99;

/// Reads a label. `None` for what is no time, such as all zeros of a device whose clock was never set.
pub(crate) fn read(label: &[u8]) -> Option<UtcTime> {
    let [second, minute, hour, day, month, year] = *label else { return None };
    if year > YEAR_MAX {
        return None;
    }
    let small = |value: u8| i8::try_from(value).ok();
    let date = CivilDate::new(CENTURY + i16::from(year), small(month)?, small(day)?).ok()?;
    UtcTime::from_beijing(date, small(hour)?, small(minute)?, small(second)?, 0).ok()
}

/// Writes a time; its milliseconds and the century have no place in a label.
pub(crate) fn write(time: UtcTime) -> [u8; LABEL_BYTES] {
    let text = time.to_compact_beijing();
    let part = |from: usize| text.get(from..from + 2).and_then(|digits| digits.parse().ok()).unwrap_or_default();
    [part(12), part(10), part(8), part(6), part(4), part(2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_and_written_back() {
        for (label, expected) in [
            ([0x18, 0x0d, 0x11, 0x16, 0x0a, 0x14], Some("2020-10-22T17:13:24+08:00")),
            ([59, 59, 23, 31, 12, 99], Some("2099-12-31T23:59:59+08:00")),
            ([0, 0, 0, 1, 1, 0], Some("2000-01-01T00:00:00+08:00")),
            ([0, 0, 0, 0, 0, 0], None),
            ([60, 0, 0, 1, 1, 26], None),
            ([0, 0, 24, 1, 1, 26], None),
            ([0, 0, 0, 30, 2, 26], None),
            ([0, 0, 0, 1, 1, 100], None),
            ([255, 255, 255, 255, 255, 255], None),
        ] {
            let time = read(&label);
            assert_eq!(time.map(|time| time.to_string()).as_deref(), expected, "{label:?}");
            assert!(time.is_none_or(|time| write(time) == label), "{label:?}");
        }
        assert_eq!(read(&[1, 1, 1]), None);
    }
}
