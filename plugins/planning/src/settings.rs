//! The link's settings that this plugin reads, checked.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::place::{Coordinate, Datum};

use crate::problem::FORMAT;

/// The bureau's code in the shipped configuration and in the sample messages (fictional).
const SENDER_DEFAULT: &str = "11110112MAYYG0015Y";
/// The agency's code in the sample messages (fictional).
const RECEIVER_DEFAULT: &str = "11110112MAYYG0023R";
/// Length of an organisation's code: a USCC has 18 characters.
const CODE_LENGTH: RangeInclusive<usize> = 1..=32;
/// Around the district, west, south, east and north, in degrees. From memory, a little wide: it only leads to a note.
const BOX_DEFAULT: &str = "116.5,39.6,116.95,40.05";
/// Types of violation. A proposal of this project: no public table was found.
const VIOLATIONS_DEFAULT: [(&str, &str); 4] =
    [("01", "无证建设"), ("02", "擅自改变用途"), ("03", "超许可建设"), ("04", "临时建设逾期未拆除")];
/// How far the stated area may be from that of the polygon, in percent: more than mapping and rounding explain.
const TOLERANCE_DEFAULT: i64 = 5;

/// What is done about an area that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnMismatch {
    /// The finding goes on with a note.
    Note,
    /// It costs the row.
    Refuse,
}

/// The corners of the district, in nano-degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) south_west: Coordinate,
    pub(crate) north_east: Coordinate,
}

/// What reading needs to know.
pub(crate) struct Reading {
    /// The datum of a message without `crs`.
    pub(crate) default_datum: Datum,
    pub(crate) district: Bounds,
    pub(crate) violations: BTreeMap<String, String>,
    pub(crate) tolerance_percent: i64,
    pub(crate) on_mismatch: OnMismatch,
}

/// Who signs outgoing messages and whom they are for.
pub(crate) struct Ends<'c> {
    pub(crate) sender: &'c str,
    pub(crate) receiver: &'c str,
}

/// `default_crs`, `district_box`, `violation_types`, `area_tolerance_percent` and `area_mismatch`.
pub(crate) fn reading(context: &Context) -> Result<Reading, Fault> {
    let default_datum = match choice(context, "default_crs", "wgs84")? {
        "wgs84" => Datum::Wgs84,
        "cgcs2000" => Datum::Cgcs2000,
        _ => return Err(setting::invalid(FORMAT, "default_crs", "应为“wgs84”或“cgcs2000”")),
    };
    let on_mismatch = match choice(context, "area_mismatch", "note")? {
        "note" => OnMismatch::Note,
        "refuse" => OnMismatch::Refuse,
        _ => return Err(setting::invalid(FORMAT, "area_mismatch", "应为“note”或“refuse”")),
    };
    let bounds = choice(context, "district_box", BOX_DEFAULT)?;
    let district = district(bounds).ok_or_else(|| {
        setting::invalid(FORMAT, "district_box", "应为“西,南,东,北”四个十进制度数，例如 116.5,39.6,116.95,40.05")
    })?;
    Ok(Reading {
        default_datum,
        district,
        violations: setting::table(FORMAT, context, "violation_types", &VIOLATIONS_DEFAULT)?,
        tolerance_percent: setting::integer(FORMAT, context, "area_tolerance_percent", 1..=100, TOLERANCE_DEFAULT)?,
        on_mismatch,
    })
}

/// `sender_code` and `receiver_code`.
pub(crate) fn ends(context: &Context) -> Result<Ends<'_>, Fault> {
    Ok(Ends {
        sender: setting::word(FORMAT, context, "sender_code", CODE_LENGTH, SENDER_DEFAULT)?,
        receiver: setting::word(FORMAT, context, "receiver_code", CODE_LENGTH, RECEIVER_DEFAULT)?,
    })
}

fn choice<'c>(context: &'c Context, name: &str, default: &'static str) -> Result<&'c str, Fault> {
    match context.settings.get(name) {
        None => Ok(default),
        Some(value) => value.as_str().ok_or_else(|| setting::invalid(FORMAT, name, "应为文字")),
    }
}

fn district(text: &str) -> Option<Bounds> {
    let mut degrees = text.split(',');
    let mut corner = || Coordinate::parse(degrees.next()?, degrees.next()?, Datum::Cgcs2000).ok();
    let bounds = Bounds { south_west: corner()?, north_east: corner()? };
    let Bounds { south_west: low, north_east: high } = bounds;
    let ordered =
        low.longitude_nanodegrees < high.longitude_nanodegrees && low.latitude_nanodegrees < high.latitude_nanodegrees;
    (ordered && degrees.next().is_none()).then_some(bounds)
}
