//! Writing what the gateway asks of the bureau: alerts whose parameters say what is asked.
//!
//! The parameters are our own design; `docs/formats/emergency.md` names what stands behind each element.

use xiezhi_formats::refusal;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{
    Assignment, Direction, JointPunishment, Lift, Party, Recall, Receipt, ReceiptOutcome, Record, Reminder,
};
use xiezhi_sdk::model::{Digest, UtcTime};
use xiezhi_sdk::{Context, Encoded};

use crate::answer::{ASSIGNMENT, REQUEST};
use crate::dialect::{Dialect, is_cap_word, national_time};
use crate::problem::FORMAT;
use crate::settings::{self, Writing};
use crate::writing::{Body, Head, alert};

/// Hexadecimal digits in place of a message id that cannot be an identifier.
const DIGITS: usize = 40;

/// Named values.
type Parameters = Vec<(&'static str, String)>;

/// Writes a record.
pub(crate) fn record(record: &Record, context: &Context) -> Result<Encoded, Fault> {
    let writing = settings::writing(context)?;
    match record {
        Record::Assignment(assignment) => Ok(send(&writing, context, &assignment_body(assignment))),
        Record::Reminder(reminder) => Ok(send(&writing, context, &reminder_body(reminder))),
        Record::Recall(recall) => Ok(send(&writing, context, &recall_body(recall))),
        Record::JointPunishment(request) => {
            refusal::check_measure(FORMAT, request, ["MeasureCode", "LegalBasis"])?;
            Ok(send(&writing, context, &punishment_body(request)))
        }
        Record::Lift(lift) => Ok(send(&writing, context, &lift_body(lift))),
        Record::Receipt(receipt) if receipt.direction == Direction::FromAgency => {
            Err(refusal::direction_invalid(FORMAT, "应急部门"))
        }
        Record::Receipt(receipt) => Ok(send_receipt(&writing, context, receipt)),
        other => Err(refusal::kind_unwritten(FORMAT, "应急", other, "派遣、督办、撤回、联合惩戒、解除和回执")),
    }
}

/// What a message says, before the link's settings are put in.
struct Request<'a> {
    event: &'static str,
    headline: &'a str,
    description: &'a str,
    instruction: &'static str,
    expires: Option<UtcTime>,
    parameters: Parameters,
    party: Option<&'a Party>,
}

fn send(writing: &Writing<'_>, context: &Context, request: &Request<'_>) -> Encoded {
    let identifier = identifier(context);
    let head = head(writing, context, &identifier, "Alert");
    alert(&head, Some(&body(writing, request)))
}

fn head<'a>(writing: &'a Writing<'_>, context: &Context, identifier: &'a str, msg_type: &'static str) -> Head<'a> {
    Head {
        dialect: writing.dialect,
        identifier,
        sender_code: writing.sender_code,
        sender_name: writing.sender_name,
        receiver_code: writing.receiver_code,
        sent_at: context.at,
        msg_type,
        note: None,
        references: None,
    }
}

fn body<'a>(writing: &'a Writing<'_>, request: &Request<'a>) -> Body<'a> {
    Body {
        event: request.event,
        event_type: writing.event_type,
        headline: request.headline,
        description: request.description,
        instruction: request.instruction,
        expires: request.expires,
        parameters: request.parameters.clone(),
        party: request.party,
    }
}

/// The message id is the identifier, so that an `Ack` that refers to it says which message it is for. The gateway's own ids
/// always can be; another one is replaced by its digest.
fn identifier(context: &Context) -> String {
    let id = context.message_id.as_str();
    if is_cap_word(id) {
        return id.to_owned();
    }
    let mut digest = Digest::of(id.as_bytes()).to_hex();
    digest.truncate(DIGITS);
    format!("id-{digest}")
}

fn assignment_body(assignment: &Assignment) -> Request<'_> {
    let (role, role_name) = match assignment.role.as_str() {
        "lead" => ("lead", "主办"),
        "co" => ("co", "协办"),
        other => (other, other),
    };
    let mut parameters = vec![
        ("MsgKind", "Assignment".to_owned()),
        (ASSIGNMENT, assignment.assignment.to_string()),
        ("CaseNumber", assignment.case_number.to_string()),
        ("Role", role.to_owned()),
        ("RoleName", role_name.to_owned()),
        ("Clause", assignment.clause.to_string()),
        ("ClauseName", assignment.clause.to_chinese()),
        ("Category", assignment.category.clone()),
        ("CategoryName", assignment.category_name.clone()),
        ("SourceAgency", assignment.source_agency.to_string()),
        ("SourceReference", assignment.source_reference.clone()),
        ("AssignedAt", assignment.assigned_at.to_string()),
        ("DueAt", assignment.due_at.to_string()),
    ];
    parameters.extend(entity(&assignment.party));
    Request {
        event: "监管协同派遣",
        headline: &assignment.title,
        description: &assignment.text,
        instruction: "请依职责处理，并在 expires 所列时间前用 Update 报文反馈，参数 AssignmentId 照抄本报文。",
        expires: Some(assignment.due_at),
        parameters,
        party: Some(&assignment.party),
    }
}

fn reminder_body(reminder: &Reminder) -> Request<'_> {
    let mut parameters = vec![
        ("MsgKind", "Reminder".to_owned()),
        (ASSIGNMENT, reminder.assignment.to_string()),
        ("CaseNumber", reminder.case_number.to_string()),
        ("Level", reminder.level.to_string()),
        ("Clause", reminder.clause.to_string()),
        ("ClauseName", reminder.clause.to_chinese()),
        ("DueAt", reminder.due_at.to_string()),
        ("RemindedAt", reminder.sent_at.to_string()),
    ];
    parameters.extend(entity(&reminder.party));
    Request {
        event: "监管协同督办",
        headline: &reminder.title,
        description: "",
        instruction: "派遣已逾期未反馈，请尽快用 Update 报文反馈，参数 AssignmentId 照抄本报文。",
        expires: None,
        parameters,
        party: Some(&reminder.party),
    }
}

/// CAP's `Cancel` names the earlier message with its time of sending, which the record does not know; so this is an alert
/// that names the assignment.
fn recall_body(recall: &Recall) -> Request<'_> {
    let parameters = vec![
        ("MsgKind", "Recall".to_owned()),
        (ASSIGNMENT, recall.assignment.to_string()),
        ("Reason", recall.reason.clone()),
    ];
    Request {
        event: "监管协同撤回派遣",
        headline: "撤回派遣",
        description: &recall.reason,
        instruction: "该派遣已撤回，无需再办理。",
        expires: None,
        parameters,
        party: None,
    }
}

fn punishment_body(request: &JointPunishment) -> Request<'_> {
    let mut parameters = vec![
        ("MsgKind", "JointPunishment".to_owned()),
        (REQUEST, request.request.clone()),
        ("MeasureCode", request.measure_code.clone()),
        ("LegalBasis", request.legal_basis.clone()),
        ("Until", request.until.map(|date| date.to_string()).unwrap_or_default()),
        ("DueAt", request.due_at.to_string()),
    ];
    parameters.extend(entity(&request.party));
    Request {
        event: "联合惩戒",
        headline: "联合惩戒请求",
        description: &request.legal_basis,
        instruction: "请在 expires 所列时间前用 Ack 报文答复，参数 RequestId 照抄本报文，Applied 填 true 或 false。",
        expires: Some(request.due_at),
        parameters,
        party: Some(&request.party),
    }
}

fn lift_body(lift: &Lift) -> Request<'_> {
    let mut parameters =
        vec![("MsgKind", "Lift".to_owned()), (REQUEST, lift.request.clone()), ("Reason", lift.reason.clone())];
    parameters.extend(entity(&lift.party));
    Request {
        event: "解除联合惩戒",
        headline: "解除联合惩戒",
        description: &lift.reason,
        instruction: "请停止执行该惩戒措施。",
        expires: None,
        parameters,
        party: Some(&lift.party),
    }
}

fn entity(party: &Party) -> Parameters {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("UniSCID", party.uscc.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("EntName", text(&party.name)),
        ("EntAddress", text(&party.address)),
        ("Device", text(&party.device)),
    ]
}

/// `Ack` for what was taken, wholly or in part, `Error` for what was not.
fn send_receipt(writing: &Writing<'_>, context: &Context, receipt: &Receipt) -> Encoded {
    let (msg_type, outcome) = match receipt.outcome {
        ReceiptOutcome::Accepted => ("Ack", "Accepted"),
        ReceiptOutcome::Partial => ("Ack", "Partial"),
        ReceiptOutcome::Refused => ("Error", "Refused"),
    };
    let mut parameters = vec![
        ("MsgKind", "Receipt".to_owned()),
        ("MessageId", receipt.message_id.to_string()),
        ("Outcome", outcome.to_owned()),
        ("Code", receipt.code.clone().unwrap_or_default()),
    ];
    parameters.extend(receipt.case_numbers.iter().map(|number| ("CaseNumber", number.to_string())));
    for row in &receipt.rows {
        parameters.push(("Row", format!("{} {} {}", row.row, row.code, row.text)));
    }
    let request = Request {
        event: "报文处理结果",
        headline: &receipt.text,
        description: "",
        instruction: "",
        expires: None,
        parameters,
        party: None,
    };
    let identifier = identifier(context);
    let references = referred(writing, receipt.message_id.as_str());
    let note = format!("报文 {}：{}", receipt.message_id, receipt.text);
    let head =
        Head { note: Some(&note), references: references.as_deref(), ..head(writing, context, &identifier, msg_type) };
    alert(&head, Some(&body(writing, &request)))
}

/// The reference to the bureau's message, where its id in the gateway is its identifier. CAP 1.2 also wants its time of
/// sending, which identifiers of the national shape carry.
fn referred(writing: &Writing<'_>, message_id: &str) -> Option<String> {
    let sent = national_time(message_id)?;
    Some(match writing.dialect {
        Dialect::National => message_id.to_owned(),
        Dialect::Cap12 => format!("{},{message_id},{}", writing.receiver_code, writing.dialect.write_time(sent)),
    })
}
