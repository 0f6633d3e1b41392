//! 违法图斑: one feature is one parcel and becomes one finding.

use std::collections::BTreeMap;

use xiezhi_formats::Edge;
use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::json::{Kind, Node, Object};
use xiezhi_sdk::model::money::DecimalText;
use xiezhi_sdk::model::personal::{IdNumber, PersonName};
use xiezhi_sdk::model::place::Datum;
use xiezhi_sdk::model::record::{Finding, Issue, Party, Person, SCHEMA_VERSION};
use xiezhi_sdk::model::town::TownCode;
use xiezhi_sdk::model::{Uscc, UtcTime};

use crate::area::Area;
use crate::geometry::{self, Shape};
use crate::problem::{Problem, code};
use crate::settings::{OnMismatch, Reading};

/// Characters of a parcel's number: district 6, year and month 6, serial 6.
const NUMBER_CHARS: usize = 18;
/// Digits of a district's code (GB/T 2260).
const DISTRICT_DIGITS: usize = 6;
/// Characters of a unit code of real estate (GB/T 37346-2019).
const UNIT_CHARS: usize = 28;
/// A name of so few characters without a code is taken for a person's: enterprises' names have more.
const PERSON_NAME_CHARS_MAX: usize = 4;
/// Properties that have a place in the record; any other one is kept in `extra` under its own name.
const PLACED: [&str; 10] = ["TBBH", "XZDM", "ZL", "WFLX", "WFLXMC", "FXSJ", "CLJD", "DSRMC", "DSRDM", "BDCDYH"];
/// Properties about natural persons that nobody needs here (个人信息保护法 art. 6), those of who reported it among them.
const DROPPED: [&str; 8] = ["LXR", "LXDH", "DSRDH", "DSRSFZH", "ZJHM", "JBR", "JBRXM", "JBRDH"];
/// Keys of `extra` for what is odd but not wrong.
const GEOMETRY_NOTE: &str = "geometry_TS";
const CRS_NOTE: &str = "crs_TS";
const AREA_NOTE: &str = "ZDMJ_TS";
const CODE_NOTE: &str = "DSRDM_TS";
/// Key of `extra` for the area that the polygon has.
const AREA_COMPUTED: &str = "ZDMJ_JS";
/// Key of `extra` that lists properties with an inner structure that the plugin does not know.
const UNREAD: &str = "WDSX";

/// What every parcel of a message shares.
pub(crate) struct Shared<'c> {
    /// The datum that the message names.
    pub(crate) datum: Option<Datum>,
    /// The collection's name.
    pub(crate) name: Option<String>,
    pub(crate) reading: &'c Reading,
}

/// A parcel, and what tells which of two reports of it is newer.
pub(crate) struct Parcel {
    pub(crate) finding: Finding,
    pub(crate) found_at: UtcTime,
    /// Where its number stands.
    pub(crate) number_at: usize,
}

/// Reads one feature.
pub(crate) fn parcel(feature: &Object<'_>, properties: &Object<'_>, shared: &Shared<'_>) -> Result<Parcel, Problem> {
    let reading = shared.reading;
    // Where it lies comes first: a sender that swaps the axes does so in every feature.
    let geometry = feature.get("geometry").ok_or_else(|| feature.missing("geometry"))?.node;
    let shape = geometry::shape(&geometry, shared.datum.unwrap_or(reading.default_datum))?;
    let number = number(properties)?;
    let district = properties.required("XZQDM", chars_max::CODE)?;
    if district.text.len() != DISTRICT_DIGITS || !district.text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(district.problem(code::NUMBER_INVALID, "行政区代码 XZQDM 应为6位数字"));
    }
    let town = properties.required("XZDM", chars_max::CODE)?;
    let town = TownCode::parse(town.text)
        .map_err(|_| town.problem(code::NUMBER_INVALID, "乡镇代码 XZDM 应为9位数字（或12位统计用区划代码）"))?;
    let address = properties.required("ZL", chars_max::LINE)?;
    let issue = issue(properties, reading)?;
    let found = properties.required("FXSJ", chars_max::CODE)?;
    let found_at = found.moment(Edge::Start)?;
    let stage = properties.required("CLJD", chars_max::NAME)?;
    authority(properties)?;
    if let Some(limit) = properties.optional("GZQX", chars_max::CODE)? {
        limit.day()?;
    }
    let mut extra = extra(feature, properties, shared, number.text)?;
    area(properties, &shape, reading, &mut extra)?;
    places(&shape, shared, &mut extra);
    let (mut party, people) = party(properties, &mut extra)?;
    party.address = Some(address.text.to_owned());
    party.town = Some(town);
    party.coordinate = Some(shape.middle());
    let name = issue.name.clone().unwrap_or_default();
    let finding = Finding {
        schema_version: SCHEMA_VERSION,
        reference: number.text.to_owned(),
        party,
        issue,
        title: format!("{name}（图斑{}）", number.text),
        text: text(properties)?,
        found_at: Some(found_at),
        stage: Some(stage.text.to_owned()),
        people,
        extra,
        ..Finding::default()
    };
    Ok(Parcel { finding, found_at, number_at: number.at })
}

fn number<'p>(properties: &'p Object<'_>) -> Result<Value<'p>, Problem> {
    let number = properties.required("TBBH", chars_max::NUMBER)?;
    if number.text.len() != NUMBER_CHARS || !number.text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let text = format!("图斑编号 TBBH 应为{NUMBER_CHARS}位数字或字母，例如 110112202609000123");
        return Err(number.problem(code::NUMBER_INVALID, text));
    }
    Ok(number)
}

fn issue(properties: &Object<'_>, reading: &Reading) -> Result<Issue, Problem> {
    let kind = properties.required("WFLX", chars_max::CODE)?;
    let Some(usual) = reading.violations.get(kind.text) else {
        let list: Vec<String> = reading.violations.iter().map(|(code, name)| format!("{code} {name}")).collect();
        return Err(kind.problem(code::CODE_UNKNOWN, format!("违法类型 WFLX 应为：{}", list.join("、"))));
    };
    let name = properties.optional("WFLXMC", chars_max::NAME)?;
    Ok(Issue {
        code_system: "gz-wflx".to_owned(),
        code: kind.text.to_owned(),
        name: Some(name.map_or_else(|| usual.clone(), |name| name.text.to_owned())),
    })
}

/// 执法机关代码: a unified social credit code. It says who decided, so a wrong one makes the report worthless.
fn authority(properties: &Object<'_>) -> Result<(), Problem> {
    let authority = properties.required("ZFJGDM", chars_max::NUMBER)?;
    Uscc::parse(authority.text).map(|_| ()).map_err(|error| authority.problem(error.code(), error.to_string()))
}

/// Whom the parcel's report is about: an enterprise, or a person, who is kept as personal data.
fn party(properties: &Object<'_>, extra: &mut BTreeMap<String, String>) -> Result<(Party, Vec<Person>), Problem> {
    let name = properties.optional("DSRMC", chars_max::NAME)?;
    let number = properties.optional("DSRDM", chars_max::NUMBER)?;
    let id_number = number.and_then(|number| identity(number.text));
    let few = |name: &Value<'_>| name.text.chars().count() <= PERSON_NAME_CHARS_MAX;
    if id_number.is_some() || (number.is_none() && name.as_ref().is_some_and(few)) {
        let Some(name) = name else { return Ok((Party::default(), Vec::new())) };
        let person =
            PersonName::parse(name.text).map_err(|error| name.problem(code::FIELD_TOO_LONG, error.to_string()))?;
        return Ok((Party::default(), vec![Person { name: person, id_number, role: Some("当事人".to_owned()) }]));
    }
    let uscc = match number {
        None => None,
        Some(number) => {
            let uscc = Uscc::parse(number.text).map_err(|error| number.problem(error.code(), error.to_string()))?;
            if uscc.warning().is_some() {
                let note = "第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件";
                extra.insert(CODE_NOTE.to_owned(), note.to_owned());
            }
            Some(uscc)
        }
    };
    Ok((Party { name: name.map(|name| name.text.to_owned()), uscc, ..Party::default() }, Vec::new()))
}

/// A resident's number. No province begins with 9, and the codes of enterprises do, of which one in eleven that is all digits
/// would pass the other's check.
fn identity(text: &str) -> Option<IdNumber> {
    if text.starts_with('9') { None } else { IdNumber::parse(text).ok() }
}

/// The stated area against that of the polygon.
fn area(
    properties: &Object<'_>,
    shape: &Shape,
    reading: &Reading,
    extra: &mut BTreeMap<String, String>,
) -> Result<(), Problem> {
    let value = properties.required("ZDMJ", chars_max::CODE)?;
    let stated = DecimalText::parse(value.text).ok().and_then(|text| Area::stated(&text)).ok_or_else(|| {
        value.problem(code::NUMBER_INVALID, "占地面积 ZDMJ 应为大于0的十进制数，单位为平方米，不带单位和千分位")
    })?;
    let computed = Area::of(shape.twice_area, shape.middle().latitude_nanodegrees);
    let shown = computed.map_or_else(|| "过大".to_owned(), Area::to_text);
    extra.insert(AREA_COMPUTED.to_owned(), shown.clone());
    let percent = reading.tolerance_percent;
    if computed.is_some_and(|computed| !computed.differs(stated, percent)) {
        return Ok(());
    }
    let text = format!("占地面积 ZDMJ 与图形面积（{shown}平方米）相差超过{percent}%，请核对面积或坐标");
    match reading.on_mismatch {
        OnMismatch::Refuse => Err(value.problem(code::AREA_MISMATCH, text)),
        OnMismatch::Note => {
            extra.insert(AREA_NOTE.to_owned(), text);
            Ok(())
        }
    }
}

/// What is odd about where it lies.
fn places(shape: &Shape, shared: &Shared<'_>, extra: &mut BTreeMap<String, String>) {
    let mut notes: Vec<&str> = Vec::new();
    if shape.wrong_way {
        // RFC 7946, 3.1.6: parsers should not reject polygons that do not follow the right-hand rule.
        notes.push("环的方向不符合 RFC 7946（外环应为逆时针、内环应为顺时针），已按图形接收");
    }
    if shape.leaves(&shared.reading.district) {
        notes.push("图斑有一部分在本区范围之外，请核对坐标");
    }
    if !notes.is_empty() {
        extra.insert(GEOMETRY_NOTE.to_owned(), notes.join("；"));
    }
    if shared.datum.is_none() {
        let used = match shared.reading.default_datum {
            Datum::Wgs84 => "报文未注明坐标系，按 RFC 7946 视为 WGS 84",
            Datum::Cgcs2000 => "报文未注明坐标系，按链路配置视为 CGCS2000",
        };
        extra.insert(CRS_NOTE.to_owned(), used.to_owned());
    }
    if shape.polygons > 1 || shape.holes > 0 {
        extra.insert("geometry".to_owned(), format!("{}个多边形，{}个孔洞", shape.polygons, shape.holes));
    }
}

/// The description, from what the sender says about use.
fn text(properties: &Object<'_>) -> Result<String, Problem> {
    let mut said = Vec::new();
    for (name, label) in
        [("DJYT", "登记用途"), ("SJYT", "实际用途"), ("ZDMJ", "占地面积（平方米）"), ("CLJD", "处理阶段")]
    {
        if let Some(value) = properties.optional(name, chars_max::LINE)? {
            said.push(format!("{label}：{}", value.text));
        }
    }
    Ok(format!("{}。", said.join("；")))
}

/// What the feature says beyond the record's fields.
fn extra(
    feature: &Object<'_>,
    properties: &Object<'_>,
    shared: &Shared<'_>,
    number: &str,
) -> Result<BTreeMap<String, String>, Problem> {
    let mut extra = BTreeMap::new();
    if let Some(name) = &shared.name {
        extra.insert("name".to_owned(), name.clone());
    }
    if let Some(id) = feature.optional("id", chars_max::LINE)?
        && id.text != number
    {
        extra.insert("id".to_owned(), id.text.to_owned());
    }
    let mut unread: Vec<String> = Vec::new();
    let kept = |name: &str| !PLACED.contains(&name) && !DROPPED.contains(&name);
    for member in properties.members.iter().filter(|member| kept(&member.name)) {
        if matches!(member.node.kind(), Kind::Object | Kind::Array) {
            unread.push(member.name.chars().take(chars_max::CODE).collect());
        } else if let Some(value) = member.value(chars_max::LINE)? {
            let key: String = member.name.chars().take(chars_max::NUMBER).collect();
            extra.insert(key, value.text.to_owned());
        }
    }
    if let Some(unit) = properties.optional("BDCDYH", chars_max::NUMBER)? {
        extra.insert("BDCDYH".to_owned(), unit_code(&unit)?);
    }
    if !unread.is_empty() {
        unread.sort_unstable();
        extra.insert(UNREAD.to_owned(), unread.join("、").chars().take(chars_max::LINE).collect());
    }
    Ok(extra)
}

/// 不动产单元代码, GB/T 37346-2019: 6 district, 3 and 3 cadastral district and sub-district, 2 kind of parcel, 5 serial, 1 kind of
/// what stands on it, 8 serial. Printed in groups; no check digit.
fn unit_code(value: &Value<'_>) -> Result<String, Problem> {
    let code: String = value.text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let fits = code.len() == UNIT_CHARS
        && code.bytes().enumerate().all(|(place, byte)| match place {
            12 => matches!(byte, b'G' | b'J' | b'Z'),
            13 => matches!(byte, b'A'..=b'Y'),
            19 => matches!(byte, b'F' | b'L' | b'Q' | b'W'),
            _ => byte.is_ascii_digit(),
        });
    // W: nothing stands on it, so nothing is numbered.
    let bare = code.get(19..20) != Some("W") || code.ends_with("00000000");
    if fits && bare {
        return Ok(code);
    }
    let text = "不动产单元代码 BDCDYH 应为28位（GB/T 37346-2019），例如 110112005012GB00031F00020015，\
                可按组留空格；没有的请填 null";
    Err(value.problem(code::UNIT_CODE_INVALID, text))
}

/// The properties of a feature.
pub(crate) fn properties<'t>(feature: &Object<'t>) -> Result<Object<'t>, Problem> {
    let member = feature.need("properties")?;
    member.node.object("properties").map_err(|problem| match problem.field {
        Some(_) => problem,
        None => problem.in_field("properties"),
    })
}

/// A feature as an object, its type checked.
pub(crate) fn feature<'t>(node: &Node<'t>) -> Result<Object<'t>, Problem> {
    let feature = node.object("feature")?;
    let kind = feature.required("type", chars_max::CODE)?;
    if kind.text != "Feature" {
        return Err(kind.problem(code::STRUCTURE, "features 中每一项的 type 应为 Feature"));
    }
    Ok(feature)
}
