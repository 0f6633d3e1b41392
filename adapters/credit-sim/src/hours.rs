//! Opening hours, and how they are written: `mon-fri 08:30-17:30`, or `mon,wed,sat 09:00-12:00`.

use std::str::FromStr;

use thiserror::Error;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;
/// The days of a week, in the order of the mask's bits.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When the system is open, in Beijing time. Hours that pass midnight cannot be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpeningHours {
    /// Open days: bit 0 is Monday, bit 6 Sunday. At least one.
    pub weekdays: u8,
    /// First open minute of a day, 0 to 1439.
    pub from_minute: u16,
    /// First closed minute after it, up to 1440. Greater than `from_minute`.
    pub to_minute: u16,
}

/// A text is no opening hours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("opening hours {0:?} must be written like mon-fri 08:30-17:30")]
pub struct HoursError(String);

impl OpeningHours {
    pub(crate) fn is_right(self) -> bool {
        self.weekdays != 0
            && self.weekdays < 1 << DAYS.len()
            && self.from_minute < self.to_minute
            && self.to_minute <= DAY_MINUTES
    }
}

impl FromStr for OpeningHours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let read = || {
            let (days, times) = text.trim().split_once(' ')?;
            let (from, to) = times.trim().split_once('-')?;
            let weekdays = days.split(',').map(mask).try_fold(0, |all, days| Some(all | days?))?;
            Some(Self { weekdays, from_minute: minute(from)?, to_minute: minute(to)? })
        };
        read().filter(|hours| hours.is_right()).ok_or_else(|| HoursError(text.to_owned()))
    }
}

/// Bits of a day or of a range of days.
fn mask(days: &str) -> Option<u8> {
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let place = |day: &str| DAYS.iter().position(|known| *known == day);
    let (first, last) = (place(first)?, place(last)?);
    (first <= last).then(|| (first..=last).fold(0, |mask, day| mask | 1 << day))
}

/// Minute of the day of `hh:mm`; 24:00 is the end of the day.
fn minute(time: &str) -> Option<u16> {
    let (hour, minute) = time.split_once(':')?;
    let number =
        |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?;
    let (hour, minute): (u16, u16) = (number(hour)?, number(minute)?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_they_are_written() {
        for (text, wanted) in [
            ("mon-fri 08:30-17:30", Some((0b001_1111, 510, 1050))),
            ("mon,wed,sat-sun 00:00-24:00", Some((0b110_0101, 0, 1440))),
            ("fri-mon 08:00-09:00", None),
            ("mon 09:00-09:00", None),
            ("mon 09:00-25:00", None),
            ("mon 09:60-10:00", None),
            ("mon 9:00-10:00", None),
            ("mon", None),
            ("", None),
        ] {
            let hours = text.parse::<OpeningHours>().ok();
            assert_eq!(hours.map(|hours| (hours.weekdays, hours.from_minute, hours.to_minute)), wanted, "{text}");
        }
    }
}
