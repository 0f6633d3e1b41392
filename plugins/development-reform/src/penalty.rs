//! 行政处罚 (`XZCF`): one row of the 双公示 table is one penalty.
//!
//! Names and order are as seen in a production export; the lengths are from memory and work as upper limits only.

use std::collections::BTreeMap;

use xiezhi_sdk::model::Uscc;
use xiezhi_sdk::model::record::{Party, Penalty, SCHEMA_VERSION};
use xiezhi_sdk::model::uscc::organisation_check;

use crate::amount::wan_yuan;
use crate::exchange::Header;
use crate::problem::{Problem, code};
use crate::row::{Column, Row, date};

/// 行政相对人名称.
pub(crate) const NAME: Column = Column::new("CF_XDR_MC", &["行政相对人名称"], 200);
/// 行政处罚决定书文号.
pub(crate) const DOCUMENT: Column = Column::new("CF_WSH", &["行政处罚决定书文号", "决定书文号"], 128);
const CLASS: Column = Column::new("CF_XDR_LB", &["行政相对人类别"], 16);
const CODE: Column = Column::new("CF_XDR_SHXYM", &["统一社会信用代码", "行政相对人代码_1(统一社会信用代码)"], 64);
const REGISTRATION: Column = Column::new("CF_XDR_GSZC", &["CF_XDR_GSDJ", "工商注册号"], 50);
const ORGANISATION: Column = Column::new("CF_XDR_ZZJG", &["CF_XDR_ZDM", "组织机构代码"], 10);
const TAX: Column = Column::new("CF_XDR_SWDJ", &["税务登记号"], 20);
const INSTITUTION: Column = Column::new("CF_XDR_SYDW", &["事业单位证书号"], 12);
const SOCIETY: Column = Column::new("CF_XDR_SHZZ", &["社会组织登记证号"], 50);
const VIOLATION: Column = Column::new("CF_WFXW", &["违法行为类型"], 2_000);
const FACTS: Column = Column::new("CF_SY", &["违法事实"], 5_000);
const BASIS: Column = Column::new("CF_YJ", &["处罚依据"], 2_000);
const KINDS: Column = Column::new("CF_CFLB", &["处罚类别"], 100);
const CONTENT: Column = Column::new("CF_NR", &["处罚内容"], 4_000);
const FINE: Column = Column::new("CF_NR_FK", &["罚款金额（万元）", "罚款金额(万元)"], 64);
const FORFEIT: Column = Column::new(
    "CF_NR_WFFF",
    &["没收违法所得、没收非法财物的金额（万元）", "没收违法所得、没收非法财物的金额(万元)"],
    64,
);
const LICENCE: Column = Column::new("CF_NR_ZKDX", &["暂扣或吊销证照名称及编号"], 200);
const DECIDED: Column = Column::new("CF_JDRQ", &["处罚决定日期"], 32);
const VALID: Column = Column::new("CF_YXQ", &["处罚有效期"], 32);
const PUBLISHED: Column = Column::new("CF_GSJZQ", &["公示截止期"], 32);
const AUTHORITY: Column = Column::new("CF_CFJG", &["处罚机关"], 200);
const AUTHORITY_CODE: Column = Column::new("CF_CFJGDM", &["处罚机关统一社会信用代码"], 64);
const SOURCE: Column = Column::new("CF_SJLY", &["数据来源单位"], 200);
const SOURCE_CODE: Column = Column::new("CF_SJLYDM", &["数据来源单位统一社会信用代码"], 64);
const REMARK: Column = Column::new("BZ", &["备注"], 512);
/// The number of a natural person's document; only whether there is one matters.
const PERSON_NUMBER: Column = Column::new("CF_XDR_ZJHM", &["行政相对人证件号码", "证件号码"], 64);

/// Fields that are checked before they go to `extra`, or that have a place in the record.
const KNOWN: [Column; 15] = [
    NAME,
    CODE,
    DOCUMENT,
    VIOLATION,
    BASIS,
    KINDS,
    CONTENT,
    FINE,
    FORFEIT,
    DECIDED,
    VALID,
    PUBLISHED,
    AUTHORITY,
    AUTHORITY_CODE,
    SOURCE_CODE,
];
/// Fields that go to `extra` as they are.
const KEPT: [Column; 10] =
    [CLASS, REGISTRATION, ORGANISATION, TAX, INSTITUTION, SOCIETY, FACTS, LICENCE, SOURCE, REMARK];
/// Fields about natural persons, which the record has no place for and the measure no use (个人信息保护法 art. 6).
const DROPPED: [Column; 5] = [
    Column::new("CF_FRDB", &["CF_FR", "法定代表人"], 50),
    Column::new("CF_FR_ZJLX", &[], 64),
    Column::new("CF_FR_ZJHM", &[], 64),
    Column::new("CF_XDR_ZJLX", &[], 64),
    PERSON_NUMBER,
];
/// What `CF_XDR_LB` says of a natural person.
const NATURAL: &str = "自然人";
/// Kinds of penalties: 行政处罚法 art. 9, one by one.
const LAWFUL_KINDS: [&str; 15] = [
    "警告",
    "通报批评",
    "罚款",
    "没收违法所得",
    "没收非法财物",
    "暂扣许可证件",
    "降低资质等级",
    "吊销许可证件",
    "吊销营业执照",
    "限制开展生产经营活动",
    "责令停产停业",
    "责令关闭",
    "限制从业",
    "行政拘留",
    "其他",
];

/// Reads one row.
pub(crate) fn penalty(row: &Row<'_>, header: Option<&Header<'_>>) -> Result<Penalty, Problem> {
    let mut extra = BTreeMap::new();
    if let Some(header) = header {
        header.keep(&mut extra);
    }
    let reference = row.required(&DOCUMENT)?;
    let party = party(row, &mut extra)?;
    let violation = row.required(&VIOLATION)?;
    let category = kinds(row, &mut extra)?;
    let amount = |column| row.optional(column)?.map(|value| wan_yuan(&value)).transpose();
    let (fine, forfeit) = (amount(&FINE)?, amount(&FORFEIT)?);
    let decided_on = date(&row.required(&DECIDED)?)?;
    let published_until = row.date(&PUBLISHED)?;
    if let Some(value) = row.optional(&PUBLISHED)?
        && published_until.is_some_and(|until| until < decided_on)
    {
        let text = "公示截止期 CF_GSJZQ 早于处罚决定日期 CF_JDRQ，请核对";
        return Err(value.problem(code::TIME_INVALID, text));
    }
    if let Some(valid) = row.date(&VALID)? {
        extra.insert(VALID.name.to_owned(), valid.to_string());
    }
    let authority = row.required(&AUTHORITY)?;
    for column in [AUTHORITY_CODE, SOURCE_CODE] {
        if let Some(uscc) = row.uscc(&column, &mut extra)? {
            extra.insert(column.name.to_owned(), uscc.to_string());
        }
    }
    row.extra(&KEPT, &KNOWN, &DROPPED, &mut extra)?;
    Ok(Penalty {
        schema_version: SCHEMA_VERSION,
        reference: reference.text.to_owned(),
        party,
        violation: violation.text.to_owned(),
        category,
        content: row.text(&CONTENT)?.unwrap_or_default(),
        fine,
        forfeit,
        decided_on: Some(decided_on),
        authority: Some(authority.text.to_owned()),
        legal_basis: row.text(&BASIS)?,
        published_until,
        extra,
    })
}

/// Who was punished. The gateway gathers what concerns enterprises: a natural person without a credit code is none, and the
/// name of one with a code (个体工商户) is not kept.
fn party(row: &Row<'_>, extra: &mut BTreeMap<String, String>) -> Result<Party, Problem> {
    let name = row.required(&NAME)?;
    let uscc = row.uscc(&CODE, extra)?;
    let class = row.optional(&CLASS)?;
    let natural = class.is_some_and(|class| class.text == NATURAL);
    if uscc.is_none() && (natural || row.optional(&PERSON_NUMBER)?.is_some()) {
        let text = "本系统只归集经营主体的行政处罚，不接收自然人的处罚信息，请从报送数据中删除本条";
        return Err(Problem::new(code::NATURAL_PERSON, row.at, text).in_field(CLASS.name));
    }
    let other_code = [REGISTRATION, ORGANISATION, TAX, INSTITUTION, SOCIETY]
        .iter()
        .try_fold(false, |found, column| Ok(found || row.optional(column)?.is_some()))?;
    if uscc.is_none() && !other_code {
        let text = "只有名称无法确定是哪一家单位，请补充统一社会信用代码 CF_XDR_SHXYM";
        return Err(Problem::new(code::PARTY_UNIDENTIFIED, row.at, text).in_field(CODE.name));
    }
    note_organisation(row, uscc.as_ref(), extra)?;
    let name = (!natural).then(|| name.text.to_owned());
    Ok(Party { name, uscc, ..Party::default() })
}

/// The organisation code is contained in the credit code, so the two can contradict each other.
fn note_organisation(row: &Row<'_>, uscc: Option<&Uscc>, extra: &mut BTreeMap<String, String>) -> Result<(), Problem> {
    let Some(value) = row.optional(&ORGANISATION)? else { return Ok(()) };
    let given: String = value.text.chars().filter(|&c| c != '-').map(|c| c.to_ascii_uppercase()).collect();
    let check = given.get(..8).and_then(organisation_check);
    let note = if given.chars().count() != 9 || check != given.chars().last() {
        "组织机构代码与校验规则（GB 11714）不符，请核对"
    } else if uscc.is_some_and(|uscc| uscc.as_str().get(8..17) != Some(given.as_str())) {
        "组织机构代码与统一社会信用代码第9至17位不一致，请核对"
    } else {
        return Ok(());
    };
    extra.insert(format!("{}_TS", ORGANISATION.name), note.to_owned());
    Ok(())
}

/// 处罚类别: several are joined with `;`, also where the sender wrote `；`. An unusual one is noted, not refused: tables of
/// kinds were different before 2021.
fn kinds(row: &Row<'_>, extra: &mut BTreeMap<String, String>) -> Result<String, Problem> {
    let value = row.required(&KINDS)?;
    let mut kinds: Vec<&str> = Vec::new();
    for kind in value.text.split([';', '；']).map(str::trim).filter(|kind| !kind.is_empty()) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        return Err(row.missing(&KINDS));
    }
    if kinds.iter().flat_map(|kind| kind.split('、')).any(|kind| !LAWFUL_KINDS.contains(&kind)) {
        let note = "处罚类别中有《行政处罚法》第九条所列种类之外的名称，请核对";
        extra.insert(format!("{}_TS", KINDS.name), note.to_owned());
    }
    Ok(kinds.join(";"))
}
