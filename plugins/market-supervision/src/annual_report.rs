//! States of annual reports: one indicator for each entity and year, from which the rate of a cluster address is counted.

use xiezhi_formats::Problem;
use xiezhi_formats::fields::chars_max;
use xiezhi_formats::json::Object;
use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::money::DecimalText;
use xiezhi_sdk::model::record::{Indicator, Measurement, Record, SCHEMA_VERSION};

use crate::decode::Header;
use crate::party::{from_header, note_strangers, one_of, party};
use crate::problem::code;

/// Members of a row.
const READ: [&str; 4] = ["AncheNo", "AncheYear", "AncheStatus", "AncheDate"];
/// The first year for which enterprises publish annual reports (条例, 2014-10-01).
const YEAR_MIN: i16 = 2013;

/// Where an annual report stands; a table of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    name: &'static str,
    /// Whether the entity had to report that year.
    due: bool,
    submitted: bool,
    late: bool,
}

const STATES: [(&str, &str, State); 4] = [
    ("1", "按期报送", State { name: "按期报送", due: true, submitted: true, late: false }),
    ("2", "逾期补报", State { name: "逾期补报", due: true, submitted: true, late: true }),
    ("3", "未报送", State { name: "未报送", due: true, submitted: false, late: false }),
    ("4", "当年无须报送", State { name: "当年无须报送", due: false, submitted: false, late: false }),
];

/// Reads one row.
pub(crate) fn record(row: &Object<'_>, header: &Header<'_>, number: u32) -> Result<Record, Problem> {
    let year_value = row.required("AncheYear", chars_max::CODE)?;
    let four = year_value.text.len() == 4 && year_value.text.bytes().all(|b| b.is_ascii_digit());
    let year: i16 = year_value.text.parse().ok().filter(|&year| four && year >= YEAR_MIN).ok_or_else(|| {
        year_value.problem(code::NUMBER_INVALID, format!("年报年度 AncheYear 应为{YEAR_MIN}年以后的四位年份"))
    })?;
    let status = row.required("AncheStatus", chars_max::CODE)?;
    let state = one_of(&status, &STATES)?;
    let date = if state.submitted {
        let value = row.required("AncheDate", chars_max::CODE)?;
        let date = value.day()?;
        if date.year() <= year {
            let text = "报送日期 AncheDate 应在年报年度之后：年度报告自次年1月1日起报送";
            return Err(value.problem(code::TIME_INVALID, text));
        }
        Some(date)
    } else {
        None
    };
    let mut extra = from_header(header);
    let party = party(row, &mut extra)?;
    extra.insert("AncheYear".to_owned(), year.to_string());
    extra.insert("AncheStatus".to_owned(), status.text.to_owned());
    extra.insert("AncheStatus_name".to_owned(), state.name.to_owned());
    note_strangers(row, &READ, &mut extra);
    let reference = match (row.optional("AncheNo", chars_max::NUMBER)?, &party.uscc) {
        (Some(value), _) => value.text.to_owned(),
        // A later state of the same year comes under the same number.
        (None, Some(uscc)) => format!("{uscc}-{year}"),
        (None, None) => format!("{}-{number}", header.number),
    };
    Ok(Record::Indicator(Box::new(Indicator {
        schema_version: SCHEMA_VERSION,
        reference,
        party,
        period: "annual_report".to_owned(),
        data_time: date.and_then(|date| UtcTime::from_beijing(date, 0, 0, 0, 0).ok()),
        measurements: measurements(state),
        extra,
        ..Indicator::default()
    })))
}

fn measurements(state: State) -> Vec<Measurement> {
    let count = |(factor, holds): (&str, bool)| {
        let value = DecimalText::parse(if holds { "1" } else { "0" }).ok()?;
        Some(Measurement { factor: factor.to_owned(), statistic: "count".to_owned(), value, flag: None })
    };
    [("due", state.due), ("submitted", state.submitted), ("late", state.late)].into_iter().filter_map(count).collect()
}
