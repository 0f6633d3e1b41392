//! What carries a decided act out: the record that each receiver gets.

use xiezhi_model::act::{ActKind, LegalAct};
use xiezhi_model::record::{JointPunishment, Lift, Notice, Publication, SCHEMA_VERSION};
use xiezhi_model::{ActId, Record, UtcTime};

use super::{Denial, party_name};
use crate::{Draft, Engine};

impl Engine {
    /// The messages that carry a decided act out. Their ids derive from the act, so that each goes out once.
    ///
    /// What takes a listing back goes out among the messages of the listing's case: the credit system must not be told of the
    /// removal of an entry before it has the entry.
    pub(super) fn carry_out(&self, act: &LegalAct, now: UtcTime) -> Result<Vec<Draft>, Denial> {
        let record = self.record_of(act, now)?;
        let taken_back = act.terms.takes_back.as_ref().filter(|_| act.kind.is_published());
        let case_number = taken_back.map_or_else(|| act.case_number.clone(), ActId::case_number);
        let drafts = act.terms.receivers.iter().map(|agency| Draft {
            id: act.message_id(agency),
            agency: agency.clone(),
            case_number: Some(case_number.clone()),
            record: record.clone(),
        });
        Ok(drafts.collect())
    }

    fn record_of(&self, act: &LegalAct, now: UtcTime) -> Result<Record, Denial> {
        let authority = act.authority.as_ref().or(self.authority());
        let decision = act.decision.clone().unwrap_or_default();
        let incomplete = || Denial::new("act.terms", format!("{}的要素不全，不能办理；请退回重新拟办", act.id));
        let terms = &act.terms;
        let due_at = terms.due.as_ref().map(|due| due.at);
        Ok(match act.kind {
            ActKind::ListIn | ActKind::ListOut | ActKind::Correction => Record::Publication(Box::new(Publication {
                schema_version: SCHEMA_VERSION,
                entry: act.entry_key(),
                party: act.party.clone(),
                act: act.kind.as_str().to_owned(),
                cause: terms.cause.clone().ok_or_else(incomplete)?,
                cause_name: None,
                reason: Some(act.reason.clone()),
                decision,
                // Sent anew, it still says when it was decided.
                decided_on: act.closed_at().unwrap_or(now).beijing_date(),
                authority_code: authority.map(|authority| authority.code.clone()),
                authority: authority.map(|authority| authority.name.clone()),
                entity_id: None,
                registration_number: None,
                representative: None,
            })),
            ActKind::JointPunishment => Record::JointPunishment(Box::new(JointPunishment {
                schema_version: SCHEMA_VERSION,
                request: act.id.to_string(),
                party: act.party.clone(),
                measure_code: terms.measure_code.clone().ok_or_else(incomplete)?,
                legal_basis: terms.legal_basis.clone().ok_or_else(incomplete)?,
                until: terms.until,
                due_at: due_at.ok_or_else(incomplete)?,
            })),
            ActKind::Lift => Record::Lift(Box::new(Lift {
                schema_version: SCHEMA_VERSION,
                request: terms.takes_back.as_ref().map(ToString::to_string).ok_or_else(incomplete)?,
                party: act.party.clone(),
                reason: act.reason.clone(),
            })),
            ActKind::Interview | ActKind::Rectify | ActKind::Suspend | ActKind::Resume | ActKind::Cancel => {
                Record::Notice(Box::new(Notice {
                    schema_version: SCHEMA_VERSION,
                    title: format!("{}：{}", act.kind.to_chinese(), party_name(&act.party)),
                    text: act.reason.clone(),
                    act: Some(act.kind.as_str().to_owned()),
                    party: Some(act.party.clone()),
                    cluster_address: terms.cluster_address.clone(),
                    case_number: Some(act.case_number.clone()),
                    clause: Some(act.clause.clone()),
                    decision: Some(decision),
                    due_at,
                }))
            }
        })
    }
}

/// The record kind that carries an act out.
pub(crate) fn record_kind(kind: ActKind) -> &'static str {
    match kind {
        ActKind::ListIn | ActKind::ListOut | ActKind::Correction => "publication",
        ActKind::JointPunishment => "joint_punishment",
        ActKind::Lift => "lift",
        ActKind::Interview | ActKind::Rectify | ActKind::Suspend | ActKind::Resume | ActKind::Cancel => "notice",
    }
}
