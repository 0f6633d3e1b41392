//! The rows of outgoing messages, each a record as the formats write it.

use serde::Serialize;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::place::Datum;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Notice, Party, Receipt, ReceiptOutcome, Reminder,
};
use xiezhi_sdk::model::{AssignmentId, CaseNumber, CivilDate, ClauseId, UtcTime};

use super::{ACTS, incomplete};
use crate::refusal;

/// Whom a row is about.
#[derive(Debug, Serialize)]
struct PartyObject<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uscc: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    town: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datum: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'r str>,
}

impl<'r> From<&'r Party> for PartyObject<'r> {
    fn from(party: &'r Party) -> Self {
        let place = party.coordinate.map(|coordinate| (coordinate.to_lon_lat(), coordinate.datum));
        let (longitude, latitude, datum) = match place {
            None => (None, None, None),
            Some(((longitude, latitude), Datum::Cgcs2000)) => (Some(longitude), Some(latitude), Some("cgcs2000")),
            Some(((longitude, latitude), Datum::Wgs84)) => (Some(longitude), Some(latitude), Some("wgs84")),
        };
        Self {
            name: party.name.as_deref(),
            uscc: party.uscc.as_ref().map(|uscc| uscc.as_str()),
            address: party.address.as_deref(),
            town: party.town.as_ref().map(|town| town.as_str()),
            longitude,
            latitude,
            datum,
            device: party.device.as_deref(),
        }
    }
}

/// 派遣.
#[derive(Debug, Serialize)]
pub(super) struct AssignmentRow<'r> {
    r#type: &'static str,
    assignment: &'r AssignmentId,
    case_number: &'r CaseNumber,
    role: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_name: Option<&'static str>,
    clause: &'r ClauseId,
    clause_name: String,
    category: &'r str,
    category_name: &'r str,
    title: &'r str,
    text: &'r str,
    source_agency: &'r str,
    source_reference: &'r str,
    assigned_at: UtcTime,
    due_at: UtcTime,
    party: PartyObject<'r>,
}

impl<'r> From<&'r Assignment> for AssignmentRow<'r> {
    fn from(assignment: &'r Assignment) -> Self {
        Self {
            r#type: "assignment",
            assignment: &assignment.assignment,
            case_number: &assignment.case_number,
            role: &assignment.role,
            role_name: match assignment.role.as_str() {
                "lead" => Some("主办"),
                "co" => Some("协办"),
                _ => None,
            },
            clause: &assignment.clause,
            clause_name: assignment.clause.to_chinese(),
            category: &assignment.category,
            category_name: &assignment.category_name,
            title: &assignment.title,
            text: &assignment.text,
            source_agency: assignment.source_agency.as_str(),
            source_reference: &assignment.source_reference,
            assigned_at: assignment.assigned_at,
            due_at: assignment.due_at,
            party: PartyObject::from(&assignment.party),
        }
    }
}

/// 督办.
#[derive(Debug, Serialize)]
pub(super) struct ReminderRow<'r> {
    r#type: &'static str,
    assignment: &'r AssignmentId,
    case_number: &'r CaseNumber,
    level: u32,
    clause: &'r ClauseId,
    clause_name: String,
    title: &'r str,
    due_at: UtcTime,
    sent_at: UtcTime,
    party: PartyObject<'r>,
}

impl<'r> From<&'r Reminder> for ReminderRow<'r> {
    fn from(reminder: &'r Reminder) -> Self {
        Self {
            r#type: "reminder",
            assignment: &reminder.assignment,
            case_number: &reminder.case_number,
            level: reminder.level,
            clause: &reminder.clause,
            clause_name: reminder.clause.to_chinese(),
            title: &reminder.title,
            due_at: reminder.due_at,
            sent_at: reminder.sent_at,
            party: PartyObject::from(&reminder.party),
        }
    }
}

/// 通知.
#[derive(Debug, Serialize)]
pub(super) struct NoticeRow<'r> {
    r#type: &'static str,
    title: &'r str,
    text: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_number: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    case_number: Option<&'r CaseNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clause: Option<&'r ClauseId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clause_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<UtcTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    party: Option<PartyObject<'r>>,
}

/// Writes a notice, where it says what its act needs: an interview or an order to mend says by which clause and until when
/// (五（三）8: 约谈，督促其限期改正); a suspension, resumption or cancellation says which address.
///
/// # Errors
/// `record-incomplete`.
pub(super) fn notice<'r>(prefix: &str, notice: &'r Notice) -> Result<NoticeRow<'r>, Fault> {
    let act = notice.act.as_deref();
    let act_name = ACTS.iter().find(|(known, _)| Some(*known) == act).map(|(_, name)| *name);
    let name = act_name.unwrap_or_default();
    match act {
        Some("interview" | "rectify") if notice.clause.is_none() => {
            return Err(incomplete(prefix, "clause", &format!("“{name}”通知必须写明依据条款")));
        }
        Some("interview" | "rectify") if notice.due_at.is_none() => {
            return Err(incomplete(prefix, "due_at", &format!("“{name}”通知必须写明期限")));
        }
        Some("suspend" | "resume" | "cancel") if notice.cluster_address.is_none() => {
            return Err(incomplete(prefix, "cluster_address", &format!("“{name}”通知必须写明集群注册地址编号")));
        }
        _ => {}
    }
    Ok(NoticeRow {
        r#type: "notice",
        title: &notice.title,
        text: &notice.text,
        act,
        act_name,
        address_number: notice.cluster_address.as_deref(),
        case_number: notice.case_number.as_ref(),
        clause: notice.clause.as_ref(),
        clause_name: notice.clause.as_ref().map(ClauseId::to_chinese),
        decision: notice.decision.as_deref(),
        due_at: notice.due_at,
        party: notice.party.as_ref().map(PartyObject::from),
    })
}

/// 回执.
#[derive(Debug, Serialize)]
pub(super) struct ReceiptRow<'r> {
    r#type: &'static str,
    message_id: &'r str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'r str>,
    text: &'r str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<ResultObject<'r>>,
    #[serde(skip_serializing_if = "<[CaseNumber]>::is_empty")]
    case_numbers: &'r [CaseNumber],
}

#[derive(Debug, Serialize)]
struct ResultObject<'r> {
    row: u32,
    code: &'r str,
    text: &'r str,
}

/// Writes a receipt to the agency.
///
/// # Errors
/// `direction-invalid` for one that the agency sent.
pub(super) fn receipt<'r>(prefix: &str, receipt: &'r Receipt) -> Result<ReceiptRow<'r>, Fault> {
    if receipt.direction == Direction::FromAgency {
        return Err(refusal::direction_invalid(prefix, "对方"));
    }
    let rows = receipt.rows.iter();
    Ok(ReceiptRow {
        r#type: "receipt",
        message_id: receipt.message_id.as_str(),
        outcome: match receipt.outcome {
            ReceiptOutcome::Accepted => "accepted",
            ReceiptOutcome::Partial => "partial",
            ReceiptOutcome::Refused => "refused",
        },
        code: receipt.code.as_deref(),
        text: &receipt.text,
        rows: rows.map(|result| ResultObject { row: result.row, code: &result.code, text: &result.text }).collect(),
        case_numbers: &receipt.case_numbers,
    })
}

/// 联合惩戒.
#[derive(Debug, Serialize)]
pub(super) struct JointPunishmentRow<'r> {
    r#type: &'static str,
    request: &'r str,
    measure_code: &'r str,
    legal_basis: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<CivilDate>,
    due_at: UtcTime,
    party: PartyObject<'r>,
}

impl<'r> From<&'r JointPunishment> for JointPunishmentRow<'r> {
    fn from(request: &'r JointPunishment) -> Self {
        Self {
            r#type: "joint_punishment",
            request: &request.request,
            measure_code: &request.measure_code,
            legal_basis: &request.legal_basis,
            until: request.until,
            due_at: request.due_at,
            party: PartyObject::from(&request.party),
        }
    }
}

/// 解除联合惩戒.
#[derive(Debug, Serialize)]
pub(super) struct LiftRow<'r> {
    r#type: &'static str,
    request: &'r str,
    reason: &'r str,
    party: PartyObject<'r>,
}

impl<'r> From<&'r Lift> for LiftRow<'r> {
    fn from(lift: &'r Lift) -> Self {
        Self { r#type: "lift", request: &lift.request, reason: &lift.reason, party: PartyObject::from(&lift.party) }
    }
}
