//! An entry for the list: what it must have before it may become public, and how it is written.
//!
//! Nothing is guessed and nothing is left to the receiver: what the decision of a listing must hold (企业经营异常名录管理
//! 办法 art. 5) is there, or the record is refused. Whether the decision is right is not judged here.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::writer::Writer;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::Publication;

use crate::identity::{holds_identity_number, holds_other_personal_number};
use crate::problem::{code, unwritable};
use crate::settings::{CAUSE_CHARS_MAX, REMOVAL_CHARS_MAX, Settings};
use crate::table::{EntityKind, Which};

/// Longest `BusExcList`: an UUID has 32 or 36 characters.
pub(crate) const ENTRY_CHARS_MAX: usize = 64;
/// Longest name of an authority, in characters, as a bank network's verification table has it.
const AUTHORITY_CHARS_MAX: usize = 128;
/// Longest finding of a decision, in characters; it is read by the public in one piece.
const REASON_CHARS_MAX: usize = 2000;
/// Longest internal key of an entity; those seen have 16 characters.
const ENTITY_ID_CHARS_MAX: usize = 36;
/// What a correction says where the decision gives no words of its own (art. 16).
const CORRECTION_WORDS: &str = "列入经营异常名录的决定有误，予以撤销";

/// What the entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    ListIn,
    ListOut,
    Correction,
}

/// A publication that may be written.
#[derive(Debug)]
pub(crate) struct Entry<'r> {
    publication: &'r Publication,
    act: Act,
    name: &'r str,
    uscc: &'r str,
    registration_number: &'r str,
    cause: &'r str,
    cause_words: &'r str,
    authority_code: &'r str,
    authority: &'r str,
}

/// Checks everything that a publication must have.
pub(crate) fn checked<'r>(publication: &'r Publication, settings: &Settings<'r>) -> Result<Entry<'r>, Fault> {
    let act = act(publication)?;
    let entry = publication.entry.as_str();
    if !is_key(entry, ENTRY_CHARS_MAX) {
        let text = "公示条目标识 BusExcList 应为64位以内的字母、数字或连字符，同一条目前后必须一致";
        return Err(unwritable(code::ENTRY_INVALID, "BusExcList", text));
    }
    let name = required("EntName", publication.party.name.as_deref(), chars_max::NAME)?;
    let (kind, registration_number) = entity(publication, settings)?;
    let (cause, cause_words) = cause(publication, act, kind, settings)?;
    let authority = required("DecorgCN", publication.authority.as_deref(), AUTHORITY_CHARS_MAX)?;
    let authority_code = required("DecOrg", publication.authority_code.as_deref(), chars_max::CODE)?;
    if authority_code.len() != 6 || !authority_code.bytes().all(|b| b.is_ascii_digit()) {
        let text = "作出决定机关代码 DecOrg 应为6位数字（登记机关行政区划代码）";
        return Err(unwritable(code::AUTHORITY_INVALID, "DecOrg", text));
    }
    required("PenDecNo", Some(&publication.decision), chars_max::NUMBER)?;
    optional("AnomalyRea", publication.reason.as_deref(), REASON_CHARS_MAX)?;
    if act == Act::Correction && publication.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        let text = "撤销列入（更正）必须写明理由 RemoveRea，否则公众无法理解列入为何无效";
        return Err(unwritable(code::FIELD_MISSING, "RemoveRea", text));
    }
    let entry = Entry {
        publication,
        act,
        name,
        uscc: publication.party.uscc.as_ref().map(|uscc| uscc.as_str()).unwrap_or_default(),
        registration_number,
        cause,
        cause_words,
        authority_code,
        authority,
    };
    entry.check_privacy()?;
    Ok(entry)
}

impl<'r> Entry<'r> {
    /// `OpType`.
    pub(crate) fn operation(&self) -> &'static str {
        match self.act {
            Act::ListIn => "IN",
            Act::ListOut | Act::Correction => "OUT",
        }
    }

    /// Writes the columns of one `Item`, in the order of the samples.
    pub(crate) fn write(&self, xml: &mut Writer) {
        match self.act {
            Act::ListIn => self.write_listing(xml),
            Act::ListOut | Act::Correction => self.write_removal(xml),
        }
    }

    /// Every column is there, empty where nothing is known, as in the system's own table.
    fn write_listing(&self, xml: &mut Writer) {
        let record = self.publication;
        xml.field("PriPID", record.entity_id.as_deref().unwrap_or_default());
        xml.field("EntName", self.name);
        xml.field("RegNO", self.registration_number);
        xml.field("UniSCID", self.uscc);
        xml.field("LeRep", record.representative.as_ref().map(|name| name.reveal()).unwrap_or_default());
        xml.field("RegOrg", self.registering_authority());
        xml.field("SpeCause", self.cause);
        xml.field("SpeCauseCN", self.cause_words);
        xml.field("AbnTime", &record.decided_on.to_string());
        xml.field("DecOrg", self.authority_code);
        xml.field("DecorgCN", self.authority);
        xml.field("PenDecNo", record.decision.trim());
        xml.field("AnomalyRea", record.reason.as_deref().unwrap_or_default());
        xml.field("BusExcList", &record.entry);
    }

    /// The entry's key stands first: the listing that it ends is found by it.
    fn write_removal(&self, xml: &mut Writer) {
        let record = self.publication;
        xml.field("BusExcList", &record.entry);
        xml.field("UniSCID", self.uscc);
        if self.uscc.is_empty() {
            xml.field("RegNO", self.registration_number);
        }
        xml.field("EntName", self.name);
        xml.field("IsMove", if self.act == Act::Correction { "2" } else { "1" });
        xml.field("RemExcpres", if self.act == Act::Correction { "" } else { self.cause });
        xml.field("RemExcpresCN", self.cause_words);
        xml.field("RemDate", &record.decided_on.to_string());
        xml.field("ReDecOrg", self.authority_code);
        xml.field("ReDecOrgCN", self.authority);
        xml.field("PenDecNo", record.decision.trim());
        xml.optional("RemoveRea", record.reason.as_deref());
    }

    /// Positions 3 to 8 of a credit code, or the first six of a registration number, name the registering authority.
    fn registering_authority(&self) -> &'r str {
        self.uscc.get(2..8).or_else(|| self.registration_number.get(..6)).unwrap_or_default()
    }

    /// Whatever leaves holds no identity number, the officer's own words no telephone number either, and the representative's name is
    /// a name only.
    fn check_privacy(&self) -> Result<(), Fault> {
        let record = self.publication;
        let name = record.representative.as_ref().map(|name| name.reveal()).unwrap_or_default();
        if name.chars().map(xiezhi_formats::cell::half_width).any(|c| c.is_ascii_digit()) {
            let text = "法定代表人 LeRep 只能是姓名，不得带有证件号码或其他数字";
            return Err(unwritable(code::REPRESENTATIVE_INVALID, "LeRep", text));
        }
        let reason = record.reason.as_deref().unwrap_or_default();
        let reason_field = if self.act == Act::ListIn { "AnomalyRea" } else { "RemoveRea" };
        if holds_other_personal_number(reason) {
            let text = format!(
                "{reason_field}中含有手机号码或15位旧身份证号码（或同样形式的号码），不得对外报送，请删除后重新拟办"
            );
            return Err(unwritable(code::IDENTITY_NUMBER, reason_field, text));
        }
        let texts = [
            ("PriPID", record.entity_id.as_deref().unwrap_or_default()),
            ("EntName", self.name),
            ("PenDecNo", record.decision.as_str()),
            ("DecorgCN", self.authority),
            (if self.act == Act::ListIn { "SpeCauseCN" } else { "RemExcpresCN" }, self.cause_words),
            (reason_field, reason),
        ];
        match texts.into_iter().find(|(_, text)| holds_identity_number(text)) {
            None => Ok(()),
            Some((field, _)) => {
                let text = format!("{field}中含有公民身份号码，公示内容不得出现，请删除后重新审核");
                Err(unwritable(code::IDENTITY_NUMBER, field, text))
            }
        }
    }
}

fn act(publication: &Publication) -> Result<Act, Fault> {
    match publication.act.as_str() {
        "list_in" => Ok(Act::ListIn),
        "list_out" => Ok(Act::ListOut),
        "correction" => Ok(Act::Correction),
        _ => {
            let text = "公示动作应为 list_in（列入）、list_out（移出）或 correction（撤销列入）";
            Err(unwritable(code::ACT_UNKNOWN, "OpType", text))
        }
    }
}

/// What kind of entity it is, and its old registration number. A name alone is nobody.
fn entity<'r>(publication: &'r Publication, settings: &Settings<'_>) -> Result<(EntityKind, &'r str), Fault> {
    optional("PriPID", publication.entity_id.as_deref(), ENTITY_ID_CHARS_MAX)?;
    let number = publication.registration_number.as_deref().unwrap_or_default().trim();
    if !number.is_empty() && (number.len() != 15 || !number.bytes().all(|b| b.is_ascii_digit())) {
        return Err(unwritable(code::NUMBER_INVALID, "RegNO", "注册号 RegNO 应为15位数字，没有的应为空"));
    }
    let kind = match &publication.party.uscc {
        Some(uscc) => EntityKind::of(uscc),
        None if number.is_empty() => {
            let text = "公示条目必须有统一社会信用代码 UniSCID 或注册号 RegNO，只有名称无法确定主体";
            return Err(unwritable(code::PARTY_UNIDENTIFIED, "UniSCID", text));
        }
        None => settings.kind_without_code(),
    };
    let kind = kind.ok_or_else(|| {
        let text = "无法确定主体类型（企业、农民专业合作社或个体工商户），不能选定列入或移出原因代码表；\
                    请核对统一社会信用代码，仅有注册号的由系统管理员设置 registration_number_kind";
        unwritable(code::ENTITY_KIND_UNKNOWN, "UniSCID", text)
    })?;
    Ok((kind, number))
}

/// The code, which must be in the kind's table, and its words. A correction has no removal code: its `cause` is that of the
/// listing that was wrong, or empty.
fn cause<'r>(
    publication: &'r Publication,
    act: Act,
    kind: EntityKind,
    settings: &Settings<'r>,
) -> Result<(&'r str, &'r str), Fault> {
    let code_text = publication.cause.trim();
    let (which, field, words_field, words_max) = match act {
        Act::ListIn => (Which::Cause, "SpeCause", "SpeCauseCN", CAUSE_CHARS_MAX),
        Act::ListOut => (Which::Removal, "RemExcpres", "RemExcpresCN", REMOVAL_CHARS_MAX),
        Act::Correction => (Which::Cause, "SpeCause", "RemExcpresCN", REMOVAL_CHARS_MAX),
    };
    let table_words = settings.words(which, kind, code_text);
    if table_words.is_none() && !(act == Act::Correction && code_text.is_empty()) {
        let text = format!("{field}不在{}的代码表中，应为：{}", kind.chinese(), settings.codes(which, kind));
        return Err(unwritable(code::CODE_UNKNOWN, field, text));
    }
    let given = optional(words_field, publication.cause_name.as_deref(), words_max)?;
    let usual = if act == Act::Correction { Some(CORRECTION_WORDS) } else { table_words };
    Ok((code_text, given.or(usual).unwrap_or_default()))
}

fn required<'r>(field: &str, text: Option<&'r str>, chars_max: usize) -> Result<&'r str, Fault> {
    optional(field, text, chars_max)?
        .ok_or_else(|| unwritable(code::FIELD_MISSING, field, format!("公示条目缺少{field}，补充后才能公示")))
}

/// A text without blanks at the ends; an empty one is absent.
fn optional<'r>(field: &str, text: Option<&'r str>, chars_max: usize) -> Result<Option<&'r str>, Fault> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > chars_max => {
            Err(unwritable(code::FIELD_TOO_LONG, field, format!("{field}不得超过{chars_max}个字")))
        }
        other => Ok(other),
    }
}

/// A key of letters, digits and hyphens.
pub(crate) fn is_key(text: &str, chars_max: usize) -> bool {
    (1..=chars_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
