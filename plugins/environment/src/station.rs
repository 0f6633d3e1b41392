//! What a station sends: monitoring data as an `indicator`, and its answers as a `receipt`.

use std::collections::BTreeMap;

use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{Direction, Indicator, Party, Receipt, ReceiptOutcome, SCHEMA_VERSION};
use xiezhi_sdk::model::{MessageId, Record, UtcTime};

use crate::command::Answer;
use crate::cp::{self, Item};
use crate::fault;
use crate::readings::{self, Factors};
use crate::segment::{Header, Version};
use crate::settings::Settings;

/// `QnRtn`, HJ 212-2017 table 6: why a request was not taken. 1 is "ready".
const REQUEST_RESULTS: [(&str, &str); 9] = [
    ("2", "请求被拒绝"),
    ("3", "访问密码错误"),
    ("4", "设备唯一标识错误"),
    ("5", "系统编码错误"),
    ("6", "Flag 错误"),
    ("7", "请求编号错误"),
    ("8", "命令编码错误"),
    ("9", "CRC 校验错误"),
    ("100", "未知错误"),
];

/// `ExeRtn`, HJ 212-2017 table 7: why a request was not carried out. 1 is "done".
const EXECUTION_RESULTS: [(&str, &str); 6] = [
    ("2", "执行失败，原因未知"),
    ("3", "执行失败，条件错误"),
    ("4", "通讯超时"),
    ("5", "系统繁忙"),
    ("6", "系统故障"),
    ("100", "没有数据"),
];

/// The number of what a frame reports: station, command, data time and exchange.
pub(crate) fn reference(header: &Header<'_>, items: &[Item<'_>]) -> String {
    let data_time = cp::find(items, "DataTime").map_or("", |item| item.value);
    format!("{}/{}/{data_time}/{}", header.mn, header.cn, header.qn.unwrap_or_default())
}

/// `DataTime`, which every upload has: 14 digits of Beijing time (HJ 212-2017 table 8).
pub(crate) fn data_time(header: &Header<'_>, items: &[Item<'_>]) -> Result<UtcTime, Fault> {
    let mut times = items.iter().filter(|item| item.name == "DataTime");
    let first = times.next().ok_or_else(|| fault::missing("DataTime", header.cp_offset))?;
    if let Some(other) = times.find(|item| item.value != first.value) {
        return Err(fault::invalid(other.name, other.value, other.offset, "一条数据只能有一个 DataTime"));
    }
    let wrong = || fault::invalid(first.name, first.value, first.offset, "应为14位时间 YYYYMMDDhhmmss");
    if first.value.len() != 14 {
        return Err(wrong());
    }
    UtcTime::parse_compact_beijing(first.value).map_err(|_| wrong())
}

/// A sign of life (CN 9015): it carries no data, so its time is that of its QN.
pub(crate) fn heartbeat(header: &Header<'_>, items: &[Item<'_>]) -> Record {
    let data_time = exchange_time(header);
    Record::Indicator(Box::new(Indicator {
        schema_version: SCHEMA_VERSION,
        reference: reference(header, items),
        party: Party { device: Some(header.mn.to_owned()), ..Party::default() },
        period: "heartbeat".to_owned(),
        data_time,
        measurements: Vec::new(),
        facilities: Vec::new(),
        log: None,
        extra: origin(header),
    }))
}

/// The time of the exchange. The header's QN was checked to be a time; only old devices leave it out.
fn exchange_time(header: &Header<'_>) -> Option<UtcTime> {
    header.qn.and_then(|qn| UtcTime::parse_compact_beijing(qn).ok())
}

/// Monitoring data of a station.
pub(crate) fn indicator(
    header: &Header<'_>,
    period: &str,
    items: &[Item<'_>],
    settings: &Settings<'_>,
) -> Result<Record, Fault> {
    let data_time = data_time(header, items)?;
    report(header, period, Some(data_time), items, settings)
}

/// What a station says of itself: the time of the exchange stands where it gives none.
pub(crate) fn parameters(
    header: &Header<'_>,
    period: &str,
    items: &[Item<'_>],
    settings: &Settings<'_>,
) -> Result<Record, Fault> {
    let at = match cp::find(items, "DataTime") {
        Some(_) => Some(data_time(header, items)?),
        None => exchange_time(header),
    };
    report(header, period, at, items, settings)
}

fn report(
    header: &Header<'_>,
    period: &str,
    data_time: Option<UtcTime>,
    items: &[Item<'_>],
    settings: &Settings<'_>,
) -> Result<Record, Fault> {
    let factors = Factors { version: header.version, st: header.st, given: settings.factors_2005 };
    let readings = readings::read(items, &factors)?;
    let has_data = !readings.measurements.is_empty() || !readings.facilities.is_empty() || readings.log.is_some();
    if !has_data && readings.extra.is_empty() {
        let text = "数据区没有监测值、设施状态或日志，请检查设备的上传配置";
        return Err(Fault::new(fault::FIELD_MISSING, text).at(header.cp_offset).in_field("CP"));
    }
    let mut extra = readings.extra;
    extra.extend(origin(header));
    Ok(Record::Indicator(Box::new(Indicator {
        schema_version: SCHEMA_VERSION,
        reference: reference(header, items),
        party: Party { device: Some(header.mn.to_owned()), ..Party::default() },
        period: period.to_owned(),
        data_time,
        measurements: readings.measurements,
        facilities: readings.facilities,
        log: readings.log,
        extra,
    })))
}

/// What of the header is worth keeping: system type, dialect, an unusual station number, and survived defects.
fn origin(header: &Header<'_>) -> BTreeMap<String, String> {
    let mut extra = BTreeMap::from([("ST".to_owned(), header.st.to_owned())]);
    match header.version {
        Version::V2005 => drop(extra.insert("Version".to_owned(), "2005".to_owned())),
        Version::V2017 => {}
        Version::V2025 => drop(extra.insert("Version".to_owned(), "2025".to_owned())),
    }
    if !header.is_epc96() {
        extra.insert("MN-Note".to_owned(), "设备唯一标识不是24位EPC-96编码".to_owned());
    }
    let notes: Vec<&str> = header.notes.into_iter().flatten().collect();
    if !notes.is_empty() {
        extra.insert("Frame-Note".to_owned(), format!("{}，已按标准格式理解，请修正设备程序", notes.join("；")));
    }
    extra
}

/// A station's answer to what was sent to it. `message_id` is the exchange that it answers (`QN`).
pub(crate) fn receipt(header: &Header<'_>, answer: Answer, items: &[Item<'_>]) -> Result<Record, Fault> {
    let Some(qn) = header.qn else { return Err(fault::missing("QN", header.cn_offset)) };
    let message_id = MessageId::parse(qn).map_err(|_| fault::missing("QN", header.cn_offset))?;
    let (outcome, code, text) = match answer {
        Answer::Request => result(header, items, "QnRtn", &REQUEST_RESULTS, "准备执行请求")?,
        Answer::Execution => result(header, items, "ExeRtn", &EXECUTION_RESULTS, "执行成功")?,
        Answer::Notice => (ReceiptOutcome::Accepted, None, "通知应答".to_owned()),
        Answer::Data => (ReceiptOutcome::Accepted, None, "数据应答".to_owned()),
    };
    Ok(Record::Receipt(Box::new(Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id,
        outcome,
        code,
        text,
        rows: Vec::new(),
        case_numbers: Vec::new(),
    })))
}

fn result(
    header: &Header<'_>,
    items: &[Item<'_>],
    name: &str,
    failures: &[(&str, &str)],
    success: &str,
) -> Result<(ReceiptOutcome, Option<String>, String), Fault> {
    let item = cp::find(items, name).ok_or_else(|| fault::missing(name, header.cp_offset))?;
    if item.value == "1" {
        return Ok((ReceiptOutcome::Accepted, None, success.to_owned()));
    }
    let Some((code, text)) = failures.iter().find(|(code, _)| *code == item.value) else {
        return Err(fault::invalid(name, item.value, item.offset, "不是标准规定的结果代码"));
    };
    Ok((ReceiptOutcome::Refused, Some(format!("{name}={code}")), (*text).to_owned()))
}
