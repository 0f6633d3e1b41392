//! Dates and times in the spellings that cannot be misread, for formats whose senders do not keep to one.
//!
//! A format that fixes one spelling uses [`Value::date`] or [`Value::time`] and refuses the others.

use xiezhi_sdk::model::{CivilDate, UtcTime};

use crate::fields::Value;
use crate::{Problem, cell, code};

/// Which end of its day a bare date stands for, where a point in time is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Its first moment: when something was taken or found.
    Start,
    /// Its last moment: a deadline day runs to its end (民法典 203).
    End,
}

impl Value<'_> {
    /// The value as a day, in any spelling of [`cell::date`].
    ///
    /// # Errors
    /// `time-invalid`.
    pub fn day(&self) -> Result<CivilDate, Problem> {
        cell::date(self.text).ok_or_else(|| {
            let text = format!("{}应为真实日期，例如 2026-09-19、2026/9/19、2026年9月19日", self.name);
            self.problem(code::TIME_INVALID, text)
        })
    }

    /// The value as a point in time: RFC 3339 with an offset; `YYYYMMDDhhmmss`; a date of [`cell::date`] and `hh:mm` or
    /// `hh:mm:ss` behind it, in Beijing time; or a date alone, for which `edge` says what it stands for.
    ///
    /// # Errors
    /// `time-invalid`.
    pub fn moment(&self, edge: Edge) -> Result<UtcTime, Problem> {
        moment(self.text, edge).ok_or_else(|| {
            let text =
                format!("{}应为真实时间，例如 2026-09-19T08:12:40+08:00 或 2026-09-19 08:12:40（北京时间）", self.name);
            self.problem(code::TIME_INVALID, text)
        })
    }
}

fn moment(text: &str, edge: Edge) -> Option<UtcTime> {
    if let Ok(time) = UtcTime::parse_rfc3339(text).or_else(|_| UtcTime::parse_compact_beijing(text)) {
        return Some(time);
    }
    if let Some(date) = cell::date(text) {
        return match edge {
            Edge::Start => UtcTime::from_beijing(date, 0, 0, 0, 0).ok(),
            Edge::End => Some(date.end_of_day_beijing()),
        };
    }
    let half: String = text.chars().map(cell::half_width).collect();
    let (date, clock) = half.trim().rsplit_once([' ', 'T'])?;
    let mut parts = clock.split(':').map(|part| {
        let plain = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<i8>().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() {
        return None;
    }
    UtcTime::from_beijing(cell::date(date)?, hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_spelling_that_means_one_moment_only() {
        for (text, expected) in [
            ("2026-09-19T08:12:40+08:00", "2026-09-19T08:12:40+08:00"),
            ("2026-09-19T00:12:40Z", "2026-09-19T08:12:40+08:00"),
            ("20260919081240", "2026-09-19T08:12:40+08:00"),
            ("2026-09-19 08:12:40", "2026-09-19T08:12:40+08:00"),
            ("2026-09-19T08:12:40", "2026-09-19T08:12:40+08:00"),
            ("2026/9/19 8:12", "2026-09-19T08:12:00+08:00"),
            ("2026年9月19日　８：１２：４０", "2026-09-19T08:12:40+08:00"),
            ("2026.9.19", "2026-09-19T00:00:00+08:00"),
        ] {
            let found = moment(text, Edge::Start).map(|time| time.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        let end = moment("20260919", Edge::End).map(|time| time.to_string());
        assert_eq!(end.as_deref(), Some("2026-09-19T23:59:59.999+08:00"));
    }

    #[test]
    fn other_texts_are_no_time() {
        for text in [
            "",
            "今天",
            "26/9/1",
            "2026-02-30",
            "2026-09-19 24:00:00",
            "2026-09-19 8",
            "2026-09-19 8:1:2:3",
            "8:12 2026-09-19",
            "2026-09-19 -8:12",
            "1758240760",
        ] {
            assert_eq!(moment(text, Edge::Start), None, "{text}");
            let value = Value { name: "时间", text, at: 3 };
            let problem = value.moment(Edge::End).unwrap_err();
            assert_eq!((problem.code, problem.at), (code::TIME_INVALID, 3), "{text}");
        }
        let value = Value { name: "日期", text: "2026-9-31", at: 0 };
        assert_eq!(value.day().unwrap_err().code, code::TIME_INVALID);
    }
}
