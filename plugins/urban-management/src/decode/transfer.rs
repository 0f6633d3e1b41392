//! A transferred case (`case.transfer`) to a finding.

use std::collections::BTreeMap;

use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::place::{Coordinate, Datum};
use xiezhi_sdk::model::record::{Attachment, Finding, Issue, Party, SCHEMA_VERSION};
use xiezhi_sdk::model::town::TownCode;
use xiezhi_sdk::model::uscc::Uscc;

use crate::biz::{Object, Value};
use crate::fault::{Problem, shown};

/// Most files that one case or answer refers to.
const MEDIA_MAX: usize = 50;
/// Hex digits of an SM3 digest.
const SM3_HEX_BYTES: usize = 64;
/// Digits of a district code, GB/T 2260.
const DISTRICT_DIGITS: usize = 6;
/// Digits of a unit grid code, CJ/T 213: district 6, town 3, community 3, serial 3.
const GRID_DIGITS: usize = 15;
/// Digits of an event code and of a component or matter code, CJ/T 214.
const EVENT_DIGITS: [usize; 2] = [10, 16];
/// Format fields that have no place of their own in a finding.
const EXTRA: [&str; 4] = ["eventSrcId", "eventSrcName", "stageName", "timeUnit"];

/// Reads a case.
pub(super) fn read(object: &Object<'_>) -> Result<Finding, Fault> {
    let reference = object.line_needed("taskNum")?.text;
    let (town, district) = town(object)?;
    let grid = grid(object, &town)?;
    let code = event_code(object, &district)?;
    let main_type = object.line_needed("mainTypeName")?.text;
    let sub_type = object.line_needed("subTypeName")?.text;
    let (uscc, doubtful) = uscc(object)?;
    let name = object.line_text("entName")?;
    let address = object.line_needed("address")?.text;
    let text = object.need("eventDesc", object.paragraph("eventDesc")?)?.text;
    let found_at = object.line_needed("createTime")?.time()?;
    let due_at = match object.line("deadline")? {
        None => None,
        Some(deadline) => {
            let due_at = deadline.time()?;
            if due_at < found_at {
                return Err(deadline.invalid("早于createTime"));
            }
            Some(due_at)
        }
    };
    let coordinate = coordinate(object)?;
    let issue_name = format!("{main_type}/{sub_type}");
    let title = format!("{issue_name}：{}", name.as_deref().unwrap_or(&address));
    Ok(Finding {
        schema_version: SCHEMA_VERSION,
        reference,
        party: Party { name, uscc, address: Some(address), town: Some(town), coordinate, device: None },
        issue: Issue { code_system: "cjt214".to_owned(), code, name: Some(issue_name) },
        title,
        text,
        found_at: Some(found_at),
        due_at,
        stage: stage(object)?,
        legal_basis: None,
        people: Vec::new(),
        attachments: media(object)?,
        extra: extra(object, grid, doubtful)?,
    })
}

/// The town and the district that it lies in.
fn town(object: &Object<'_>) -> Result<(TownCode, String), Fault> {
    let street = object.line_needed("streetCode")?;
    let town = TownCode::parse(&street.text).map_err(|error| street.fault(error))?;
    let district: String = town.as_str().chars().take(DISTRICT_DIGITS).collect();
    if let Some(given) = object.line("districtCode")?
        && given.text != district
    {
        return Err(given.invalid("与streetCode的前6位不一致"));
    }
    Ok((town, district))
}

fn grid(object: &Object<'_>, town: &TownCode) -> Result<String, Fault> {
    let grid = object.line_needed("gridCode")?;
    if !grid.is_digits(&[GRID_DIGITS]) {
        return Err(grid.fault(Problem::GridCode("应为15位数字")));
    }
    if !grid.text.starts_with(town.as_str()) {
        return Err(grid.fault(Problem::GridCode("的前9位与streetCode不一致")));
    }
    Ok(grid.text)
}

fn event_code(object: &Object<'_>, district: &str) -> Result<String, Fault> {
    let code = object.line_needed("eventTypeCode")?;
    if !code.is_digits(&EVENT_DIGITS) {
        return Err(code.fault(Problem::EventCode("应为10位或16位数字")));
    }
    if !code.text.starts_with(district) {
        return Err(code.fault(Problem::EventCode("的前6位与streetCode的区划不一致")));
    }
    Ok(code.text)
}

/// The code, and whether the organisation code inside deserves a second look.
fn uscc(object: &Object<'_>) -> Result<(Option<Uscc>, bool), Fault> {
    let Some(value) = object.line("uscc")? else { return Ok((None, false)) };
    let uscc = Uscc::parse(&value.text).map_err(|error| value.fault(error))?;
    let doubtful = uscc.warning().is_some();
    Ok((Some(uscc), doubtful))
}

/// `x` is the longitude, `y` the latitude; the digits are taken as they were written.
fn coordinate(object: &Object<'_>) -> Result<Option<Coordinate>, Fault> {
    let (x, y) = match (object.line("x")?, object.line("y")?) {
        (None, None) => return Ok(None),
        (Some(x), Some(y)) => (x, y),
        (None, Some(_)) => return Err(object.fault(&Problem::CoordinateHalf, "x")),
        (Some(_), None) => return Err(object.fault(&Problem::CoordinateHalf, "y")),
    };
    let crs = object.line_needed("crs")?;
    let datum = match crs.text.as_str() {
        "EPSG:4490" => Datum::Cgcs2000,
        "EPSG:4326" => Datum::Wgs84,
        other => return Err(crs.fault(Problem::CrsUnknown(shown(other)))),
    };
    // Asked one by one, so that the fault names the axis that is wrong.
    Coordinate::parse(&x.text, "0", datum).map_err(|error| x.fault(error))?;
    let point = Coordinate::parse(&x.text, &y.text, datum).map_err(|error| y.fault(error))?;
    Ok(Some(point))
}

fn stage(object: &Object<'_>) -> Result<Option<String>, Fault> {
    let Some(stage) = object.line("stage")? else { return Ok(None) };
    if stage.is_digits(&[2]) { Ok(Some(stage.text)) } else { Err(stage.invalid("应为2位阶段代码")) }
}

/// The files a case or an answer refers to, by SM3 digest.
pub(super) fn media(object: &Object<'_>) -> Result<Vec<Attachment>, Fault> {
    object.objects("media", MEDIA_MAX)?.iter().map(attachment).collect()
}

fn attachment(object: &Object<'_>) -> Result<Attachment, Fault> {
    let digest = object.line_needed("sm3")?;
    if digest.text.len() != SM3_HEX_BYTES || !digest.text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(digest.invalid("应为64位十六进制SM3摘要"));
    }
    let size = |value: Value<'_>| value.text.parse::<u64>().map_err(|_| value.invalid("应为字节数（非负整数）"));
    Ok(Attachment {
        kind: object.line_needed("type")?.text,
        algorithm: "sm3".to_owned(),
        digest: digest.text.to_ascii_lowercase(),
        bytes: object.line("size")?.map(size).transpose()?,
    })
}

fn extra(object: &Object<'_>, grid: String, doubtful: bool) -> Result<BTreeMap<String, String>, Fault> {
    let mut extra = BTreeMap::from([("gridCode".to_owned(), grid)]);
    for name in EXTRA {
        if let Some(text) = object.line_text(name)? {
            extra.insert(name.to_owned(), text);
        }
    }
    if doubtful {
        extra.insert("usccWarning".to_owned(), "主体标识码（第9至17位）校验不符，请核对".to_owned());
    }
    Ok(extra)
}
