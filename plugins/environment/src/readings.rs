//! Items of a `CP` area as readings, facility states and a log (HJ 212-2017 table 8).
//!
//! A value stays the text that the station wrote. What has no place of its own is kept by its own name, except passwords.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::money::DecimalText;
use xiezhi_sdk::model::record::{FacilityState, Measurement};

use crate::cp::Item;
use crate::fault;
use crate::segment::Version;

/// What the items hold.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// In the order of the message.
    pub(crate) measurements: Vec<Measurement>,
    /// In the order of the message.
    pub(crate) facilities: Vec<FacilityState>,
    /// `i11001-Info`.
    pub(crate) log: Option<String>,
    /// The rest.
    pub(crate) extra: BTreeMap<String, String>,
}

/// The categories whose value is a number, and the statistic each is. Day and night values are those of noise.
const STATISTICS: [(&str, &str); 13] = [
    ("Rtd", "rtd"),
    ("Min", "min"),
    ("Avg", "avg"),
    ("Max", "max"),
    ("Cou", "cou"),
    ("ZsRtd", "zs_rtd"),
    ("ZsMin", "zs_min"),
    ("ZsAvg", "zs_avg"),
    ("ZsMax", "zs_max"),
    ("Data", "data"),
    ("DayData", "day_data"),
    ("NightData", "night_data"),
    // Hours that a facility ran, CN 2041.
    ("RT", "rt"),
];

/// The states of a facility by `SBx-RS`, in the order of their code.
const STATES: [&str; 6] = ["off", "running", "calibrating", "maintenance", "alarm", "blowing"];

/// Factor codes of HJ/T 212-2005 and what they are since 2017 (HJ 212-2017 tables B.1 and B.2).
const FACTORS_2005: [(&str, &str); 9] = [
    ("001", "w01001"),
    ("011", "w01018"),
    ("060", "w21003"),
    ("101", "w21011"),
    ("B01", "w00000"),
    ("01", "a34013"),
    ("02", "a21026"),
    ("03", "a21002"),
    ("S01", "a19001"),
];

/// Factors known by their codes of 2017, to tell what a code without its letter can only be.
const FACTORS_2017: [&str; 20] = [
    "w00000", "w01001", "w01018", "w20117", "w21001", "w21003", "w21011", "a00000", "a01011", "a01012", "a01013",
    "a01014", "a05001", "a19001", "a21002", "a21005", "a21026", "a24088", "a34002", "a34013",
];
/// Digits of a factor's code behind its letter.
const FACTOR_DIGITS: usize = 5;
/// Category under which `extra` keeps the code as it came, where it was turned into another one.
const CODE_AS_IT_CAME: &str = "Code";

/// The log of a station, HJ 212-2017 table B.5.
const LOG_FACTOR: &str = "i11001";

/// What decides which factor a code is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Factors<'a> {
    /// The frame's dialect.
    pub(crate) version: Version,
    /// The frame's system type: water or air.
    pub(crate) st: &'a str,
    /// The link's own table of codes of 2005, which goes before the built-in one.
    pub(crate) given: Option<&'a Map<String, Value>>,
}

/// Reads the items, `DataTime` left out.
pub(crate) fn read(items: &[Item<'_>], factors: &Factors<'_>) -> Result<Readings, Fault> {
    let mut readings = Readings::default();
    let flags = flags(items)?;
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for item in items.iter().filter(|item| item.name != "DataTime") {
        // A text that spans several parts comes under one name in each; nothing else may come twice with two values.
        match seen.insert(item.name, item.value) {
            Some(before) if !item.name.ends_with("-Info") && before != item.value => {
                let rule = "同一项目在一条数据中出现两个不同的值";
                return Err(fault::invalid(item.name, item.value, item.offset, rule));
            }
            Some(before) if before == item.value => continue,
            _ => {}
        }
        match item.name.split_once('-') {
            Some((factor, category)) => one(&mut readings, &flags, item, (factor, category), factors)?,
            None => keep(&mut readings.extra, item),
        }
    }
    Ok(readings)
}

/// Each factor's data flag. It may stand before or after the values.
fn flags<'a>(items: &[Item<'a>]) -> Result<BTreeMap<&'a str, &'a str>, Fault> {
    let mut flags = BTreeMap::new();
    for item in items {
        let Some((factor, "Flag")) = item.name.split_once('-') else { continue };
        if item.value.len() != 1 || !item.value.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(fault::invalid(
                item.name,
                item.value,
                item.offset,
                "数据标记应为一位字母或数字，如 N、F、M、D",
            ));
        }
        flags.insert(factor, item.value);
    }
    Ok(flags)
}

fn one(
    readings: &mut Readings,
    flags: &BTreeMap<&str, &str>,
    item: &Item<'_>,
    (factor, category): (&str, &str),
    factors: &Factors<'_>,
) -> Result<(), Fault> {
    let statistic = STATISTICS.iter().find(|(name, _)| name.eq_ignore_ascii_case(category)).map(|(_, word)| *word);
    let flag = flags.get(factor).copied();
    match (category, statistic) {
        ("Flag", _) => {}
        (_, Some(statistic)) => match value(item, flag)? {
            Some(value) => {
                let today = factors.today(factor).into_owned();
                if today != factor {
                    readings.extra.insert(format!("{today}-{CODE_AS_IT_CAME}"), factor.to_owned());
                }
                let factor = today;
                let flag = flag.map(str::to_owned);
                readings.measurements.push(Measurement { factor, statistic: statistic.to_owned(), value, flag });
            }
            // No value to carry the flag: the flag is all there is.
            None => drop(readings.extra.insert(format!("{factor}-Flag"), flag.unwrap_or_default().to_owned())),
        },
        ("RS", None) => {
            readings.facilities.push(FacilityState { facility: factor.to_owned(), state: state(item)? });
        }
        ("Info", None) if factor == LOG_FACTOR => {
            readings.log.get_or_insert_default().push_str(item.text());
        }
        _ => keep(&mut readings.extra, item),
    }
    Ok(())
}

/// The number; `None` for an empty value whose flag says that it is not normal (a device that lost its sensor).
fn value(item: &Item<'_>, flag: Option<&str>) -> Result<Option<DecimalText>, Fault> {
    if item.value.is_empty() && flag.is_some_and(|flag| flag != "N") {
        return Ok(None);
    }
    let wrong = |_| fault::invalid(item.name, item.value, item.offset, "应为不带单位的十进制数");
    DecimalText::parse(item.value).map(Some).map_err(wrong)
}

fn state(item: &Item<'_>) -> Result<String, Fault> {
    let digits = !item.value.is_empty() && item.value.len() <= 3 && item.value.bytes().all(|b| b.is_ascii_digit());
    let code = item.value.parse::<usize>().ok().filter(|_| digits);
    let Some(code) = code else {
        return Err(fault::invalid(item.name, item.value, item.offset, "设施状态应为0至5的整数"));
    };
    Ok(STATES.get(code).map_or_else(|| format!("code-{code}"), |&state| state.to_owned()))
}

fn keep(extra: &mut BTreeMap<String, String>, item: &Item<'_>) {
    // PW, NewPW and the like.
    if !item.name.to_ascii_uppercase().ends_with("PW") {
        extra.insert(item.name.to_owned(), item.text().to_owned());
    }
}

impl Factors<'_> {
    /// A factor's code as it is since 2017. What is in no table stays as it came.
    fn today<'f>(&'f self, code: &'f str) -> Cow<'f, str> {
        if self.version == Version::V2005 {
            let given = self.given.and_then(|table| table.get(code)).and_then(Value::as_str);
            let built_in = || FACTORS_2005.iter().find(|(old, _)| *old == code).map(|(_, new)| *new);
            if let Some(new) = given.or_else(built_in) {
                return Cow::Borrowed(new);
            }
        }
        self.with_letter(code).map_or(Cow::Borrowed(code), Cow::Borrowed)
    }

    /// `01018` for `w01018`, as in a printed example of the standard: the factor of the frame's medium, or the only one with
    /// these digits.
    fn with_letter(&self, code: &str) -> Option<&'static str> {
        if code.len() != FACTOR_DIGITS || !code.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut fitting = FACTORS_2017.iter().copied().filter(|factor| factor.get(1..) == Some(code));
        let (first, second) = (fitting.next()?, fitting.next());
        let Some(second) = second else { return Some(first) };
        let letter = match self.st {
            "21" | "24" | "26" | "32" | "33" | "34" | "52" => 'w',
            "22" | "27" | "31" | "51" => 'a',
            _ => return None,
        };
        [first, second].into_iter().find(|factor| factor.starts_with(letter))
    }
}
