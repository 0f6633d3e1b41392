//! Published acts: the law's clock, the credit system's receipts, sending anew, objections, and holding both lists together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use xiezhi_engine::reconcile::reconcile;
use xiezhi_engine::{CaseBook, Decision, Denial, Engine, Proposal};
use xiezhi_model::act::{
    Account, ActKind, ActStatus, ActTerms, AnswerStatus, Ballot, LegalAct, ObjectionRequest, ObjectionStatus,
    ObjectionStep, PersonRole,
};
use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::{Case, Source};
use xiezhi_model::reconciliation::DifferenceKind;
use xiezhi_model::record::LedgerEntry;
use xiezhi_model::{AccountName, ActId, Record, UtcTime};

use crate::support::{YUNYI, agency, at, clue, decide, message, noon, number, record};

pub(crate) const CREDIT: &str = "credit-publicity";

pub(crate) fn engine() -> Engine {
    let mut data = crate::support::shipped();
    let mut credit = data.agencies[0].clone();
    credit.id = agency(CREDIT);
    credit.name = "公示系统".to_owned();
    credit.writes = vec!["publication".to_owned()];
    data.agencies.push(credit);
    Engine::new(data).unwrap()
}

pub(crate) fn person(name: &str, role: PersonRole) -> Account {
    Account {
        name: AccountName::parse(name).unwrap(),
        role,
        password_hash: String::new(),
        created_at: noon(),
        disabled: false,
    }
}

pub(crate) fn officer() -> Account {
    person("officer-a", PersonRole::Officer)
}

/// A case of lost contact about an enterprise, opened by message `seq`.
pub(crate) fn opened(engine: &Engine, seq: i64) -> (Case, Vec<Source>) {
    let mut book = CaseBook::default();
    let decision = decide(engine, &message(seq, "police"), vec![clue("ga-xslb", "02", "查无下落", YUNYI)], &mut book);
    let write = &decision.settlement.cases[0];
    ((*write.case).clone(), write.sources.clone())
}

pub(crate) fn act_of(decision: &Decision) -> LegalAct {
    decision.settlement.acts[0].clone()
}

pub(crate) struct Wanted<'a> {
    pub(crate) kind: ActKind,
    pub(crate) cause: &'a str,
    pub(crate) takes_back: Option<&'a LegalAct>,
    pub(crate) others: &'a [LegalAct],
}

pub(crate) fn propose(
    engine: &Engine,
    case: &(Case, Vec<Source>),
    wanted: &Wanted<'_>,
    now: UtcTime,
) -> Result<Decision, Denial> {
    let terms = ActTerms {
        cause: Some(wanted.cause.to_owned()),
        takes_back: wanted.takes_back.map(|act| act.id.clone()),
        ..ActTerms::default()
    };
    let proposal = Proposal {
        case: &case.0,
        evidence: &case.1,
        taken_back: wanted.takes_back,
        others: wanted.others,
        kind: wanted.kind,
        clause: None,
        reason: "两次专用信函均无人签收".to_owned(),
        terms,
        clock: None,
    };
    engine.propose(proposal, &officer(), now)
}

/// Proposed and approved by both.
pub(crate) fn decided(engine: &Engine, case: &(Case, Vec<Source>), wanted: &Wanted<'_>, now: UtcTime) -> Decision {
    let act = act_of(&propose(engine, case, wanted, now).unwrap());
    let approve =
        |decision: Option<&str>| Ballot::Approve { decision: decision.map(str::to_owned), remark: String::new() };
    let examined = act_of(&engine.vote(&act, wanted.others, &officer(), approve(None), now).unwrap());
    engine
        .vote(&examined, wanted.others, &person("reviewer-b", PersonRole::Reviewer), approve(Some("1号")), now)
        .unwrap()
}

pub(crate) const LISTING: Wanted<'static> = Wanted { kind: ActKind::ListIn, cause: "4", takes_back: None, others: &[] };

pub(crate) fn listed(engine: &Engine) -> ((Case, Vec<Source>), LegalAct) {
    let case = opened(engine, 17);
    let act = act_of(&decided(engine, &case, &LISTING, noon()));
    (case, act)
}

pub(crate) fn receipt(message_id: &str, outcome: &str, text: &str) -> Record {
    let mut value = json!({
        "kind": "receipt", "direction": "from_agency", "message_id": message_id, "outcome": outcome, "text": text
    });
    if outcome == "refused" {
        value["code"] = "E0202".into();
    }
    record(value)
}

/// The credit system says this of an act.
pub(crate) fn said(engine: &Engine, act: &LegalAct, seq: i64, records: Vec<Record>) -> Decision {
    let mut book = CaseBook::default();
    book.insert_act(act.clone());
    decide(engine, &message(seq, CREDIT), records, &mut book)
}

pub(crate) fn published(engine: &Engine, act: &LegalAct) -> LegalAct {
    let id = act.message_id(&agency(CREDIT));
    act_of(&said(engine, act, 900, vec![receipt(id.as_str(), "accepted", "已公示")]))
}

#[test]
fn the_law_s_clock_runs_from_the_proposal_and_ends_with_the_receipt() {
    let engine = engine();
    let (_, act) = listed(&engine);
    // 2026-09-21 and ten working days: the National Day holiday and Mid-Autumn lie between (domain, K3).
    let due = act.terms.due.clone().unwrap();
    assert_eq!(due.at.beijing_date().to_string(), "2026-10-12");
    assert_eq!((act.answers[0].status, act.check_at), (AnswerStatus::Awaited, Some(due.at)));

    let public = published(&engine, &act);
    assert_eq!(
        (public.answers[0].status, public.check_at, public.version),
        (AnswerStatus::Applied, None, act.version + 1)
    );

    let late = engine.act_due(&act, &[], &opened(&engine, 17).0, &[], due.at).unwrap();
    assert_eq!(act_of(&late).answers[0].status, AnswerStatus::Overdue);
    let entry = &late.settlement.audit[0];
    assert_eq!(entry.action, AuditAction::ActOverdue);
    assert!(entry.text.contains("尚未确认公示列入经营异常名录"), "{}", entry.text);
    let after_all = published(&engine, &act_of(&late));
    assert_eq!(after_all.answers[0].status, AnswerStatus::Applied, "late is better than never");
}

#[test]
fn receipts_are_noted_once_and_only_with_the_message_s_own_act() {
    let engine = engine();
    let (_, act) = listed(&engine);
    let id = act.message_id(&agency(CREDIT)).to_string();
    let needs = engine.needs(
        &message(901, CREDIT),
        &crate::support::decoded(vec![receipt(&id, "accepted", "已公示"), receipt("xz-other", "accepted", "已公示")]),
    );
    assert_eq!(needs.receipts.len(), 2);

    let refused = said(&engine, &act, 902, vec![receipt(&id, "refused", "条目不存在")]);
    let entry = refused.settlement.audit.iter().find(|entry| entry.action == AuditAction::ActAnswered).unwrap();
    assert_eq!(entry.fault_code.as_deref(), Some("E0202"));
    assert!(entry.text.contains("未被接收：E0202 条目不存在"), "{}", entry.text);
    let held = act_of(&refused);
    assert_eq!(held.answers[0].status, AnswerStatus::Refused);

    let public = published(&engine, &act);
    let again = said(&engine, &public, 903, vec![receipt(&id, "accepted", "已公示"), receipt(&id, "refused", "重复")]);
    assert_eq!(again.settlement.acts, [], "what is public stays so");
    let other = said(&engine, &act, 904, vec![receipt("xz-other", "accepted", "已公示")]);
    assert_eq!(other.settlement.acts, []);
    // Another agency cannot speak for the credit system.
    let mut book = CaseBook::default();
    book.insert_act(act.clone());
    let foreign = decide(&engine, &message(905, "police"), vec![receipt(&id, "accepted", "已公示")], &mut book);
    assert_eq!(foreign.settlement.acts, []);
    assert_eq!(foreign.drafts, [], "a receipt is not confirmed, or two systems would go on for ever");
}

#[test]
fn what_was_refused_is_sent_anew_under_another_id_and_says_the_same() {
    let engine = engine();
    let ((case, _), act) = listed(&engine);
    let later = at("2026-09-28 09:00:00");
    let first = act.message_id(&agency(CREDIT));
    assert_eq!(engine.resend(&act, &[], &officer(), "核对", later).unwrap_err().code, "act.resend", "still under way");
    let day_over = at("2026-12-01 09:00:00");
    let overdue = act_of(&engine.act_due(&act, &[], &case, &[], day_over).unwrap());
    assert_eq!(overdue.answers[0].status, AnswerStatus::Overdue);
    assert_eq!(
        engine.resend(&overdue, &[], &officer(), "核对", day_over).unwrap_err().code,
        "act.resend",
        "it may be there twice"
    );
    let refused = act_of(&said(&engine, &act, 902, vec![receipt(first.as_str(), "refused", "条目不存在")]));
    let after = act_of(&engine.resend(&refused, &[], &officer(), "对方已补录", day_over).unwrap());
    let escalated = engine.act_due(&after, &[], &case, &[], day_over).expect("its legal day is over");
    assert_eq!(act_of(&escalated).answers[0].status, AnswerStatus::Overdue);
    let closed = Account { disabled: true, ..officer() };
    assert_eq!(engine.resend(&refused, &[], &closed, "核对", later).unwrap_err().code, "act.account-closed");
    assert_eq!(engine.resend(&refused, &[], &officer(), " ", later).unwrap_err().code, "act.text-missing");

    let anew = engine.resend(&refused, &[], &officer(), "对方已补录", later).unwrap();
    let act = act_of(&anew);
    assert_eq!((act.resends, act.answers[0].status), (1, AnswerStatus::Awaited));
    assert_ne!(anew.drafts[0].id, first);
    assert_eq!(anew.drafts[0].id, act.message_id(&agency(CREDIT)));
    let Record::Publication(publication) = &anew.drafts[0].record else { panic!("{:?}", anew.drafts) };
    assert_eq!(publication.decided_on, noon().beijing_date(), "it was decided when it was decided");
    // A late word about the first message changes nothing, unless it says that the entry is public after all.
    let late = said(&engine, &act, 903, vec![receipt(first.as_str(), "refused", "条目不存在")]);
    assert_eq!(late.settlement.acts, []);
    let applied = said(&engine, &act, 904, vec![receipt(first.as_str(), "accepted", "已公示")]);
    assert_eq!(act_of(&applied).answers[0].status, AnswerStatus::Applied);
    let proposed = LegalAct { status: ActStatus::Proposed, ..act };
    assert_eq!(engine.resend(&proposed, &[], &officer(), "核对", later).unwrap_err().code, "act.resend");
}

#[test]
fn a_removal_follows_its_listing_even_from_another_case() {
    let engine = engine();
    let (_, listing) = listed(&engine);
    let other = opened(&engine, 40);
    let wanted = Wanted {
        kind: ActKind::ListOut,
        cause: "5",
        takes_back: Some(&listing),
        others: std::slice::from_ref(&listing),
    };
    let removal = decided(&engine, &other, &wanted, noon());
    assert_eq!(removal.drafts[0].case_number, Some(listing.case_number.clone()), "the order is the listing's case's");
    let act = act_of(&removal);
    assert_eq!((&act.case_number, act.entry_key()), (&other.0.number, listing.entry_key()));
    assert_eq!(act.terms.due.unwrap().at.beijing_date().to_string(), "2026-09-29", "five working days");
}

#[test]
fn an_entity_is_listed_on_two_grounds_as_two_entries() {
    let engine = engine();
    let (case, first) = listed(&engine);
    let again = Wanted { others: std::slice::from_ref(&first), ..LISTING };
    assert_eq!(propose(&engine, &case, &again, noon()).unwrap_err().code, "act.exists");
    let other = Wanted { cause: "3", ..again };
    let second = act_of(&decided(&engine, &case, &other, noon()));
    assert_ne!(second.entry_key(), first.entry_key());
}

#[test]
fn a_renamed_entity_is_removed_under_its_new_name() {
    let engine = engine();
    let (mut case, listing) = listed(&engine);
    case.0.party.name = Some("北京新名商贸有限公司".to_owned());
    let wanted = Wanted {
        kind: ActKind::ListOut,
        cause: "5",
        takes_back: Some(&listing),
        others: std::slice::from_ref(&listing),
    };
    let removal = decided(&engine, &case, &wanted, noon());
    let Record::Publication(publication) = &removal.drafts[0].record else { panic!("{:?}", removal.drafts) };
    assert_eq!(publication.party.name.as_deref(), Some("北京新名商贸有限公司"));
    assert_eq!(publication.entry, listing.entry_key(), "the entry is found by its key");
}

fn object(engine: &Engine, act: &LegalAct, step: ObjectionStep, now: UtcTime) -> Result<LegalAct, Denial> {
    let request = ObjectionRequest { step, text: "一直在登记住所经营".to_owned() };
    engine.objection(act, &officer(), &request, now).map(|decision| act_of(&decision))
}

#[test]
fn an_objection_is_filed_accepted_and_decided_in_time() {
    let engine = engine();
    let (case, act) = listed(&engine);
    let now = at("2026-09-22 10:00:00");
    assert_eq!(object(&engine, &act, ObjectionStep::File, now).unwrap_err().code, "act.objection", "not public yet");
    let public = published(&engine, &act);
    assert_eq!(
        object(&engine, &public, ObjectionStep::Accept, now).unwrap_err().code,
        "act.objection",
        "none is filed"
    );
    let late = at("2026-12-01 10:00:00");
    let too_late = object(&engine, &public, ObjectionStep::File, late).unwrap_err();
    assert!(too_late.text.contains("异议期限已于"), "{}", too_late.text);

    let filed = object(&engine, &public, ObjectionStep::File, now).unwrap();
    let due = filed.objections[0].due.clone().unwrap();
    assert_eq!(
        (filed.objections[0].status, due.at.beijing_date().to_string()),
        (ObjectionStatus::Filed, "2026-09-30".to_owned())
    );
    assert_eq!(filed.check_at, Some(due.at));
    assert!(object(&engine, &filed, ObjectionStep::File, now).is_err(), "one at a time");
    assert!(object(&engine, &filed, ObjectionStep::Uphold, now).is_err(), "not before it is accepted");
    let correction = Wanted {
        kind: ActKind::Correction,
        cause: "4",
        takes_back: Some(&filed),
        others: std::slice::from_ref(&filed),
    };
    assert_eq!(propose(&engine, &case, &correction, now).unwrap_err().code, "act.objection", "not unheard");
    let removal = Wanted { kind: ActKind::ListOut, cause: "5", ..correction };
    assert!(propose(&engine, &case, &removal, now).is_ok(), "contact can be restored meanwhile");

    let overdue = engine.act_due(&filed, &[], &case.0, &[], due.at).unwrap();
    assert!(overdue.settlement.audit[0].text.contains("异议待决定是否受理"), "{}", overdue.settlement.audit[0].text);
    assert_eq!(act_of(&overdue).check_at, None, "said once");
    let accepted = object(&engine, &act_of(&overdue), ObjectionStep::Accept, now).unwrap();
    assert_eq!(accepted.objections[0].due.clone().unwrap().at.beijing_date().to_string(), "2026-10-27");
    let reviewer = person("reviewer-b", PersonRole::Reviewer);
    let request = ObjectionRequest { step: ObjectionStep::Uphold, text: "属实".to_owned() };
    assert_eq!(engine.objection(&accepted, &reviewer, &request, now).unwrap_err().code, "act.role");
    let upheld = object(&engine, &accepted, ObjectionStep::Uphold, now).unwrap();
    assert_eq!((upheld.objections[0].status, upheld.check_at), (ObjectionStatus::Upheld, None));
    let correction = Wanted { takes_back: Some(&upheld), others: std::slice::from_ref(&upheld), ..correction };
    assert!(propose(&engine, &case, &correction, now).is_ok());
}

/// The entry of an act as the credit system's plugin reads it.
pub(crate) fn held(act: &LegalAct, status: &str, change: &[(&str, &str)]) -> LedgerEntry {
    let (code, authority) = ("110112", "北京市通州区市场监督管理局");
    let mut columns = vec![
        ("SpeCause", "4"),
        ("AbnTime", "2026-09-21"),
        ("PenDecNo", "1号"),
        ("DecOrg", code),
        ("DecorgCN", authority),
    ];
    if status != "abnormal_listed" {
        columns.extend([("RePenDecNo", "1号"), ("ReDecOrg", code), ("ReDecOrgCN", authority)]);
    }
    let mut extra: BTreeMap<_, _> = columns.into_iter().collect();
    extra.extend(change.iter().copied());
    let value: Value = json!({
        "kind": "ledger_entry", "reference": act.entry_key(), "party": {"uscc": YUNYI, "name": act.party.name},
        "status": status, "extra": extra
    });
    let Record::LedgerEntry(entry) = record(value) else { panic!("no entry") };
    *entry
}

#[test]
fn both_lists_are_held_together_and_every_difference_says_what_to_do() {
    let engine = engine();
    let (case, act) = listed(&engine);
    let public = published(&engine, &act);
    let nothing = BTreeSet::new();
    let compare = |acts: &[LegalAct], there: &[LedgerEntry]| reconcile(acts, &nothing, there, Vec::new(), noon());

    let alike = compare(std::slice::from_ref(&public), &[held(&act, "abnormal_listed", &[])]);
    assert!(alike.is_clean() && (alike.entries_here, alike.alike) == (1, 1), "{alike:?}");
    let under_way = compare(std::slice::from_ref(&act), &[held(&act, "abnormal_listed", &[])]);
    assert!(under_way.is_clean() && under_way.under_way == 1, "there or not, both are right: {under_way:?}");
    let id = act.message_id(&agency(CREDIT));
    let refused = act_of(&said(&engine, &act, 902, vec![receipt(id.as_str(), "refused", "x")]));
    assert_eq!(compare(&[refused], &[]).refused, 1);

    let unread = vec!["第1页第1条：列入原因代码无效".to_owned()];
    let unread = reconcile(std::slice::from_ref(&public), &nothing, &[], unread, noon());
    assert!(
        unread.differences[0].proposal.contains("无法读取"),
        "it may be the row that could not be read: {unread:?}"
    );
    assert!(!unread.differences[0].proposal.contains("resend"), "{unread:?}");
    let missing = compare(std::slice::from_ref(&public), &[]);
    assert_eq!(
        (missing.differences[0].kind, &missing.differences[0].act),
        (DifferenceKind::Missing, &Some(act.id.clone()))
    );
    assert!(missing.differences[0].proposal.contains("xiezhi act resend"), "{missing:?}");
    let moving = BTreeSet::from([act.entry_key()]);
    assert!(
        reconcile(std::slice::from_ref(&public), &moving, &[], Vec::new(), noon()).is_clean(),
        "it changed while the list was read"
    );

    let other = held(&act, "abnormal_removed", &[("SpeCause", "1"), ("AbnTime", "2026-09-20")]);
    let different = compare(std::slice::from_ref(&public), std::slice::from_ref(&other));
    let fields: Vec<_> = different.differences[0].fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["status", "SpeCause", "AbnTime"]);
    for (column, value) in [("PenDecNo", "2号"), ("DecOrg", "110000"), ("DecorgCN", "某局")] {
        let found = compare(std::slice::from_ref(&public), &[held(&act, "abnormal_listed", &[(column, value)])]);
        assert_eq!(found.differences[0].fields[0].field, column, "{found:?}");
    }
    let mut named = public.clone();
    named.party.name = Some("某企业".to_owned());
    let there = held(&named, "abnormal_listed", &[]);
    assert!(compare(std::slice::from_ref(&named), std::slice::from_ref(&there)).is_clean());
    named.party.name = Some("另一企业".to_owned());
    let found = compare(&[named], &[there]);
    assert_eq!(found.differences[0].fields[0].field, "EntName", "{found:?}");
    let extra = compare(&[], &[other.clone(), other]);
    assert_eq!(extra.differences.iter().filter(|found| found.kind == DifferenceKind::Extra).count(), 2, "{extra:?}");
    assert!(!reconcile(&[], &nothing, &[], vec!["第1页第1条".to_owned()], noon()).is_clean());

    let wanted =
        Wanted { kind: ActKind::ListOut, cause: "5", takes_back: Some(&public), others: std::slice::from_ref(&public) };
    let removal = published(&engine, &act_of(&decided(&engine, &case, &wanted, at("2026-09-24 10:00:00"))));
    let removed = held(&act, "abnormal_removed", &[("RemExcpres", "5"), ("RemDate", "2026-09-24")]);
    assert!(compare(&[removal.clone(), public.clone()], std::slice::from_ref(&removed)).is_clean(), "in any order");
    for (column, value) in [("RePenDecNo", "2号"), ("ReDecOrg", "110000"), ("ReDecOrgCN", "某局"), ("RemExcpres", "1")]
    {
        let mut other = removed.clone();
        other.extra.insert(column.to_owned(), value.to_owned());
        let found = compare(&[public.clone(), removal.clone()], &[other]);
        assert_eq!(found.differences[0].fields[0].field, column, "{found:?}");
    }
    let still = compare(&[public, removal], &[held(&act, "abnormal_listed", &[])]);
    assert_eq!(still.differences[0].act, Some(ActId::of(&number("TZ-2026-0000017"), 2)));
    assert!(still.to_chinese().contains("内容不一致1条"), "{}", still.to_chinese());
}

#[test]
fn the_legal_day_does_not_wait_for_the_second_vote() {
    let engine = engine();
    let case = opened(&engine, 17);
    let act = act_of(&propose(&engine, &case, &LISTING, noon()).unwrap());
    let due = act.terms.due.clone().unwrap().at;
    assert_eq!(act.check_at, Some(due));
    let approve = || Ballot::Approve { decision: None, remark: String::new() };
    let examined = act_of(&engine.vote(&act, &[], &officer(), approve(), noon()).unwrap());
    assert_eq!(examined.check_at, Some(due), "the first vote does not stop the clock");
    assert!(engine.act_due(&examined, &[], &case.0, &[], due.plus_ms(-1)).is_none());

    let late = engine.act_due(&examined, &[], &case.0, &[], due).unwrap();
    let [entry] = late.settlement.audit.as_slice() else { panic!("{:?}", late.settlement.audit) };
    assert_eq!(entry.action, AuditAction::ActOverdue);
    assert!(entry.text.contains("待审核") && entry.text.contains("请尽快作出决定"), "{}", entry.text);
    let told = act_of(&late);
    assert_eq!((told.check_at, told.status), (None, ActStatus::Examined), "said once");
    let refusal = Ballot::Refuse { remark: "证据不足".to_owned() };
    let refused = act_of(&engine.vote(&act, &[], &officer(), refusal, noon()).unwrap());
    assert_eq!(refused.check_at, None, "what is refused has no day");
}

#[test]
fn what_is_public_stays_so_while_it_is_sent_anew() {
    let engine = engine();
    let (_, act) = listed(&engine);
    let public = published(&engine, &act);
    let since = public.answers[0].received_at;
    let now = at("2026-09-28 09:00:00");
    let anew = act_of(&engine.resend(&public, &[], &officer(), "对账缺少", now).unwrap());
    assert_eq!((anew.answers[0].status, anew.answers[0].public_since()), (AnswerStatus::Awaited, since));
    let filed = object(&engine, &anew, ObjectionStep::File, now).unwrap();
    assert_eq!(filed.objections.len(), 1, "the entity saw it");

    let id = anew.message_id(&agency(CREDIT));
    let repeated = act_of(&said(&engine, &anew, 911, vec![receipt(id.as_str(), "refused", "条目已存在")]));
    assert_eq!((repeated.answers[0].status, repeated.answers[0].public_since()), (AnswerStatus::Refused, since));
    let there = [held(&act, "abnormal_listed", &[])];
    let found = reconcile(&[repeated], &BTreeSet::new(), &there, Vec::new(), now);
    assert!(found.is_clean() && (found.alike, found.refused) == (1, 0), "only the repetition was refused: {found:?}");
    let applied = act_of(&said(&engine, &anew, 912, vec![receipt(id.as_str(), "accepted", "已公示")]));
    assert_eq!(applied.answers[0].public_since(), since, "the day to object runs from the first time");
}

#[test]
fn a_correction_proposed_before_an_objection_waits_for_it_too() {
    let engine = engine();
    let (case, act) = listed(&engine);
    let public = published(&engine, &act);
    let now = at("2026-09-22 10:00:00");
    let wanted = Wanted {
        kind: ActKind::Correction,
        cause: "4",
        takes_back: Some(&public),
        others: std::slice::from_ref(&public),
    };
    let correction = act_of(&propose(&engine, &case, &wanted, now).unwrap());
    let filed = object(&engine, &public, ObjectionStep::File, now).unwrap();
    let others = [filed, correction.clone()];
    let approve = Ballot::Approve { decision: None, remark: String::new() };
    let denial = engine.vote(&correction, &others, &officer(), approve.clone(), now).unwrap_err();
    assert_eq!(denial.code, "act.objection");
    let refusal = Ballot::Refuse { remark: "先办异议".to_owned() };
    assert!(engine.vote(&correction, &others, &officer(), refusal, now).is_ok(), "it may be refused");
    let accepted = object(&engine, &others[0], ObjectionStep::Accept, now).unwrap();
    let upheld = object(&engine, &accepted, ObjectionStep::Uphold, now).unwrap();
    assert!(engine.vote(&correction, &[upheld], &officer(), approve, now).is_ok());
}

#[test]
fn a_removed_listing_can_still_be_annulled_once() {
    let engine = engine();
    let (case, act) = listed(&engine);
    let public = published(&engine, &act);
    let (first, second) = (at("2026-09-24 10:00:00"), at("2026-09-25 10:00:00"));
    let mut all = vec![public.clone()];
    let wanted = |kind: ActKind, cause: &'static str| (kind, cause);
    let next = |all: &[LegalAct], (kind, cause): (ActKind, &str), now: UtcTime| {
        let wanted = Wanted { kind, cause, takes_back: Some(&public), others: all };
        propose(&engine, &case, &wanted, now).map(|_| act_of(&decided(&engine, &case, &wanted, now)))
    };
    all.push(published(&engine, &next(&all, wanted(ActKind::ListOut, " 5 "), first).unwrap()));
    assert_eq!(all[1].terms.cause.as_deref(), Some("5"), "codes are kept without blanks");
    let code = |denied: Result<LegalAct, Denial>| denied.unwrap_err().code;
    assert_eq!(code(next(&all, wanted(ActKind::ListOut, "5"), second)), "act.exists");
    all.push(published(&engine, &next(&all, wanted(ActKind::Correction, "9"), second).unwrap()));
    assert_eq!(code(next(&all, wanted(ActKind::Correction, "9"), second)), "act.exists");
    assert_eq!(code(next(&all, wanted(ActKind::ListOut, "5"), second)), "act.exists");
    // What was removed first stands there annulled, with the day of the annulment only.
    let there = [held(&act, "abnormal_annulled", &[("RemDate", "2026-09-25")])];
    let found = reconcile(&all, &BTreeSet::new(), &there, Vec::new(), second);
    assert!(found.is_clean() && found.alike == 1, "{found:?}");
}

#[test]
fn a_new_code_is_another_entity_and_its_case_says_where_to_remove() {
    let engine = engine();
    let (_, listing) = listed(&engine);
    let mut case = opened(&engine, 40);
    case.0.join_key = case.0.join_key.replace(YUNYI, "91110000600037341L");
    let wanted = Wanted { kind: ActKind::ListOut, cause: "5", takes_back: Some(&listing), others: &[] };
    let denial = propose(&engine, &case, &wanted, noon()).unwrap_err();
    assert_eq!(denial.code, "act.takes-back");
    assert!(denial.text.contains(listing.case_number.as_str()), "{}", denial.text);
}
