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
