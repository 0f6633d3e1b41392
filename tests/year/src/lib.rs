//! A year in a district on simulated time: the real engine and the real SQLite store with the shipped policy, towns, devices and
//! calendars; agencies, people and enterprises are drawn from a seed. Invariants are looked at after every day.
//!
//! No plugin and no daemon runs here: `tests/e2e` has those. Reports stop some ninety days before the end, so that everything can
//! come to rest within 2026: no deadline needs the table of 2027, and the shipped setting (a missing table is refused) stays.

mod agencies;
mod district;
mod events;
mod invariants;
mod ledger;
mod people;
mod shipped;
mod totals;

use std::collections::BTreeMap;

use anyhow::Context as _;
use xiezhi_model::{AgencyId, CivilDate, UtcTime};

use agencies::Agencies;
use district::District;
use events::Events;
use invariants::Memory;
use people::People;

pub use totals::Totals;

/// The first day.
const START: (i16, i8, i8) = (2026, 1, 1);
/// Days of the year.
const DAYS: usize = 365;
/// Reports stop: 91 days are left.
const REPORTS_END: usize = 274;
/// The study raises nothing any more, and people begin nothing: 40 days are left, enough for the longest clock (30 days) and
/// for 10 working days with two reminders.
const RAISED_END: usize = 325;
/// Nobody answers any more: the last late answers are still verified.
const ANSWERS_END: usize = 353;
/// Days between two studies, to save time: the daemon studies daily, and studying more often changes nothing but the day.
const STUDY_EVERY: usize = 3;
/// Days between two looks at everything.
const MONTH: usize = 30;
/// Friday.
const LAST_WORKING_DAY: i8 = 5;

/// The hours of a day, by Beijing time.
#[derive(Debug, Clone, Copy)]
enum Hour {
    /// Deadlines ran out with the day before.
    Night = 0,
    /// Reports come.
    Morning = 9,
    /// Indicators are studied.
    Study = 10,
    /// People work.
    Desk = 11,
    /// Agencies answer.
    Afternoon = 15,
    /// What is due is sent, and everything is looked at.
    Evening = 18,
}

fn at(day: usize, hour: Hour) -> anyhow::Result<UtcTime> {
    let (year, month, first) = START;
    let date = CivilDate::new(year, month, first)?.plus_days(i32::try_from(day)?);
    Ok(UtcTime::from_beijing(date, hour as i8, 30, 0, 0)?)
}

/// Lives through the year; `seed` decides everything that happens.
///
/// # Errors
/// The first invariant that does not hold, or what the store or the engine did that they must not.
pub async fn live(seed: u64) -> anyhow::Result<Totals> {
    let loaded = shipped::configuration()?;
    let (towns, ids) =
        (loaded.towns.clone(), loaded.agencies.iter().map(|agency| agency.id.clone()).collect::<Vec<_>>());
    let mut townships: BTreeMap<String, AgencyId> = BTreeMap::new();
    for agency in &loaded.agencies {
        if let Some(code) = agency.settings.get("town_code").and_then(serde_json::Value::as_str) {
            townships.insert(code.to_owned(), agency.id.clone());
        }
    }
    for town in &towns.towns {
        if let Some(agency) = townships.get(town.code.as_str()).cloned() {
            townships.extend(town.old_codes.iter().map(|old| (old.to_string(), agency.clone())));
        }
    }
    let mut district = District::new(shipped::engine(loaded)?, at(0, Hour::Night)?)?;
    district.totals.seed = seed;
    (district.totals.days, district.totals.tenants) = (DAYS, events::TENANTS);
    let start = district.now.beijing_date();
    let mut agencies = Agencies::new(&ids, &AgencyId::parse("market-supervision")?, seed, ANSWERS_END);
    let mut people = People::new(&district, seed, RAISED_END).await?;
    let mut events = Events::new(seed, &towns, townships, start, REPORTS_END)?;
    let mut memory = Memory::default();
    events.begin(&mut district)?;
    district.work().await?;
    for day in 0..DAYS {
        let lived = day_of(day, &mut district, &mut agencies, &mut people, &mut events).await;
        lived.with_context(|| format!("day {day}, seed {seed}, tempers {:?}", agencies.tempers))?;
        let checked = memory.daily(&mut district).await;
        checked.with_context(|| format!("after day {day}, seed {seed}"))?;
        if day % MONTH == MONTH - 1 {
            memory.monthly(&mut district).await.with_context(|| format!("a month ends, seed {seed}"))?;
        }
    }
    memory.final_state(&mut district).await.with_context(|| format!("the end of the year, seed {seed}"))?;
    Ok(district.totals)
}

async fn day_of(
    day: usize,
    district: &mut District,
    agencies: &mut Agencies,
    people: &mut People,
    events: &mut Events,
) -> anyhow::Result<()> {
    district.now = at(day, Hour::Night)?;
    district.timers().await?;
    district.now = at(day, Hour::Morning)?;
    let works = district.now.beijing_date().weekday() <= LAST_WORKING_DAY;
    events.repeat(district).await?;
    events.happen(day, works, district).await?;
    district.work().await?;
    if day.is_multiple_of(STUDY_EVERY) && day < RAISED_END {
        district.now = at(day, Hour::Study)?;
        district.study().await?;
    }
    if works {
        district.now = at(day, Hour::Desk)?;
        people.work(day, district).await?;
    }
    district.now = at(day, Hour::Afternoon)?;
    agencies.act(day, district)?;
    district.work().await?;
    district.now = at(day, Hour::Evening)?;
    for (agency, id, record) in district.deliver().await? {
        agencies.receive(day, &agency, &id, &record);
    }
    district.timers().await?;
    // A timer may have something to send at once.
    for (agency, id, record) in district.deliver().await? {
        agencies.receive(day, &agency, &id, &record);
    }
    Ok(())
}
