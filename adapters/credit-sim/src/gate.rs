//! Whether a request is let in at all: opening hours, and requests per second.

use std::sync::{Mutex, PoisonError};

use jiff::civil::DateTime;

use crate::OpeningHours;
use crate::receipt::beijing;

/// Days that a next opening is looked for: a week has every weekday.
const DAYS_AHEAD: i64 = 7;
/// Seconds of a minute and of a day, for `Retry-After`.
const MINUTE_S: i64 = 60;
const DAY_S: i64 = 24 * 60 * 60;

/// Why a request is turned away, with the seconds after which it may come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turned {
    Closed(i64),
    TooMany(i64),
}

/// The gate.
pub(crate) struct Gate {
    open: Option<OpeningHours>,
    per_s_max: Option<u32>,
    /// Second that is counted, and requests in it.
    counted: Mutex<(i64, u32)>,
}

impl Gate {
    pub(crate) fn new(open: Option<OpeningHours>, per_s_max: Option<u32>) -> Self {
        Self { open, per_s_max, counted: Mutex::new((i64::MIN, 0)) }
    }

    /// Lets a request in, and counts it.
    pub(crate) fn enter(&self, now_ms: i64) -> Result<(), Turned> {
        if let Some(wait_s) = self.open.and_then(|open| closed_for_s(open, beijing(now_ms))) {
            return Err(Turned::Closed(wait_s));
        }
        let Some(per_s_max) = self.per_s_max else { return Ok(()) };
        let second = now_ms.div_euclid(1000);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 != second {
            *counted = (second, 0);
        }
        counted.1 = counted.1.saturating_add(1);
        if counted.1 > per_s_max { Err(Turned::TooMany(1)) } else { Ok(()) }
    }
}

/// Seconds until the next opening; none while it is open.
fn closed_for_s(open: OpeningHours, now: DateTime) -> Option<i64> {
    let time = now.time();
    let second = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * MINUTE_S + i64::from(time.second());
    let (from, to) = (i64::from(open.from_minute) * MINUTE_S, i64::from(open.to_minute) * MINUTE_S);
    let today = i64::from(now.date().weekday().to_monday_zero_offset());
    let is_open = |day: i64| open.weekdays >> ((today + day) % DAYS_AHEAD) & 1 == 1;
    if is_open(0) && (from..to).contains(&second) {
        return None;
    }
    (0..=DAYS_AHEAD)
        .filter(|day| is_open(*day))
        .map(|day| day * DAY_S + from - second)
        .find(|wait| *wait > 0)
        .or(Some(DAY_S))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_next_opening_is_found_over_night_and_weekend() {
        let open = OpeningHours { weekdays: 0b001_1111, from_minute: 9 * 60, to_minute: 17 * 60 };
        // 2026-09-25 is a Friday.
        for (day, hour, minute, wait) in [
            (25, 9, 0, None),
            (25, 16, 59, None),
            (25, 8, 59, Some(60)),
            (25, 17, 0, Some(2 * DAY_S + 16 * 3600)),
            (26, 12, 0, Some(DAY_S + 21 * 3600)),
            (28, 10, 0, None),
        ] {
            assert_eq!(closed_for_s(open, date(2026, 9, day).at(hour, minute, 0, 0)), wait, "{day} {hour}:{minute}");
        }
        let sundays = OpeningHours { weekdays: 0b100_0000, from_minute: 0, to_minute: 60 };
        assert_eq!(closed_for_s(sundays, date(2026, 9, 27).at(1, 0, 0, 0)), Some(7 * DAY_S - 3600));
    }

    #[test]
    fn requests_are_counted_by_the_second() {
        let gate = Gate::new(None, Some(2));
        let answers = [1000, 1500, 1999, 2000].map(|now| gate.enter(now));
        assert_eq!(answers, [Ok(()), Ok(()), Err(Turned::TooMany(1)), Ok(())]);
    }
}
