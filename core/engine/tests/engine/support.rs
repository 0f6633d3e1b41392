//! What every test needs: the shipped data, messages, and findings in one line.

use serde_json::{Value, json};
use xiezhi_engine::{AgencyProfile, CaseBook, Decision, Engine, EngineData, IntakeMessage, ReceiptMode, Route};
use xiezhi_model::calendar::{MissingYear, YearCalendar};
use xiezhi_model::fault::RowFault;
use xiezhi_model::plugin::{Decoded, Document, Encoded, RowRecord};
use xiezhi_model::policy::{PolicyDocument, Steps};
use xiezhi_model::town::TownCode;
use xiezhi_model::{AgencyId, CaseNumber, Digest, InboxSeq, MessageId, Record, UtcTime};
use xiezhi_ports::{CodecError, Settlement};

const POLICY: &str = include_str!("../../../../config/policy/tongzhou-cluster-address.toml");
const YEARS: [&str; 2] =
    [include_str!("../../../../config/calendar/2025.toml"), include_str!("../../../../config/calendar/2026.toml")];
const DEVICES: &str = include_str!("../../../../config/codes/devices.toml");
const TOWNS: &str = include_str!("../../../../config/codes/towns.toml");

/// The enterprise that most samples are about.
pub(crate) const YUNYI: &str = "91110112MAYYT00167";
/// Another one.
pub(crate) const XINDA: &str = "91110112MAYYT0067F";
/// The town of 文景街道.
pub(crate) const WENJING: &str = "110112009";
/// The digest of the plugin that reads.
pub(crate) const READER: Digest = Digest::ZERO;

pub(crate) fn policy() -> PolicyDocument {
    toml::from_str(POLICY).unwrap()
}

/// The shipped data, with the agencies that its rules name; the bureau is in the house here.
pub(crate) fn shipped() -> EngineData {
    let profile = |id: &str, name: &str, route, receipts| AgencyProfile {
        id: agency(id),
        name: name.to_owned(),
        route,
        receipts,
        writes: match route {
            // HJ 212 carries no more.
            Route::Linked if id == "environment" => ["assignment", "reminder", "receipt"].map(str::to_owned).to_vec(),
            Route::Linked => {
                ["assignment", "reminder", "receipt", "joint_punishment", "lift", "notice"].map(str::to_owned).to_vec()
            }
            Route::Internal => Vec::new(),
        },
        host_unit: None,
        town: None,
    };
    EngineData {
        policies: vec![policy()],
        calendars: YEARS.iter().map(|text| toml::from_str::<YearCalendar>(text).unwrap()).collect(),
        missing_year: MissingYear::Refuse,
        devices: toml::from_str(DEVICES).unwrap(),
        towns: toml::from_str(TOWNS).unwrap(),
        agencies: vec![
            profile("police", "区公安分局", Route::Linked, ReceiptMode::Always),
            profile("environment", "区生态环境局", Route::Linked, ReceiptMode::Never),
            profile("urban-management", "区城管执法局", Route::Linked, ReceiptMode::Faults),
            profile("market-supervision", "区市场监管局", Route::Internal, ReceiptMode::Never),
            profile("planning", "规自分局", Route::Linked, ReceiptMode::Never),
            profile("housing", "区住建委", Route::Linked, ReceiptMode::Never),
            profile("fire", "区消防救援局", Route::Linked, ReceiptMode::Never),
            profile("emergency", "区应急管理局", Route::Linked, ReceiptMode::Never),
            profile("commerce", "区商务局", Route::Linked, ReceiptMode::Never),
            profile("development-reform", "区发展改革委", Route::Linked, ReceiptMode::Never),
            profile("fiscal", "区财源办", Route::Linked, ReceiptMode::Never),
            profile("hotline", "12345热线", Route::Linked, ReceiptMode::Never),
            profile("address-filing", "住所备案管理平台", Route::Linked, ReceiptMode::Never),
            AgencyProfile {
                town: Some(TownCode::parse(WENJING).unwrap()),
                ..profile("township-wenjing", "文景街道办事处", Route::Linked, ReceiptMode::Never)
            },
        ],
    }
}

/// The shipped policy without clocks of steps: only deadlines count.
pub(crate) fn without_steps() -> EngineData {
    let mut data = shipped();
    data.policies.iter_mut().for_each(|policy| policy.steps = Steps::default());
    data
}

pub(crate) fn engine() -> Engine {
    Engine::new(shipped()).unwrap()
}

pub(crate) fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

pub(crate) fn at(beijing: &str) -> UtcTime {
    UtcTime::parse_spaced_beijing(beijing).unwrap()
}

/// When messages come in and are decided, unless a test says otherwise.
pub(crate) fn noon() -> UtcTime {
    at("2026-09-21 12:00:00")
}

pub(crate) fn number(text: &str) -> CaseNumber {
    CaseNumber::parse(text).unwrap()
}

pub(crate) fn message(seq: i64, sender: &str) -> IntakeMessage {
    let id = format!("m-{seq}");
    IntakeMessage {
        seq: InboxSeq(seq),
        agency: agency(sender),
        message_id: MessageId::parse(&id).unwrap(),
        digest: Digest::of(id.as_bytes()),
        received_at: at("2026-09-21 11:59:58"),
        redrives: 0,
    }
}

pub(crate) fn record(json: Value) -> Record {
    let mut json = json;
    json["schema_version"] = 1.into();
    serde_json::from_value(json).unwrap()
}

/// A finding of urban management: event code, enterprise, the sender's number.
pub(crate) fn urban(code: &str, uscc: &str, reference: &str) -> Record {
    record(json!({
        "kind": "finding", "reference": reference, "title": "巡查发现", "text": "现场情况",
        "party": {"uscc": uscc, "name": "某公司"}, "issue": {"code_system": "cjt214", "code": code}
    }))
}

/// A clue of the police: code system, code, title.
pub(crate) fn clue(system: &str, code: &str, title: &str, uscc: &str) -> Record {
    record(json!({
        "kind": "finding", "reference": "A1", "title": title, "party": {"uscc": uscc},
        "issue": {"code_system": system, "code": code},
        "people": [{"name": "测试㛃", "id_number": "110112190001060061"}]
    }))
}

pub(crate) fn feedback(assignment: &str, result: &str) -> Record {
    record(json!({"kind": "feedback", "reference": "F1", "assignment": assignment, "result": result}))
}

pub(crate) fn decoded(records: Vec<Record>) -> Decoded {
    let rows = (1..).zip(records).map(|(row, record)| RowRecord { row, record });
    Decoded { document: Document { records: rows.collect(), row_faults: Vec::new() }, ..Decoded::default() }
}

pub(crate) fn with_faults(mut decoded: Decoded, faults: Vec<RowFault>) -> Decoded {
    decoded.document.row_faults = faults;
    decoded
}

pub(crate) fn decide(engine: &Engine, message: &IntakeMessage, records: Vec<Record>, book: &mut CaseBook) -> Decision {
    engine.decide(message, Ok((&decoded(records), READER)), book, noon())
}

/// The digest of the plugin that writes.
pub(crate) fn writer() -> Digest {
    Digest::of(b"writer")
}

/// Encodes every draft as its record's JSON.
pub(crate) fn encoded(decision: &Decision) -> Vec<Result<(Encoded, Digest), CodecError>> {
    let encode = |record: &Record| Encoded {
        body: serde_json::to_vec(record).unwrap(),
        content_type: "application/json".to_owned(),
    };
    decision.drafts.iter().map(|draft| Ok((encode(&draft.record), writer()))).collect()
}

pub(crate) fn finish(engine: &Engine, decision: Decision) -> Settlement {
    let encoded = encoded(&decision);
    engine.finish(decision, encoded, noon())
}

/// A decision in a few lines, to compare with expected text.
pub(crate) fn sketch(settlement: &Settlement) -> String {
    let mut lines = Vec::new();
    for write in &settlement.cases {
        let case = &write.case;
        let assigned: Vec<_> =
            case.assignments.iter().map(|a| format!("{}/{}/{}", a.agency, a.role, a.status.as_str())).collect();
        lines.push(format!(
            "{} {} {} {} v{} +{} [{}]",
            case.number,
            case.category,
            case.clause,
            case.status.as_str(),
            case.version,
            write.sources.len(),
            assigned.join(" ")
        ));
    }
    for outgoing in &settlement.outgoing {
        lines.push(format!("-> {} {}", outgoing.agency, outgoing.kind));
    }
    lines.join("\n")
}
