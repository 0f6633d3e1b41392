//! An entity's file as indicators see it: the variable `file` of their expressions.
//!
//! Texts that are not known are empty, so that a comparison with them is false. Ages are in whole days, by Beijing dates.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use xiezhi_model::act::LegalAct;
use xiezhi_model::case::Case;
use xiezhi_model::ledger::{EntityFile, EntityRecord};
use xiezhi_model::record::{Indicator, LedgerSubject};
use xiezhi_model::{CivilDate, Record, UtcTime};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// The file as JSON. Its members are in `condition::fields::FILE`.
pub(crate) fn of(file: &EntityFile, now: UtcTime) -> Value {
    let today = now.beijing_date();
    let ledger = file.ledger();
    let party = file.party().unwrap_or_default();
    let entry = ledger.as_ref();
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let subject = match entry.map(|entry| entry.subject) {
        None => "none",
        Some(LedgerSubject::Tenant) => "tenant",
        Some(LedgerSubject::Address) => "address",
        Some(LedgerSubject::HostUnit) => "host_unit",
        Some(LedgerSubject::OperatorUnit) => "operator_unit",
    };
    let confirmed = entry.and_then(|entry| entry.confirmed_on).map_or(-1, |day| days(day, today));
    json!({
        "subject": subject,
        "name": text(party.name.as_deref()),
        "uscc": text(party.uscc.as_ref().map(xiezhi_model::Uscc::as_str)),
        "town": text(party.town.as_ref().map(xiezhi_model::town::TownCode::as_str)),
        "status": text(entry.and_then(|entry| entry.status.as_deref())),
        "host_unit": text(entry.and_then(|entry| entry.host_unit.as_deref())),
        "operator_unit": text(entry.and_then(|entry| entry.operator_unit.as_deref())),
        "cluster_address": text(entry.and_then(|entry| entry.cluster_address.as_deref())),
        "confirmed_days": confirmed,
        "extra": entry.map(|entry| entry.extra.clone()).unwrap_or_default(),
        "records": file.present().into_iter().map(|kept| record(kept, today)).collect::<Vec<_>>(),
        "cases": file.cases.iter().map(|held| case(held, today)).collect::<Vec<_>>(),
        "acts": file.acts.iter().map(|held| act(held, &file.acts, today)).collect::<Vec<_>>(),
    })
}

fn record(kept: &EntityRecord, today: CivilDate) -> Value {
    let nothing = BTreeMap::new();
    let (issue, extra) = match &kept.record {
        Record::Complaint(complaint) => (Some(&complaint.issue), &complaint.extra),
        Record::Penalty(penalty) => (None, &penalty.extra),
        Record::Restoration(restoration) => (None, &restoration.extra),
        Record::Indicator(indicator) => (None, &indicator.extra),
        Record::LedgerEntry(entry) => (None, &entry.extra),
        _ => (None, &nothing),
    };
    let (period, counts) = match &kept.record {
        Record::Indicator(indicator) => (indicator.period.as_str(), counts(indicator)),
        _ => ("", Map::new()),
    };
    let repeats = match &kept.record {
        Record::Complaint(complaint) => complaint.repeat_count.unwrap_or(0),
        _ => 0,
    };
    json!({
        "kind": kept.record.kind(),
        "agency": kept.agency.as_str(),
        "code_system": issue.map(|issue| issue.code_system.as_str()).unwrap_or_default(),
        "code": issue.map(|issue| issue.code.as_str()).unwrap_or_default(),
        "period": period,
        "age_days": days(kept.received_at.beijing_date(), today),
        "repeats": repeats,
        "counts": counts,
        "extra": extra,
    })
}

/// The whole numbers among an indicator's values that are counts, by what they count.
fn counts(indicator: &Indicator) -> Map<String, Value> {
    let counted = indicator.measurements.iter().filter(|value| value.statistic == "count");
    let whole = |value: &xiezhi_model::record::Measurement| value.value.as_str().parse::<i64>().ok();
    counted.filter_map(|value| Some((value.factor.clone(), whole(value)?.into()))).collect()
}

fn case(held: &Case, today: CivilDate) -> Value {
    json!({
        "category": held.category,
        "status": held.status.as_str(),
        "age_days": days(held.opened_at.beijing_date(), today),
    })
}

fn act(held: &LegalAct, all: &[LegalAct], today: CivilDate) -> Value {
    json!({
        "kind": held.kind.as_str(),
        "status": held.status.as_str(),
        "stands": held.stands(all),
        "age_days": days(held.proposed_at.beijing_date(), today),
    })
}

/// Whole days from one to the other.
fn days(from: CivilDate, to: CivilDate) -> i64 {
    to.end_of_day_beijing().ms_since(from.end_of_day_beijing()) / DAY_MS
}
