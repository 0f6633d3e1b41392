//! A work order: a complaint, a report, or a letter that is both.
//!
//! Only the members of [`MEMBERS`] are looked at, besides those that the link names in `extra_fields`. Everything else, and
//! with it whatever a hotline writes about the caller under whatever name, never leaves this file (投诉举报处理暂行办法
//! art. 33). In what is kept, numbers of telephones and identity cards are blotted out.

use std::collections::BTreeMap;

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::json::{Kind, Object};
use xiezhi_formats::{Edge, Problem};
use xiezhi_sdk::model::Uscc;
use xiezhi_sdk::model::money::Fen;
use xiezhi_sdk::model::record::{Complaint, Issue, Party, Record, SCHEMA_VERSION};
use xiezhi_sdk::model::town::TownCode;

use crate::problem::code;
use crate::redact::redact;
use crate::settings::{Class, Settings};

/// The members of a work order that are read. None of them speaks of the caller.
pub(crate) const MEMBERS: [&str; 20] = [
    "type",
    "workOrderNo",
    "source",
    "orderType",
    "acceptTime",
    "dueTime",
    "townCode",
    "respondent",
    "respondentUscc",
    "respondentAddress",
    "businessAddress",
    "categoryCode",
    "categoryName",
    "content",
    "amountYuan",
    "amountFen",
    "repeatCount",
    "department",
    "occurredOn",
    "evaluation",
];
/// Members without a place in the record, kept in `extra` under their own names.
const KEPT: [&str; 7] =
    ["source", "orderType", "businessAddress", "categoryCode", "categoryName", "department", "occurredOn"];
/// What the caller thought of the handling; only these yes-or-no members of it are read.
const EVALUATION: [(&str, &str); 3] =
    [("responded", "evaluation_responded"), ("resolved", "evaluation_resolved"), ("satisfied", "evaluation_satisfied")];
/// Most words in `orderType`.
const ORDER_TYPES_MAX: usize = 4;
/// Key of `extra` for a doubt about the code that does not make it wrong.
const CODE_NOTE: &str = "respondentUscc_note";
/// Key of `extra` that says how many numbers and names were blotted out of the texts.
const REDACTED: &str = "redacted";

/// Texts of a line, each without what could lead to a person.
struct Texts {
    year: i16,
    redacted: usize,
}

impl Texts {
    fn clean(&mut self, text: &str) -> String {
        let clean = redact(text, self.year);
        self.redacted += clean.count;
        clean.text
    }
}

/// Reads a work order: one record, or two where it is both complaint and report (art. 7 of the same measure: such a letter is
/// split, because the two take different ways).
pub(crate) fn records(object: &Object<'_>, settings: &Settings) -> Result<Vec<Record>, Problem> {
    let reference = object.required("workOrderNo", chars_max::NUMBER)?;
    let classes = classes(object, settings)?;
    let mut texts = Texts { year: settings.year, redacted: 0 };
    let mut extra = extra(object, settings, &mut texts)?;
    let content = texts.clean(object.required("content", chars_max::TEXT)?.text);
    let party = party(object, &mut extra, &mut texts)?;
    if texts.redacted > 0 {
        extra.insert(REDACTED.to_owned(), texts.redacted.to_string());
    }
    let moment =
        |name: &str, edge: Edge| object.optional(name, chars_max::CODE)?.map(|value| value.moment(edge)).transpose();
    let whole = Complaint {
        schema_version: SCHEMA_VERSION,
        reference: reference.text.to_owned(),
        party,
        text: content,
        accepted_at: moment("acceptTime", Edge::Start)?,
        due_at: moment("dueTime", Edge::End)?,
        amount: amount(object)?,
        repeat_count: repeat_count(object)?,
        extra,
        ..Complaint::default()
    };
    let issue = |(class, name): (Class, String)| Issue {
        code_system: "hotline-class".to_owned(),
        code: class.code().to_owned(),
        name: Some(name),
    };
    Ok(classes
        .into_iter()
        .map(|class| Record::Complaint(Box::new(Complaint { issue: issue(class), ..whole.clone() })))
        .collect())
}

/// What the order is, each class once, with the hotline's own word; a word that means both is taken apart.
fn classes(object: &Object<'_>, settings: &Settings) -> Result<Vec<(Class, String)>, Problem> {
    const NAME: &str = "orderType";
    let member = object.need(NAME)?;
    let words = match member.node.kind() {
        Kind::Array => member.node.array(NAME).map_err(|problem| problem.in_field(NAME))?,
        _ => vec![member.node],
    };
    if words.is_empty() || words.len() > ORDER_TYPES_MAX {
        let text = format!("{NAME} 应为1至{ORDER_TYPES_MAX}个工单类型");
        return Err(member.node.problem(code::CODE_UNKNOWN, text).in_field(NAME));
    }
    let mut found: Vec<(Class, String)> = Vec::new();
    for word in words {
        let text = word.text(NAME).map_err(|problem| problem.in_field(NAME))?;
        let text = text.trim();
        let Some(classes) = settings.classes(text) else {
            let list = format!("工单类型 {NAME} 应为：{}", settings.words());
            return Err(word.problem(code::CODE_UNKNOWN, list).in_field(NAME));
        };
        for &class in classes {
            let name = match (classes.len(), class) {
                (1, _) => text.to_owned(),
                (_, Class::Report) => "举报".to_owned(),
                _ => "投诉".to_owned(),
            };
            if found.iter().all(|(known, _)| *known != class) {
                found.push((class, name));
            }
        }
    }
    found.sort_by_key(|(class, _)| *class);
    Ok(found)
}

/// Whom it is about. Callers rarely know a code, so a name alone is enough to take the order; without a code or an address a
/// person has to find out which enterprise it is.
fn party(object: &Object<'_>, extra: &mut BTreeMap<String, String>, texts: &mut Texts) -> Result<Party, Problem> {
    let name = object.optional("respondent", chars_max::NAME)?;
    let address = object.optional("respondentAddress", chars_max::LINE)?;
    let uscc = match object.optional("respondentUscc", chars_max::NUMBER)? {
        None => None,
        Some(value) => {
            let uscc = Uscc::parse(value.text).map_err(|error| value.problem(error.code(), error.to_string()))?;
            if uscc.warning().is_some() {
                let note = "第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件";
                extra.insert(CODE_NOTE.to_owned(), note.to_owned());
            }
            Some(uscc)
        }
    };
    if name.is_none() && address.is_none() && uscc.is_none() {
        let text = "不知道投诉举报的是哪一家：请补充 respondent、respondentUscc 或 respondentAddress";
        return Err(Problem::new(code::PARTY_UNIDENTIFIED, object.at, text).in_field("respondent"));
    }
    let town = match object.optional("townCode", chars_max::CODE)? {
        None => None,
        // The type's own text would repeat what stands there.
        Some(value) => Some(TownCode::parse(value.text).map_err(|_| {
            value.problem(code::NUMBER_INVALID, "townCode 应为9位乡镇街道代码，例如 110112009（文景街道）")
        })?),
    };
    Ok(Party {
        name: name.map(|value| texts.clean(value.text)),
        address: address.map(|value| texts.clean(value.text)),
        uscc,
        town,
        ..Party::default()
    })
}

fn extra(object: &Object<'_>, settings: &Settings, texts: &mut Texts) -> Result<BTreeMap<String, String>, Problem> {
    let mut extra = BTreeMap::new();
    for name in KEPT.into_iter().chain(settings.extra_fields.iter().map(String::as_str)) {
        // An array of order types is told by the records themselves.
        if object.get(name).is_some_and(|member| name == "orderType" && member.node.kind() == Kind::Array) {
            continue;
        }
        if let Some(value) = object.optional(name, chars_max::LINE)? {
            extra.insert(name.to_owned(), texts.clean(value.text));
        }
    }
    if let Some(evaluation) = object.get("evaluation") {
        let evaluation = evaluation.node.object("evaluation").map_err(|problem| problem.in_field("evaluation"))?;
        for (name, key) in EVALUATION {
            let Some(member) = evaluation.get(name) else { continue };
            if member.node.kind() != Kind::Flag {
                let text = format!("evaluation 的 {name} 应为 true 或 false");
                return Err(member.node.problem(code::CODE_UNKNOWN, text).in_field("evaluation"));
            }
            extra.insert(key.to_owned(), member.node.raw().to_owned());
        }
    }
    Ok(extra)
}

/// Money in dispute: decimal yuan, or whole fen. Both together must say the same.
fn amount(object: &Object<'_>) -> Result<Option<Fen>, Problem> {
    let wrong = |value: &Value<'_>, wanted: &str| {
        let text = format!("{} 应为{wanted}，不带单位、千分位和指数", value.name);
        value.problem(code::NUMBER_INVALID, text)
    };
    let yuan = match object.optional("amountYuan", chars_max::CODE)? {
        None => None,
        Some(value) => {
            let read = Fen::from_yuan(value.text).ok().filter(|fen| fen.0 >= 0);
            Some(read.ok_or_else(|| wrong(&value, "以元为单位、最多两位小数的非负数"))?)
        }
    };
    let Some(value) = object.optional("amountFen", chars_max::CODE)? else { return Ok(yuan) };
    let digits = value.text.bytes().all(|b| b.is_ascii_digit());
    let fen = value.text.parse().ok().filter(|_| digits).map(Fen);
    let fen = fen.ok_or_else(|| wrong(&value, "以分为单位的非负整数"))?;
    if yuan.is_some_and(|yuan| yuan != fen) {
        return Err(value.problem(code::AMOUNT_CONFLICT, "amountYuan 与 amountFen 折算后不相等，请只填一项或更正"));
    }
    Ok(Some(fen))
}

fn repeat_count(object: &Object<'_>) -> Result<Option<u32>, Problem> {
    let Some(value) = object.optional("repeatCount", chars_max::CODE)? else { return Ok(None) };
    let digits = value.text.bytes().all(|b| b.is_ascii_digit());
    let count = value.text.parse().ok().filter(|_| digits);
    count.map(Some).ok_or_else(|| value.problem(code::NUMBER_INVALID, "repeatCount 应为非负整数"))
}
