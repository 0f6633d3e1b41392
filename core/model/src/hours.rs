//! Opening hours of a system that is closed at night or at weekends. Weekdays and times are Beijing's.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::UtcTime;

/// Most spans of one system: a week in half days.
const SPANS_MAX: usize = 14;
/// A day, in minutes.
const DAY_MINUTES: u16 = 24 * 60;
/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;
/// Beijing is eight hours ahead of UTC, and has no other time.
const BEIJING_MS: i64 = 8 * 3_600_000;
/// The weekdays, Monday first.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When a system is open; without a span, always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpeningHours {
    spans: Vec<Span>,
}

/// One span: on these weekdays, from a minute of the day to another, which is no longer in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    /// From 0, Monday.
    first_day: u8,
    last_day: u8,
    from: u16,
    until: u16,
}

impl OpeningHours {
    /// Hours from spans such as `mon-fri 08:30-20:00` or `sat 09:00-12:00`; a span ends on the day on which it begins, at
    /// `24:00` at the latest.
    ///
    /// # Errors
    /// [`HoursError`]: the first span that cannot be read.
    pub fn parse(spans: &[String]) -> Result<Self, HoursError> {
        if spans.len() > SPANS_MAX {
            return Err(HoursError::TooMany(spans.len()));
        }
        spans.iter().map(|text| text.parse()).collect::<Result<_, _>>().map(|spans| Self { spans })
    }

    /// Whether the system is open on any weekday at `hour` (of the day, in Beijing) or later that day.
    #[must_use]
    pub fn opens_from(&self, hour: u8) -> bool {
        self.spans.is_empty() || self.spans.iter().any(|span| span.until > u16::from(hour) * 60)
    }

    /// Whether the system is open.
    #[must_use]
    pub fn is_open(&self, now: UtcTime) -> bool {
        if self.spans.is_empty() {
            return true;
        }
        let weekday = u8::try_from(now.beijing_date().weekday() - 1).unwrap_or_default();
        let minutes = (now.unix_ms() + BEIJING_MS).div_euclid(MINUTE_MS).rem_euclid(i64::from(DAY_MINUTES));
        let minute = u16::try_from(minutes).unwrap_or_default();
        let holds = |span: &Span| {
            (span.first_day..=span.last_day).contains(&weekday) && (span.from..span.until).contains(&minute)
        };
        self.spans.iter().any(holds)
    }
}

impl FromStr for Span {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let wrong = || HoursError::Form(text.to_owned());
        let (days, times) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let day = |name: &str| {
            WEEKDAYS.iter().position(|day| *day == name).and_then(|day| u8::try_from(day).ok()).ok_or_else(wrong)
        };
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (from, until) = times.trim().split_once('-').ok_or_else(wrong)?;
        let minute = |time: &str| minute_of(time).ok_or_else(wrong);
        let span = Self { first_day: day(first)?, last_day: day(last)?, from: minute(from)?, until: minute(until)? };
        (span.first_day <= span.last_day && span.from < span.until).then_some(span).ok_or_else(wrong)
    }
}

/// `08:30` as minutes of the day.
fn minute_of(time: &str) -> Option<u16> {
    let (hours, minutes) = time.split_once(':')?;
    let number = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY_MINUTES).then_some(minute)
}

impl fmt::Display for OpeningHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.spans.is_empty() {
            return f.write_str("always");
        }
        let name = |day: u8| WEEKDAYS.get(usize::from(day)).copied().unwrap_or_default();
        for (place, span) in self.spans.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            let (first, last) = (name(span.first_day), name(span.last_day));
            let (from, until) = ((span.from / 60, span.from % 60), (span.until / 60, span.until % 60));
            let days = if first == last { first.to_owned() } else { format!("{first}-{last}") };
            write!(f, "{comma}{days} {:02}:{:02}-{:02}:{:02}", from.0, from.1, until.0, until.1)?;
        }
        Ok(())
    }
}

/// Why opening hours cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HoursError {
    /// A span has another form.
    #[error("\"{0}\" is no span of opening hours; write it as mon-fri 08:30-20:00 or sat 09:00-12:00")]
    Form(String),
    /// Too many spans.
    #[error("{0} spans of opening hours; at most {SPANS_MAX} are allowed")]
    TooMany(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(spans: &[&str]) -> Result<OpeningHours, HoursError> {
        OpeningHours::parse(&spans.iter().map(|span| (*span).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn open_by_weekday_and_minute_in_beijing() {
        let open = hours(&["mon-fri 08:30-20:00", "sat 09:00-24:00"]).unwrap();
        // 2026-09-21 is a Monday.
        for (at, is_open) in [
            ("2026-09-21T08:29:59+08:00", false),
            ("2026-09-21T08:30:00+08:00", true),
            ("2026-09-21T00:30:00Z", true),
            ("2026-09-21T19:59:59+08:00", true),
            ("2026-09-21T20:00:00+08:00", false),
            ("2026-09-25T10:00:00+08:00", true),
            ("2026-09-26T08:59:00+08:00", false),
            ("2026-09-26T23:59:59+08:00", true),
            ("2026-09-27T10:00:00+08:00", false),
        ] {
            assert_eq!(open.is_open(UtcTime::parse_rfc3339(at).unwrap()), is_open, "{at}");
        }
        assert_eq!(open.to_string(), "mon-fri 08:30-20:00, sat 09:00-24:00");
        assert!(hours(&[]).unwrap().is_open(UtcTime::from_unix_ms(0).unwrap()));
    }

    #[test]
    fn whether_it_opens_from_an_hour_on() {
        let open = hours(&["mon-fri 08:30-20:00", "sat 09:00-12:00"]).unwrap();
        assert_eq!([6, 19, 20, 23].map(|hour| open.opens_from(hour)), [true, true, false, false]);
        assert!(hours(&[]).unwrap().opens_from(23));
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for wrong in
            ["", "mon", "mon 8:00-9:00", "fri-mon 08:00-09:00", "mon 22:00-06:00", "mon 08:00-24:01", "Mo 08:00-09:00"]
        {
            assert_eq!(hours(&[wrong]), Err(HoursError::Form(wrong.to_owned())));
        }
        assert_eq!(hours(&["mon 08:00-09:00"; 15]), Err(HoursError::TooMany(15)));
    }
}
