//! What is written: the JSON inside the forms and in the protocol's reply. Field order is fixed, so the same record always
//! gives the same bytes.

use serde::Serialize;
use serde_json::value::RawValue;

/// The reply to a message: `{"code":0,"msg":"ok"}`, and for a batch the rows that were refused.
#[derive(Serialize)]
pub(crate) struct Reply<'a> {
    pub(crate) code: u8,
    pub(crate) msg: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rows: Vec<Row<'a>>,
}

/// A refused row, in replies and receipts.
#[derive(Serialize)]
pub(crate) struct Row<'a> {
    pub(crate) row: u32,
    pub(crate) code: &'a str,
    pub(crate) msg: &'a str,
}

/// Whom a case is about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entity<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ent_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uscc: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) district_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) street_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) x: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) y: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crs: Option<&'static str>,
}

/// `case.assign`, after the 任务分派单.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assign<'a> {
    pub(crate) msg_id: &'a str,
    pub(crate) assign_id: &'a str,
    pub(crate) case_num: &'a str,
    pub(crate) stage: &'static str,
    pub(crate) stage_name: &'static str,
    pub(crate) dept_role: &'static str,
    pub(crate) clause: &'a str,
    pub(crate) clause_name: String,
    pub(crate) category_code: &'a str,
    pub(crate) category_name: &'a str,
    pub(crate) title: &'a str,
    pub(crate) event_desc: &'a str,
    #[serde(flatten)]
    pub(crate) entity: Entity<'a>,
    pub(crate) source_dept: &'a str,
    pub(crate) source_num: &'a str,
    pub(crate) create_time: String,
    pub(crate) deadline: String,
}

/// `case.supervise`: a reminder that an assignment is late.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Supervise<'a> {
    pub(crate) msg_id: &'a str,
    pub(crate) assign_id: &'a str,
    pub(crate) case_num: &'a str,
    pub(crate) supervise_level: u32,
    pub(crate) clause: &'a str,
    pub(crate) clause_name: String,
    pub(crate) title: &'a str,
    #[serde(flatten)]
    pub(crate) entity: Entity<'a>,
    pub(crate) create_time: String,
    pub(crate) deadline: String,
}

/// `case.recall`: an assignment no longer stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecallForm<'a> {
    pub(crate) msg_id: &'a str,
    pub(crate) assign_id: &'a str,
    pub(crate) case_num: String,
    pub(crate) reason: &'a str,
}

/// `punish.request`: a request to apply a measure.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Punish<'a> {
    pub(crate) msg_id: &'a str,
    pub(crate) request_num: &'a str,
    pub(crate) measure_code: &'a str,
    pub(crate) legal_basis: &'a str,
    #[serde(flatten)]
    pub(crate) entity: Entity<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    pub(crate) deadline: String,
}

/// `punish.lift`: a request is lifted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiftForm<'a> {
    pub(crate) msg_id: &'a str,
    pub(crate) request_num: &'a str,
    #[serde(flatten)]
    pub(crate) entity: Entity<'a>,
    pub(crate) reason: &'a str,
}

/// `case.receipt`: what became of a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiptForm<'a> {
    pub(crate) msg_id: &'a str,
    pub(crate) ref_msg_id: &'a str,
    pub(crate) result: &'static str,
    pub(crate) result_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'a str>,
    pub(crate) msg: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rows: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) case_nums: Vec<&'a str>,
}
