//! 财源监测 (`CYJC`): what one enterprise took in and paid in one month, as an indicator.
//!
//! Whether no revenue means no business is for the policy to judge, so the line opens no case by itself.

use std::collections::BTreeMap;

use xiezhi_sdk::model::money::{DecimalText, Fen};
use xiezhi_sdk::model::record::{Indicator, Measurement, Party, SCHEMA_VERSION};
use xiezhi_sdk::model::town::TownCode;
use xiezhi_sdk::model::{CivilDate, Record, Uscc, UtcTime};

use crate::file::{Detail, Header};
use crate::layout::monitor as columns;
use crate::line::{Cell, Line};
use crate::problem::{Problem, code};

/// Key of `extra` for a doubt about the code that does not make it wrong.
const CODE_NOTE: &str = "统一社会信用代码_TS";
/// Key of `extra` that says that the file's totals could not be compared.
const TOTAL_NOTE: &str = "合计_TS";

/// Whether the amounts of the file add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Totals {
    /// They do.
    Checked,
    /// A line's amounts cannot be read, so nobody can tell.
    Unknown,
}

/// Revenue and tax of a line, in fen.
pub(crate) fn amounts(line: &Line<'_>) -> Result<(i64, i64), Problem> {
    line.check_length()?;
    Ok((line.amount(&columns::REVENUE)?, line.amount(&columns::TAX)?))
}

/// Reads a line.
pub(crate) fn record(detail: &Detail<'_>, header: &Header, totals: Totals) -> Result<Record, Problem> {
    let line = &detail.line;
    if let Some(first) = detail.continuations.first() {
        let text = "财源监测文件不应有续行（C 行）";
        return Err(Problem::new(code::CONTINUATION_INVALID, first.at, text));
    }
    let (revenue, tax) = amounts(line)?;
    let sequence = line.required(&columns::SEQ)?.text;
    let mut extra =
        BTreeMap::from([("报送日期".to_owned(), header.date.to_string()), ("序号".to_owned(), sequence.clone())]);
    if totals == Totals::Unknown {
        extra.insert(TOTAL_NOTE.to_owned(), "本文件有明细的金额无法读取，控制合计未能核对".to_owned());
    }
    let party = party(line, &mut extra)?;
    if let Some(cell) = line.optional(&columns::INDUSTRY)? {
        let digits = cell.text.len() == columns::INDUSTRY.bytes && cell.text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Err(cell.problem(code::NUMBER_INVALID, "行业代码应为4位数字的小类代码（GB/T 4754-2017）"));
        }
        keep(&mut extra, cell);
    }
    keep(&mut extra, flag(line, &columns::ACTIVE, ["0", "1"], "经营标志应为1（有经营活动）或0（无经营活动）")?);
    keep(&mut extra, flag(line, &columns::MOVE, ["N", "Y"], "迁移标志应为Y（已迁出）或N（未迁出）")?);
    let period = line.required(&columns::PERIOD)?;
    let data_time = month(&period)?;
    keep(&mut extra, period);
    if let Some(rest) = line.optional(&columns::FILLER)? {
        keep(&mut extra, rest);
    }
    Ok(Record::Indicator(Box::new(Indicator {
        schema_version: SCHEMA_VERSION,
        reference: format!("{}-{sequence}", header.number),
        party,
        period: "month".to_owned(),
        data_time: Some(data_time),
        measurements: vec![measurement("revenue", Fen(revenue))?, measurement("tax", Fen(tax))?],
        extra,
        ..Indicator::default()
    })))
}

fn keep(extra: &mut BTreeMap<String, String>, cell: Cell) {
    extra.insert(cell.name.to_owned(), cell.text);
}

fn flag(line: &Line<'_>, column: &crate::layout::Column, known: [&str; 2], text: &str) -> Result<Cell, Problem> {
    let cell = line.text(column)?;
    match known.contains(&cell.text.as_str()) {
        true => Ok(cell),
        false => Err(cell.problem(code::CODE_UNKNOWN, text)),
    }
}

/// The first moment of a month, `YYYYMM`.
fn month(cell: &Cell) -> Result<UtcTime, Problem> {
    CivilDate::parse_compact(&format!("{}01", cell.text))
        .and_then(|date| UtcTime::from_beijing(date, 0, 0, 0, 0))
        .map_err(|_| cell.problem(code::TIME_INVALID, "所属期应为 YYYYMM 形式的年月"))
}

/// An amount in fen, as the file has it but without its zeros.
fn measurement(factor: &str, amount: Fen) -> Result<Measurement, Problem> {
    let value = DecimalText::parse(&amount.0.to_string())
        .map_err(|error| Problem::new(code::NUMBER_INVALID, 0, error.to_string()))?;
    Ok(Measurement { factor: factor.to_owned(), statistic: "fen".to_owned(), value, flag: None })
}

fn party(line: &Line<'_>, extra: &mut BTreeMap<String, String>) -> Result<Party, Problem> {
    let cell = line.required(&columns::USCC)?;
    let uscc = Uscc::parse(&cell.text).map_err(|error| cell.problem(error.code(), error.to_string()))?;
    if uscc.warning().is_some() {
        let note = "第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件";
        extra.insert(CODE_NOTE.to_owned(), note.to_owned());
    }
    let name = line.optional(&columns::NAME)?.map(|cell| cell.text);
    let town = match line.optional(&columns::TOWN)? {
        None => None,
        Some(cell) => {
            Some(TownCode::parse(&cell.text).map_err(|error| cell.problem(code::NUMBER_INVALID, error.to_string()))?)
        }
    };
    Ok(Party { uscc: Some(uscc), name, town, ..Party::default() })
}
