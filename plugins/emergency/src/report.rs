//! What an alert becomes: a finding where its event is a matter for the gateway, otherwise an alarm, which opens no case.

use std::collections::BTreeMap;

use xiezhi_formats::fields::chars_max;
use xiezhi_sdk::model::Uscc;
use xiezhi_sdk::model::record::{Alarm, Finding, Issue, Party, Record, SCHEMA_VERSION};

use crate::entity::codes_in;
use crate::envelope::{Envelope, MsgType};
use crate::info::{Info, join};
use crate::problem::{Problem, code};
use crate::settings::Reading;

/// Parameters that have a place in the record; any other one is kept in `extra` under its own name.
const ENTITY_CODE: &str = "UniSCID";
const ENTITY_NAME: &str = "EntName";
const ENTITY_ADDRESS: &str = "EntAddress";
/// Key of `extra` for a doubt about the code, or for how it was found.
const CODE_NOTE: &str = "UniSCID_TS";
/// What stands in front of the names of further parameters in `extra`.
const PARAMETER: &str = "parameter.";
/// Most further parameters kept; each is short.
const KEPT_MAX: usize = 50;

/// Turns one `info` into a record. `reference` is the number that the record gets.
pub(crate) fn record(
    envelope: &Envelope<'_>,
    info: &Info<'_>,
    reference: String,
    reading: &Reading,
) -> Result<Record, Problem> {
    let mut extra = extra(envelope, info);
    let party = party(info, &mut extra)?;
    let (event, is_finding) = event(info, reading);
    if let Some(code_system) = unreal(envelope) {
        let issue = Issue { code_system: code_system.to_owned(), ..event };
        return Ok(alarm(envelope, info, reference, party, issue, extra));
    }
    if !is_finding {
        return Ok(alarm(envelope, info, reference, party, event, extra));
    }
    identified(info, &party, &extra)?;
    let title = info.headline.map(|value| value.text).or(event.name.as_deref()).unwrap_or_default().to_owned();
    if let Some(instruction) = info.instruction {
        extra.insert("instruction".to_owned(), instruction.text.to_owned());
    }
    Ok(Record::Finding(Box::new(Finding {
        schema_version: SCHEMA_VERSION,
        reference,
        party,
        issue: event,
        title,
        text: info.description.map(|value| value.text.to_owned()).unwrap_or_default(),
        found_at: Some(info.time.unwrap_or(envelope.sent_at)),
        attachments: info.attachments.clone(),
        extra,
        ..Finding::default()
    })))
}

/// The alarm of a message without any `info`: a test of the line, or a cancellation.
pub(crate) fn bare(envelope: &Envelope<'_>) -> Record {
    let code_system = unreal(envelope).unwrap_or("cap-cancel").to_owned();
    Record::Alarm(Box::new(Alarm {
        schema_version: SCHEMA_VERSION,
        reference: envelope.identifier.to_owned(),
        // Nobody in particular: the sender stands for itself.
        party: Party { device: Some(envelope.sender.to_owned()), ..Party::default() },
        issue: Issue { code_system, code: "none".to_owned(), name: None },
        text: envelope.note.map(|note| note.text.to_owned()).unwrap_or_default(),
        at: Some(envelope.sent_at),
        severity: None,
        extra: envelope.extra.clone(),
    }))
}

/// The code system of what must never open a case: everything but `Actual`, and what is called off.
fn unreal(envelope: &Envelope<'_>) -> Option<&'static str> {
    envelope.unreal.or((envelope.msg_type == MsgType::Cancel).then_some("cap-cancel"))
}

/// The event, and whether it is a matter for the gateway: its code is in the link's table, or, without a code, its name.
fn event(info: &Info<'_>, reading: &Reading) -> (Issue, bool) {
    let Reading { findings, names } = reading;
    let issue = |code: &str, name: Option<&str>| Issue {
        code_system: "gbt35561".to_owned(),
        code: code.to_owned(),
        name: name.map(str::to_owned),
    };
    if let Some(code) = info.event_code {
        let named = findings.get(code).or_else(|| names.get(code)).map(String::as_str);
        return (issue(code, info.event.or(named)), findings.contains_key(code));
    }
    let same_name = findings.iter().find(|(_, name)| Some(name.as_str()) == info.event);
    match same_name {
        Some((code, name)) => (issue(code, Some(name)), true),
        None => {
            let code = info.category.unwrap_or("Other").to_owned();
            (Issue { code_system: "cap-category".to_owned(), code, name: info.event.map(str::to_owned) }, false)
        }
    }
}

fn alarm(
    envelope: &Envelope<'_>,
    info: &Info<'_>,
    reference: String,
    mut party: Party,
    issue: Issue,
    mut extra: BTreeMap<String, String>,
) -> Record {
    let texts = [info.headline, info.description, info.instruction];
    let text: Vec<&str> = texts.into_iter().flatten().map(|value| value.text).collect();
    if party.address.is_none() && party.uscc.is_none() && party.name.is_none() {
        party.device = Some(envelope.sender.to_owned());
    }
    extra.remove("severity");
    Record::Alarm(Box::new(Alarm {
        schema_version: SCHEMA_VERSION,
        reference,
        party,
        issue,
        text: text.join("\n"),
        at: Some(info.time.unwrap_or(envelope.sent_at)),
        severity: info.severity.map(str::to_owned),
        extra,
    }))
}

/// A case needs an enterprise or a place that can be told from others; the description of an area is none.
fn identified(info: &Info<'_>, party: &Party, extra: &BTreeMap<String, String>) -> Result<(), Problem> {
    if party.uscc.is_some() || info.parameters.iter().any(|p| p.name == ENTITY_ADDRESS && p.value.is_some()) {
        return Ok(());
    }
    let why = extra.get(CODE_NOTE).map_or("报文中没有统一社会信用代码", String::as_str);
    let text = format!(
        "无法确定是哪一家单位：{why}。请用参数 {ENTITY_CODE} 填写统一社会信用代码，或用 {ENTITY_ADDRESS} 填写地址"
    );
    Err(Problem::new(code::PARTY_UNIDENTIFIED, info.at, text).in_field(ENTITY_CODE))
}

fn party(info: &Info<'_>, extra: &mut BTreeMap<String, String>) -> Result<Party, Problem> {
    let name = info.parameter(ENTITY_NAME, chars_max::NAME)?;
    let address = info.parameter(ENTITY_ADDRESS, chars_max::LINE)?;
    let uscc = match info.parameter(ENTITY_CODE, chars_max::NUMBER)? {
        Some(value) => Some(Uscc::parse(value.text).map_err(|error| value.problem(error.code(), error.to_string()))?),
        None => in_text(info, extra),
    };
    if uscc.as_ref().is_some_and(|uscc| uscc.warning().is_some()) {
        let note = "第18位校验正确，但第17位与组织机构代码校验（GB 11714）不符，请核对原件";
        extra.insert(CODE_NOTE.to_owned(), note.to_owned());
    }
    let address = address.map(|value| value.text.to_owned()).or_else(|| info.places.descriptions.first().cloned());
    let town = match &info.places.towns[..] {
        [only] => Some(only.clone()),
        _ => None,
    };
    Ok(Party {
        name: name.map(|value| value.text.to_owned()),
        uscc,
        address,
        town,
        coordinate: info.places.coordinate,
        device: None,
    })
}

/// The one code in the texts; what speaks against it is noted.
fn in_text(info: &Info<'_>, extra: &mut BTreeMap<String, String>) -> Option<Uscc> {
    let texts = [info.headline, info.description, info.instruction];
    let found = codes_in(texts.into_iter().flatten().map(|value| value.text));
    let note = match (found.only(), found.damaged) {
        (Some(_), 0) => "统一社会信用代码取自文字描述",
        (Some(_), _) => "统一社会信用代码取自文字描述；描述中另有校验位不符的代码，未采用",
        (None, 0) if found.valid.is_empty() => return None,
        (None, _) if found.valid.is_empty() => "描述中的统一社会信用代码校验位不符，未采用",
        (None, _) => "描述中有两个以上统一社会信用代码，未采用",
    };
    extra.insert(CODE_NOTE.to_owned(), note.to_owned());
    found.only().cloned()
}

/// What the message says beyond the record's fields.
fn extra(envelope: &Envelope<'_>, info: &Info<'_>) -> BTreeMap<String, String> {
    let mut extra = envelope.extra.clone();
    extra.extend(info.extra.iter().map(|(name, text)| (name.clone(), text.clone())));
    let places = &info.places;
    let lists = [("areaDesc", places.descriptions.join("；")), ("geocode", places.codes.join(" "))];
    let single = [("polygon", &places.polygon), ("circle", &places.circle)];
    let single = single.into_iter().filter_map(|(name, text)| Some((name, text.clone()?)));
    for (name, text) in lists.into_iter().chain(single).filter(|(_, text)| !text.is_empty()) {
        extra.insert(name.to_owned(), text.chars().take(chars_max::TEXT).collect());
    }
    let known = [ENTITY_CODE, ENTITY_NAME, ENTITY_ADDRESS];
    let further = info.parameters.iter().filter(|parameter| !known.contains(&parameter.name)).take(KEPT_MAX);
    for parameter in further {
        if let Some(value) = parameter.value {
            join(&mut extra, &format!("{PARAMETER}{}", parameter.name), value.text);
        }
    }
    extra
}
