//! Deadlines: how working days, calendar days and hours are counted.
//!
//! The start day is not counted (民法典 201); a day ends at 24:00 Beijing time; a last calendar day that is off rolls
//! to the next working day (民法典 203). Working days come from the State Council's yearly tables and from nothing
//! else: a year without a table is refused, or counted Monday to Friday and marked as estimated.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use xiezhi_model::calendar::{MissingYear, YearCalendar};
use xiezhi_model::case::Deadline;
use xiezhi_model::policy::{Clock, ClockUnit};
use xiezhi_model::{CivilDate, UtcTime};

/// One hour in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// Saturday and Sunday are days 6 and 7.
const FRIDAY: i8 = 5;
/// Longest run of days off that a roll steps over. The longest holiday in the tables is nine days; a table that
/// declares a whole month off is wrong and must not make a loop without end.
const ROLL_DAYS_MAX: u16 = 31;
/// Longest suspension that moves a deadline, in days: ten years.
const SUSPENSION_DAYS_MAX: u16 = 3_653;

/// How the days between start and deadline are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// 工作日: only working days count.
    WorkingDays,
    /// 自然日, and a last day off stays where it is (waiting times, not deadlines: 专用信函 gaps).
    CalendarDays,
    /// 自然日, and a last day off rolls to the next working day (民法典 203).
    CalendarDaysRolled,
}

/// A day that a count ended on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastDay {
    /// The day; it runs to its end.
    pub day: CivilDate,
    /// The first year without a table that the count needed.
    pub estimated_year: Option<i16>,
}

/// The calendar has no table for a year that a deadline needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no working-day table for {year}: add config/calendar/{year}.toml from the State Council's notice")]
pub struct MissingYearError {
    /// The year.
    pub year: i16,
}

/// The working-day tables, and what to do where one is missing.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    years: BTreeMap<i16, YearDays>,
    missing: MissingYear,
}

#[derive(Debug, Clone, Default)]
struct YearDays {
    off: BTreeSet<CivilDate>,
    make_up: BTreeSet<CivilDate>,
}

impl Calendar {
    /// A calendar of yearly tables. Tables of the same year are joined; [`crate::Engine::new`] reports such twins.
    #[must_use]
    pub fn new(tables: &[YearCalendar], missing: MissingYear) -> Self {
        let mut years: BTreeMap<i16, YearDays> = BTreeMap::new();
        for table in tables {
            let year = years.entry(table.year).or_default();
            year.off.extend(&table.off);
            year.make_up.extend(&table.make_up);
        }
        Self { years, missing }
    }

    /// The deadline of a clock that starts at `start`.
    ///
    /// # Errors
    /// [`MissingYearError`] when a table is missing and the calendar refuses to estimate.
    pub fn deadline(&self, start: UtcTime, clock: Clock) -> Result<Deadline, MissingYearError> {
        let day = start.beijing_date();
        let amount = clock.amount;
        let (last, counted) = match clock.unit {
            ClockUnit::Hour => {
                let at = start.plus_ms(HOUR_MS.saturating_mul(i64::from(amount)));
                let basis = format!("自{}起{amount}小时", start.to_spaced_beijing());
                return Ok(Deadline { at, basis, estimated: false });
            }
            ClockUnit::WorkingDay => (self.last_day(day, amount, Counting::WorkingDays)?, "个工作日"),
            ClockUnit::CalendarDay => {
                (self.last_day(day, amount, Counting::CalendarDaysRolled)?, "日（末日为休息日的顺延）")
            }
        };
        let mut basis = format!("自{day}起{amount}{counted}");
        if let Some(year) = last.estimated_year {
            basis.push_str(&format!("（{year}年放假安排未录入，暂按周一至周五估算）"));
        }
        Ok(Deadline { at: last.day.end_of_day_beijing(), basis, estimated: last.estimated_year.is_some() })
    }

    /// The moment a clock's length before a deadline, from which a reminder is due: the beginning of the day that many
    /// working or calendar days before the deadline's day, or that many hours before it.
    ///
    /// # Errors
    /// As [`Calendar::deadline`].
    pub fn before(&self, deadline: UtcTime, clock: Clock) -> Result<UtcTime, MissingYearError> {
        let day = deadline.beijing_date();
        let first = match clock.unit {
            ClockUnit::Hour => return Ok(deadline.plus_ms(HOUR_MS.saturating_mul(-i64::from(clock.amount)))),
            ClockUnit::CalendarDay => day.plus_days(-i32::from(clock.amount)),
            ClockUnit::WorkingDay => self.working_days_before(day, clock.amount)?,
        };
        Ok(first.plus_days(-1).end_of_day_beijing().plus_ms(1))
    }

    /// The working day that is `amount` working days before a day, which itself does not count.
    ///
    /// # Errors
    /// As [`Calendar::deadline`].
    pub fn working_days_before(&self, day: CivilDate, amount: u16) -> Result<CivilDate, MissingYearError> {
        let mut first = LastDay { day, estimated_year: None };
        let mut left = amount;
        for _ in 0..u32::from(amount).saturating_mul(3).saturating_add(u32::from(ROLL_DAYS_MAX)) {
            if left == 0 {
                break;
            }
            first.day = first.day.plus_days(-1);
            if self.works(&mut first)? {
                left -= 1;
            }
        }
        Ok(first.day)
    }

    /// A deadline that moves because its clock stood still from `since` to `until`. One at the end of a day moves by the days
    /// between and, where it then falls on a day off, on to the next working day (民法典 203); any other by the time between.
    ///
    /// # Errors
    /// As [`Calendar::deadline`].
    pub fn moved(&self, deadline: &Deadline, since: UtcTime, until: UtcTime) -> Result<Deadline, MissingYearError> {
        let day = deadline.at.beijing_date();
        let (from, to) = (since.beijing_date(), until.beijing_date());
        if deadline.at != day.end_of_day_beijing() {
            let at = deadline.at.plus_ms(until.ms_since(since).max(0));
            let (since, until) = (since.to_spaced_beijing(), until.to_spaced_beijing());
            let basis = format!("{}；{since}至{until}中止计时，期限相应顺延", deadline.basis);
            return Ok(Deadline { at, basis, estimated: deadline.estimated });
        }
        let mut days: u16 = 0;
        while days < SUSPENSION_DAYS_MAX && from.plus_days(i32::from(days)) < to {
            days += 1;
        }
        let basis = format!("{}；{from}至{to}中止计时，顺延{days}日（末日为休息日的顺延）", deadline.basis);
        if days == 0 {
            return Ok(Deadline { basis, ..deadline.clone() });
        }
        let last = self.last_day(day, days, Counting::CalendarDaysRolled)?;
        let estimated = deadline.estimated || last.estimated_year.is_some();
        Ok(Deadline { at: last.day.end_of_day_beijing(), basis, estimated })
    }

    /// The last day of `amount` days after `start`, which is day 0.
    ///
    /// # Errors
    /// As [`Calendar::deadline`].
    pub fn last_day(&self, start: CivilDate, amount: u16, counting: Counting) -> Result<LastDay, MissingYearError> {
        let mut last = LastDay { day: start, estimated_year: None };
        match counting {
            Counting::CalendarDays => last.day = start.plus_days(i32::from(amount)),
            Counting::CalendarDaysRolled => {
                last.day = start.plus_days(i32::from(amount));
                for _ in 0..ROLL_DAYS_MAX {
                    if self.works(&mut last)? {
                        break;
                    }
                    last.day = last.day.next_day();
                }
            }
            Counting::WorkingDays => {
                let mut left = amount;
                // A year has at least 200 working days, so three steps a day are more than any count needs.
                for _ in 0..u32::from(amount).saturating_mul(3).saturating_add(u32::from(ROLL_DAYS_MAX)) {
                    if left == 0 {
                        break;
                    }
                    last.day = last.day.next_day();
                    if self.works(&mut last)? {
                        left -= 1;
                    }
                }
            }
        }
        Ok(last)
    }

    /// Whether `last.day` is a working day; notes the year when that had to be estimated.
    fn works(&self, last: &mut LastDay) -> Result<bool, MissingYearError> {
        let weekday = last.day.weekday() <= FRIDAY;
        let year = last.day.year();
        match (self.years.get(&year), self.missing) {
            (Some(days), _) => {
                Ok(if weekday { !days.off.contains(&last.day) } else { days.make_up.contains(&last.day) })
            }
            (None, MissingYear::Refuse) => Err(MissingYearError { year }),
            (None, MissingYear::Estimate) => {
                last.estimated_year.get_or_insert(year);
                Ok(weekday)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = include_str!("../../../tests/samples/15-deadline-vectors.tsv");
    const YEARS: [&str; 2] =
        [include_str!("../../../config/calendar/2025.toml"), include_str!("../../../config/calendar/2026.toml")];

    fn calendar(missing: MissingYear) -> Calendar {
        let tables: Vec<YearCalendar> = YEARS.iter().map(|text| toml::from_str(text).unwrap()).collect();
        Calendar::new(&tables, missing)
    }

    fn day(text: &str) -> CivilDate {
        CivilDate::parse(text).unwrap()
    }

    #[test]
    fn every_worked_vector_comes_out() {
        let calendar = calendar(MissingYear::Refuse);
        let mut seen = 0;
        for line in VECTORS.lines().skip(1) {
            let [rule, start, amount, unit, wanted] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let counting = match unit {
                "workday" => Counting::WorkingDays,
                "day" => Counting::CalendarDays,
                "day+roll" => Counting::CalendarDaysRolled,
                other => panic!("unit {other}"),
            };
            let last = calendar.last_day(day(start), amount.parse().unwrap(), counting).unwrap();
            assert_eq!(last.day, day(wanted), "{rule} from {start}");
            assert_eq!(last.estimated_year, None);
            seen += 1;
        }
        assert_eq!(seen, 24);
    }

    #[test]
    fn tables_hold_as_many_working_days_as_the_notice_says() {
        let calendar = calendar(MissingYear::Refuse);
        for (first, wanted) in [("2026-01-01", 248), ("2025-01-01", 248)] {
            let mut working = 0;
            let mut last = LastDay { day: day(first), estimated_year: None };
            while last.day.year() == day(first).year() {
                working += u32::from(calendar.works(&mut last).unwrap());
                last.day = last.day.next_day();
            }
            assert_eq!(working, wanted, "{first}");
        }
    }

    #[test]
    fn working_days_are_counted_back() {
        let calendar = calendar(MissingYear::Refuse);
        // 25 to 27 September and 1 to 7 October are off, Sunday the 20th and Saturday 10 October are worked.
        for (from, amount, wanted) in [
            ("2026-10-08", 1, "2026-09-30"),
            ("2026-10-08", 3, "2026-09-28"),
            ("2026-10-08", 4, "2026-09-24"),
            ("2026-09-21", 1, "2026-09-20"),
            ("2026-10-12", 1, "2026-10-10"),
            ("2026-10-12", 0, "2026-10-12"),
        ] {
            assert_eq!(calendar.working_days_before(day(from), amount).unwrap(), day(wanted), "{amount} before {from}");
        }
        let at = |text: &str| UtcTime::parse_spaced_beijing(text).unwrap();
        let before = |amount, unit| calendar.before(at("2026-10-08 18:00:00"), Clock { amount, unit }).unwrap();
        assert_eq!(before(1, ClockUnit::WorkingDay), at("2026-09-30 00:00:00"));
        assert_eq!(before(1, ClockUnit::CalendarDay), at("2026-10-07 00:00:00"));
        assert_eq!(before(4, ClockUnit::Hour), at("2026-10-08 14:00:00"));
        assert_eq!(calendar.working_days_before(day("2025-01-02"), 5), Err(MissingYearError { year: 2024 }));
        // There and back: counting forward from the day found ends on a working day's own date.
        for offset in 0..300 {
            let last = day("2026-02-01").plus_days(offset);
            if !calendar.works(&mut LastDay { day: last, estimated_year: None }).unwrap() {
                continue;
            }
            for amount in [1, 5, 10] {
                let first = calendar.working_days_before(last, amount).unwrap();
                assert_eq!(calendar.last_day(first, amount, Counting::WorkingDays).unwrap().day, last);
            }
        }
    }

    #[test]
    fn a_deadline_moves_by_the_days_that_its_clock_stood_still() {
        let calendar = calendar(MissingYear::Refuse);
        let at = |text: &str| UtcTime::parse_spaced_beijing(text).unwrap();
        let deadline =
            calendar.deadline(at("2026-09-21 12:00:00"), Clock { amount: 7, unit: ClockUnit::WorkingDay }).unwrap();
        // The 8th and two days are the 10th, a worked Saturday; three are Sunday the 11th, so the 12th.
        for (until, wanted) in [
            ("2026-09-22 23:00:00", "2026-10-08"),
            ("2026-09-24 00:00:00", "2026-10-10"),
            ("2026-09-25 09:00:00", "2026-10-12"),
        ] {
            let moved = calendar.moved(&deadline, at("2026-09-22 10:00:00"), at(until)).unwrap();
            assert_eq!(moved.at, day(wanted).end_of_day_beijing(), "{until}");
            assert!(moved.basis.starts_with("自2026-09-21起7个工作日；2026-09-22至"), "{}", moved.basis);
        }
        let hours = calendar.deadline(at("2026-09-21 12:00:00"), Clock { amount: 8, unit: ClockUnit::Hour }).unwrap();
        let moved = calendar.moved(&hours, at("2026-09-21 13:00:00"), at("2026-09-21 15:30:00")).unwrap();
        assert_eq!(moved.at, at("2026-09-21 22:30:00"));
    }

    #[test]
    fn deadlines_say_how_they_were_counted() {
        let start = UtcTime::parse_spaced_beijing("2026-09-22 23:30:00").unwrap();
        let cases = [
            (10, ClockUnit::WorkingDay, "2026-10-13T23:59:59.999+08:00", "自2026-09-22起10个工作日"),
            (3, ClockUnit::CalendarDay, "2026-09-28T23:59:59.999+08:00", "自2026-09-22起3日（末日为休息日的顺延）"),
            (4, ClockUnit::Hour, "2026-09-23T03:30:00+08:00", "自2026-09-22 23:30:00起4小时"),
        ];
        for (amount, unit, at, basis) in cases {
            let deadline = calendar(MissingYear::Refuse).deadline(start, Clock { amount, unit }).unwrap();
            assert_eq!((deadline.at.to_string().as_str(), deadline.basis.as_str()), (at, basis));
            assert!(!deadline.estimated);
        }
    }

    #[test]
    fn a_year_without_a_table_is_refused_or_marked() {
        let start = UtcTime::parse_spaced_beijing("2026-12-28 09:00:00").unwrap();
        let clock = Clock { amount: 10, unit: ClockUnit::WorkingDay };
        assert_eq!(calendar(MissingYear::Refuse).deadline(start, clock), Err(MissingYearError { year: 2027 }));
        let deadline = calendar(MissingYear::Estimate).deadline(start, clock).unwrap();
        assert!(deadline.estimated);
        assert_eq!(deadline.at.beijing_date(), day("2027-01-11"));
        assert!(deadline.basis.ends_with("（2027年放假安排未录入，暂按周一至周五估算）"), "{}", deadline.basis);
        // Calendar days need the table for the last day only.
        assert_eq!(
            calendar(MissingYear::Refuse).last_day(start.beijing_date(), 5, Counting::CalendarDays).unwrap().day,
            day("2027-01-02")
        );
    }
}
