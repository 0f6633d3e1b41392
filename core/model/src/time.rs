//! Points in time and dates.
//!
//! Inside, time is UTC with millisecond precision; agencies write Beijing time, which has been UTC+08:00 without
//! daylight saving since 1992.

use std::fmt;

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, civil};
use serde::{Deserialize, Serialize, Serializer};

/// Beijing time against UTC, in hours.
const BEIJING_HOURS: i8 = 8;

fn beijing() -> TimeZone {
    TimeZone::fixed(Offset::constant(BEIJING_HOURS))
}

/// A text or number is not a point in time or a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{value}\" is not a valid {wanted}")]
pub struct TimeError {
    /// The text as it came, cut to 40 characters.
    pub value: String,
    /// What was wanted.
    pub wanted: &'static str,
}

fn time_error(value: &str, wanted: &'static str) -> TimeError {
    TimeError { value: value.chars().take(40).collect(), wanted }
}

/// A point in time, to the millisecond. JSON: RFC 3339 with `+08:00`, as officials read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
pub struct UtcTime(i64);

impl UtcTime {
    /// From milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When outside the years -9999..9999.
    pub fn from_unix_ms(ms: i64) -> Result<Self, TimeError> {
        Timestamp::from_millisecond(ms).map_err(|_| time_error(&ms.to_string(), "unix time in milliseconds"))?;
        Ok(Self(ms))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with any offset.
    ///
    /// # Errors
    /// [`TimeError`] with the text.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimeError> {
        let parsed: Timestamp = text.parse().map_err(|_| time_error(text, "RFC 3339 time with offset"))?;
        Ok(Self(parsed.as_millisecond()))
    }

    /// From a Beijing wall clock, such as the parts of `20260916143000`.
    ///
    /// # Errors
    /// When a part is out of range.
    pub fn from_beijing(date: CivilDate, hour: i8, minute: i8, second: i8, ms: i16) -> Result<Self, TimeError> {
        let wrong = || time_error(&format!("{date} {hour:02}:{minute:02}:{second:02}.{ms:03}"), "Beijing time");
        if !(0..1000).contains(&ms) {
            return Err(wrong());
        }
        let time = civil::Time::new(hour, minute, second, i32::from(ms) * 1_000_000).map_err(|_| wrong())?;
        let stamp = date.0.to_datetime(time).to_zoned(beijing()).map_err(|_| wrong())?;
        Ok(Self(stamp.timestamp().as_millisecond()))
    }

    /// Reads `YYYYMMDDhhmmss` or `YYYYMMDDhhmmsszzz` (Beijing time), the compact form of GA/T and HJ 212 messages.
    ///
    /// # Errors
    /// [`TimeError`] with the text.
    pub fn parse_compact_beijing(text: &str) -> Result<Self, TimeError> {
        let wrong = || time_error(text, "time as YYYYMMDDhhmmss[zzz]");
        if !(text.len() == 14 || text.len() == 17) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let part = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<i8>().ok()).ok_or_else(wrong);
        let date = CivilDate::parse_compact(text.get(..8).unwrap_or_default()).map_err(|_| wrong())?;
        let ms = match text.get(14..17) {
            Some(ms) => ms.parse().map_err(|_| wrong())?,
            None => 0,
        };
        Self::from_beijing(date, part(8..10)?, part(10..12)?, part(12..14)?, ms).map_err(|_| wrong())
    }

    /// Reads `YYYY-MM-DD hh:mm:ss` (Beijing time).
    ///
    /// # Errors
    /// [`TimeError`] with the text.
    pub fn parse_spaced_beijing(text: &str) -> Result<Self, TimeError> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        if shape != "0000-00-00 00:00:00" {
            return Err(time_error(text, "time as YYYY-MM-DD hh:mm:ss"));
        }
        Self::parse_compact_beijing(&digits).map_err(|_| time_error(text, "time as YYYY-MM-DD hh:mm:ss"))
    }

    /// The date in Beijing.
    #[must_use]
    pub fn beijing_date(self) -> CivilDate {
        CivilDate(self.zoned().date())
    }

    /// `YYYYMMDDhhmmss` in Beijing time.
    #[must_use]
    pub fn to_compact_beijing(self) -> String {
        let t = self.zoned();
        format!("{:04}{:02}{:02}{:02}{:02}{:02}", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
    }

    /// `YYYYMMDDhhmmsszzz` in Beijing time (HJ 212 `QN`).
    #[must_use]
    pub fn to_compact_ms_beijing(self) -> String {
        format!("{}{:03}", self.to_compact_beijing(), self.zoned().millisecond())
    }

    /// `YYYY-MM-DD hh:mm:ss` in Beijing time.
    #[must_use]
    pub fn to_spaced_beijing(self) -> String {
        let t = self.zoned();
        format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
    }

    /// This time and `ms` milliseconds, held at the ends of the range.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self::from_unix_ms(self.0.saturating_add(ms)).unwrap_or(self)
    }

    /// Milliseconds from `earlier` to this time; negative when `earlier` is later.
    #[must_use]
    pub fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    fn zoned(self) -> jiff::Zoned {
        // The constructor checked the range, so the fallback is never used.
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(beijing())
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.zoned();
        write!(f, "{}T{:02}:{:02}:{:02}", CivilDate(t.date()), t.hour(), t.minute(), t.second())?;
        if t.millisecond() != 0 {
            write!(f, ".{:03}", t.millisecond())?;
        }
        f.write_str("+08:00")
    }
}

impl TryFrom<String> for UtcTime {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        Self::parse_rfc3339(&text)
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<UtcTime> for String {
    fn from(time: UtcTime) -> Self {
        time.to_string()
    }
}

/// A calendar date, in Beijing where it matters. JSON: `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
pub struct CivilDate(civil::Date);

impl CivilDate {
    /// From year, month and day.
    ///
    /// # Errors
    /// When there is no such day.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, TimeError> {
        let wrong = || time_error(&format!("{year:04}-{month:02}-{day:02}"), "date");
        Ok(Self(civil::Date::new(year, month, day).map_err(|_| wrong())?))
    }

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`TimeError`] with the text.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let wrong = || time_error(text, "date as YYYY-MM-DD");
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return Err(wrong()) };
        let compact = [y1, y2, y3, y4, m1, m2, d1, d2];
        let digits = std::str::from_utf8(&compact).map_err(|_| wrong())?;
        Self::parse_compact(digits).map_err(|_| wrong())
    }

    /// Reads `YYYYMMDD`.
    ///
    /// # Errors
    /// [`TimeError`] with the text.
    pub fn parse_compact(text: &str) -> Result<Self, TimeError> {
        let wrong = || time_error(text, "date as YYYYMMDD");
        if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
        let year = part(0..4).parse().map_err(|_| wrong())?;
        let month = part(4..6).parse().map_err(|_| wrong())?;
        let day = part(6..8).parse().map_err(|_| wrong())?;
        Self::new(year, month, day).map_err(|_| wrong())
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Monday is 1, Sunday is 7.
    #[must_use]
    pub fn weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }

    /// The next day; the last day of the range stays.
    #[must_use]
    pub fn next_day(self) -> Self {
        self.plus_days(1)
    }

    /// This date and `days` days, held at the ends of the range.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        let step = SignedDuration::from_hours(i64::from(days).saturating_mul(24));
        Self(self.0.saturating_add(step))
    }

    /// The last millisecond of the day in Beijing: a deadline day runs to its end (民法典 203).
    #[must_use]
    pub fn end_of_day_beijing(self) -> UtcTime {
        UtcTime::from_beijing(self, 23, 59, 59, 999).unwrap_or(UtcTime(0))
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl TryFrom<String> for CivilDate {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        Self::parse(&text)
    }
}

impl Serialize for CivilDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<CivilDate> for String {
    fn from(date: CivilDate) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beijing_forms_read_and_write_back() {
        let time = UtcTime::parse_compact_beijing("20260917093000120").unwrap();
        assert_eq!(time.to_string(), "2026-09-17T09:30:00.120+08:00");
        assert_eq!(time.to_compact_ms_beijing(), "20260917093000120");
        assert_eq!(UtcTime::parse_rfc3339("2026-09-17T01:30:00.120Z").unwrap(), time);
        let spaced = UtcTime::parse_spaced_beijing("2026-09-21 09:05:11").unwrap();
        assert_eq!(spaced.to_spaced_beijing(), "2026-09-21 09:05:11");
        assert_eq!(spaced.beijing_date().to_string(), "2026-09-21");
        assert_eq!(serde_json::to_string(&spaced).unwrap(), "\"2026-09-21T09:05:11+08:00\"");
    }

    #[test]
    fn impossible_times_are_refused() {
        for bad in ["20260230093000", "20260917250000", "2026091709300", "2026091709300x", "", "20260917093000１２０"]
        {
            assert!(UtcTime::parse_compact_beijing(bad).is_err(), "{bad}");
        }
        for bad in ["2026-9-1", "2026-02-30", "20260901", "２０２６-09-01"] {
            assert!(CivilDate::parse(bad).is_err(), "{bad}");
        }
        for bad in ["2026-09-21T09:05:11", "2026-09-21 9:05:11"] {
            assert!(UtcTime::parse_spaced_beijing(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_deadline_day_runs_to_its_end_in_beijing() {
        let day = CivilDate::parse("2026-10-13").unwrap();
        assert_eq!(day.end_of_day_beijing().to_string(), "2026-10-13T23:59:59.999+08:00");
        assert_eq!(day.plus_days(-13).to_string(), "2026-09-30");
        assert_eq!(day.weekday(), 2);
    }
}
