//! Joint punishments: the request (`LHCJ`), its lifting (`JCCJ`) and the police's answer (`CSFK`).
//!
//! The forms are our own design, as the other outbound ones are. Which measures exist is 全国失信惩戒措施基础清单's matter,
//! and whether one may be taken the deciding bureau's; the plugin only insists that a request says which and by what law.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::writer::Writer;
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{JointPunishment, Lift, MeasureFeedback, SCHEMA_VERSION};

use crate::decode::Header;
use crate::encode::write_party;
use crate::problem::{FORMAT, Problem, code};

/// Whether a request says which measure, by what law: nobody may be punished without.
pub(crate) fn check(request: &JointPunishment) -> Result<(), Fault> {
    let fields = [("CSDM", &request.measure_code, "惩戒措施代码"), ("FLYJ", &request.legal_basis, "法律依据")];
    match fields.into_iter().find(|(_, text, _)| text.trim().is_empty()) {
        None => Ok(()),
        Some((name, _, meaning)) => {
            let text = format!("联合惩戒请求缺少{meaning} {name}，补充后才能发送");
            Err(Problem::new(code::FIELD_MISSING, 0, text).in_field(name).fault_without_place(FORMAT))
        }
    }
}

/// Writes a request.
pub(crate) fn write_request(xml: &mut Writer, request: &JointPunishment) {
    xml.open("CJXX", &[]);
    xml.field("CJBH", &request.request);
    xml.field("CSDM", &request.measure_code);
    xml.field("FLYJ", &request.legal_basis);
    xml.optional("CJJZRQ", request.until.map(|until| until.to_string().replace('-', "")).as_deref());
    xml.field("FKQX", &request.due_at.to_compact_beijing());
    xml.close();
    write_party(xml, &request.party);
}

/// Writes the lifting of a request.
pub(crate) fn write_lift(xml: &mut Writer, lift: &Lift) {
    xml.open("JCXX", &[]);
    xml.field("CJBH", &lift.request);
    xml.field("JCYY", &lift.reason);
    xml.close();
    write_party(xml, &lift.party);
}

/// Reads one row of `CSFK`.
pub(crate) fn feedback(row: &Element<'_>, header: &Header<'_>, number: u32) -> Result<MeasureFeedback, Problem> {
    let answer = row.group("CSXX")?;
    let request = answer.required("CJBH", chars_max::NUMBER)?;
    let result = answer.required("CSJGDM", chars_max::CODE)?;
    let applied = match result.text {
        "1" => true,
        "2" => false,
        _ => return Err(result.problem(code::CODE_UNKNOWN, "措施结果代码 CSJGDM 应为：1 已采取、2 未采取")),
    };
    let text = match applied {
        true => answer.optional("CSNR", chars_max::TEXT)?,
        // Why a measure was not taken decides what happens next.
        false => Some(answer.required("CSNR", chars_max::TEXT)?),
    };
    let reference = match answer.optional("FKBH", chars_max::NUMBER)? {
        Some(value) => value.text.to_owned(),
        None => format!("{}-{number}", header.number),
    };
    Ok(MeasureFeedback {
        schema_version: SCHEMA_VERSION,
        reference,
        request: request.text.to_owned(),
        applied,
        text: text.map(|value| value.text.to_owned()).unwrap_or_default(),
        at: answer.optional("CSSJ", chars_max::CODE)?.map(|value| value.time()).transpose()?,
    })
}
