//! Messages of published acts that were given up: noted with their acts, sent again or anew, and never against what was decided since.

use std::collections::BTreeSet;

use xiezhi_engine::Engine;
use xiezhi_engine::reconcile::reconcile;
use xiezhi_model::MessageId;
use xiezhi_model::act::{ActKind, AnswerStatus, LegalAct, Stopped};
use xiezhi_model::audit::AuditAction;
use xiezhi_model::reconciliation::{DifferenceKind, Reconciliation};
use xiezhi_model::record::LedgerEntry;

use crate::publishing::{CREDIT, Wanted, act_of, decided, engine, held, listed, officer, published, receipt, said};
use crate::support::{agency, at, noon};

#[test]
fn a_message_that_was_given_up_is_noted_with_its_act_until_it_is_sent_again() {
    let engine = engine();
    let ((case, _), act) = listed(&engine);
    let id = act.message_id(&agency(CREDIT));
    let note =
        |act: &LegalAct, stopped: &Stopped| xiezhi_engine::given_up(std::slice::from_ref(act), &id, stopped, noon());
    let tried_out = Stopped { reason: "credit.server-error".to_owned(), was_never_taken: false };
    let given_up = note(&act, &tried_out).unwrap();
    let (stopped, entry) = (given_up.acts[0].clone(), given_up.audit[0].clone());
    assert_eq!(stopped.answers[0].stopped.as_ref(), Some(&tried_out));
    assert_eq!((stopped.version, entry.action), (act.version + 1, AuditAction::ActDelivery));
    assert!(entry.text.contains(&format!("xiezhi message redrive {id}")), "{}", entry.text);
    assert_eq!((entry.case_number, entry.message_id), (Some(act.case_number.clone()), Some(id.clone())));
    assert_eq!(note(&stopped, &tried_out), None, "noted once");

    let due = act.terms.due.clone().unwrap().at;
    let late = engine.act_due(&stopped, &[], &case, &[], due).unwrap();
    let text = &late.settlement.audit[0].text;
    assert!(text.contains("报文已停止推送") && !text.contains("继续自动推送"), "{text}");
    let denied = engine.resend(&act_of(&late), &[], &officer(), "核对", due).unwrap_err();
    assert_eq!(denied.code, "act.resend", "a try may have been taken");
    let refused = Stopped { reason: "credit.bad-request".to_owned(), was_never_taken: true };
    let certain = note(&act, &refused).unwrap();
    assert!(certain.audit[0].text.contains("xiezhi act resend"), "{}", certain.audit[0].text);
    let anew = act_of(&engine.resend(&certain.acts[0], &[], &officer(), "适配插件已更正", due).unwrap());
    assert_eq!((anew.answers[0].status, &anew.answers[0].stopped), (AnswerStatus::Awaited, &None));
    let acts = [anew];
    let denied = xiezhi_engine::sent_again(&acts, &id, noon()).unwrap_err();
    assert_eq!(denied.code, "act.sent-anew", "the earlier message must not go out beside it");
    assert!(xiezhi_engine::sent_again(&acts, &acts[0].message_id(&agency(CREDIT)), noon()).is_ok());

    let again = xiezhi_engine::sent_again(&[act_of(&late)], &id, noon()).unwrap().note.unwrap();
    assert!(again.acts[0].answers[0].stopped.is_none() && again.audit[0].text.contains("恢复推送"), "{again:?}");
    let public = published(&engine, &stopped);
    assert_eq!((public.answers[0].status, &public.answers[0].stopped), (AnswerStatus::Applied, &None));
    assert_eq!(note(&public, &tried_out), None, "its receipt came after all");
    let other = xiezhi_model::MessageId::parse("xz-other").unwrap();
    assert_eq!(
        xiezhi_engine::given_up(std::slice::from_ref(&act), &other, &tried_out, noon()),
        None,
        "it carries no act"
    );
    assert_eq!(xiezhi_engine::sent_again(&[act], &other, noon()).unwrap().note, None);
}

#[test]
fn only_the_last_word_about_an_entry_is_sent_anew() {
    let engine = engine();
    let (case, listing) = listed(&engine);
    let public = published(&engine, &listing);
    let wanted =
        Wanted { kind: ActKind::ListOut, cause: "5", takes_back: Some(&public), others: std::slice::from_ref(&public) };
    let later = at("2026-09-24 10:00:00");
    let removal = act_of(&decided(&engine, &case, &wanted, later));
    let id = removal.message_id(&agency(CREDIT));
    let refused = act_of(&said(&engine, &removal, 910, vec![receipt(id.as_str(), "refused", "条目不存在")]));
    let all = [public.clone(), refused.clone()];
    let denial = engine.resend(&public, &all, &officer(), "对账缺少", later).unwrap_err();
    assert!(denial.text.contains(&format!("请推送{}", refused.id)), "{}", denial.text);
    assert!(engine.resend(&refused, &all, &officer(), "对方已补录", later).is_ok());
    // Reconciliation does not propose it either.
    let removed = published(&engine, &removal);
    let missing = reconcile(&[public, removed], &BTreeSet::new(), &[], Vec::new(), later);
    assert_eq!(missing.differences[0].kind, DifferenceKind::Missing);
    assert!(!missing.differences[0].proposal.contains("act resend"), "{missing:?}");
}

fn message_of(act: &LegalAct) -> MessageId {
    act.message_id(&agency(CREDIT))
}

/// The act, its message given up.
fn stopped(act: &LegalAct, was_never_taken: bool) -> LegalAct {
    let stopped = Stopped { reason: "credit.server-error".to_owned(), was_never_taken };
    xiezhi_engine::given_up(std::slice::from_ref(act), &message_of(act), &stopped, noon()).unwrap().acts[0].clone()
}

fn refused(engine: &Engine, act: &LegalAct) -> LegalAct {
    act_of(&said(engine, act, 920, vec![receipt(message_of(act).as_str(), "refused", "条目不存在")]))
}

fn compared(acts: &[LegalAct], there: &[LedgerEntry]) -> Reconciliation {
    reconcile(acts, &BTreeSet::new(), there, Vec::new(), noon())
}

fn kinds(found: &Reconciliation) -> Vec<DifferenceKind> {
    found.differences.iter().map(|found| found.kind).collect()
}

#[test]
fn a_message_of_what_was_annulled_since_is_not_sent_again() {
    let engine = engine();
    let (case, listing) = listed(&engine);
    let listing = stopped(&listing, false);
    let (cause, takes_back, others) = ("5", Some(&listing), std::slice::from_ref(&listing));
    let removal = Wanted { kind: ActKind::ListOut, cause, takes_back, others };
    let removal = act_of(&decided(&engine, &case, &removal, at("2026-09-24 10:00:00")));
    let both = [listing.clone(), removal.clone()];
    let again = xiezhi_engine::sent_again(&both, &message_of(&listing), noon()).unwrap();
    assert_eq!(again.then, Some(removal.id.clone()), "the removal needs its listing there, and is looked at then");
    assert_eq!(again.note.unwrap().acts[0].version, listing.version + 1, "on the version that was looked at");

    let correction = Wanted { kind: ActKind::Correction, cause, takes_back, others: &both };
    let correction = act_of(&decided(&engine, &case, &correction, at("2026-09-25 10:00:00")));
    let all = [listing.clone(), removal, correction.clone()];
    for earlier in &all[..2] {
        let denied = xiezhi_engine::sent_again(&all, &message_of(earlier), noon()).unwrap_err();
        assert_eq!(denied.code, "act.taken-back", "it would put back what two persons took back");
        assert!(denied.text.contains(&format!("需要时请推送{}", correction.id)), "{}", denied.text);
    }
    assert!(xiezhi_engine::sent_again(&all, &message_of(&correction), noon()).is_ok());
    // Nor is anybody told to.
    let reason = Stopped { reason: "credit.timeout".to_owned(), was_never_taken: false };
    let note = xiezhi_engine::given_up(&all, &message_of(&listing), &reason, noon()).unwrap();
    assert!(note.audit[0].text.contains("不再推送") && !note.audit[0].text.contains("redrive"), "{note:?}");
    let due = listing.terms.due.clone().unwrap().at;
    let late = engine.act_due(&listing, &all, &case.0, &[], due).unwrap();
    assert!(late.settlement.audit[0].text.contains("不再推送"), "{late:?}");
}

#[test]
fn a_listing_that_never_arrived_is_sent_anew_though_its_removal_was_decided() {
    let engine = engine();
    let (case, act) = listed(&engine);
    for listing in [stopped(&act, true), refused(&engine, &act)] {
        let others = std::slice::from_ref(&listing);
        let wanted = Wanted { kind: ActKind::ListOut, cause: "5", takes_back: Some(&listing), others };
        let now = at("2026-09-24 10:00:00");
        let removal = act_of(&decided(&engine, &case, &wanted, now));
        let on_its_way = [listing.clone(), removal.clone()];
        assert!(engine.resend(&listing, &on_its_way, &officer(), "已更正", now).is_err(), "the removal may arrive");
        let in_vain = [listing.clone(), refused(&engine, &removal)];
        let anew = act_of(&engine.resend(&listing, &in_vain, &officer(), "已更正", now).unwrap());
        let public = published(&engine, &anew);
        let after = [public.clone(), in_vain[1].clone()];
        assert!(engine.resend(&in_vain[1], &after, &officer(), "列入已公示", now).is_ok(), "then the removal");
        assert!(engine.resend(&public, &after, &officer(), "再来", now).is_err(), "it is there now");
        // What stands there meanwhile is told.
        let found = compared(&after, &[held(&act, "abnormal_listed", &[])]);
        assert_eq!(kinds(&found), [DifferenceKind::Different], "{found:?}");
    }
}

#[test]
fn what_is_sent_no_more_is_told_by_reconciliation() {
    let engine = engine();
    let (case, act) = listed(&engine);
    let there = [held(&act, "abnormal_listed", &[])];
    let given_up = stopped(&act, false);
    for list in [&there[..], &[]] {
        let found = compared(std::slice::from_ref(&given_up), list);
        assert_eq!(kinds(&found), [DifferenceKind::Stopped], "{found:?}");
        assert!(found.differences[0].proposal.contains(message_of(&act).as_str()), "{found:?}");
        assert!(!found.is_clean() && found.to_chinese().contains("停止推送1条"), "{}", found.to_chinese());
    }

    let public = published(&engine, &act);
    let wanted = |kind, others| Wanted { kind, cause: "5", takes_back: Some(&public), others };
    let removal = wanted(ActKind::ListOut, std::slice::from_ref(&public));
    let removal = act_of(&decided(&engine, &case, &removal, at("2026-09-24 10:00:00")));
    let both = [public.clone(), removal.clone()];
    let correction = wanted(ActKind::Correction, &both);
    let correction = act_of(&decided(&engine, &case, &correction, at("2026-09-25 10:00:00")));
    let removal_stopped = stopped(&removal, false);
    assert_eq!(kinds(&compared(&[public.clone(), removal_stopped.clone()], &there)), [DifferenceKind::Stopped]);
    // Only the last word counts: an annulled entry waits for no removal.
    let annulled = [held(&act, "abnormal_annulled", &[("RemDate", "2026-09-25")])];
    let last = [public.clone(), removal_stopped, published(&engine, &correction)];
    let found = compared(&last, &annulled);
    assert!(found.is_clean() && found.alike == 1, "{found:?}");

    // A listing that never arrived and was annulled need not be there, and is told where it is.
    let never = [given_up, refused(&engine, &correction)];
    let found = compared(&never, &[]);
    assert!(found.is_clean() && found.refused == 1, "{found:?}");
    let found = compared(&never, &there);
    assert_eq!(kinds(&found), [DifferenceKind::Extra], "{found:?}");
    assert!(found.differences[0].proposal.contains(correction.id.as_str()), "{found:?}");
    // The receipt of an annulment says that the entry was there, whatever became of the listing's own.
    let confirmed = [stopped(&act, false), published(&engine, &correction)];
    assert!(compared(&confirmed, &annulled).is_clean());
    // Neither arrived, and nobody has to want it there.
    for list in [&[][..], &there] {
        let neither = [stopped(&act, true), refused(&engine, &removal)];
        let found = compared(&neither, list);
        assert_eq!((found.is_clean(), found.refused), (list.is_empty(), 1), "{found:?}");
    }
    // A listing that may be there is told, and what comes after it.
    let found = compared(&[stopped(&act, false), refused(&engine, &removal)], &[]);
    assert_eq!(kinds(&found), [DifferenceKind::Stopped], "{found:?}");
    assert!(found.differences[0].proposal.contains(removal.id.as_str()), "{found:?}");
    // The removal comes after its listing, whatever the clock was.
    let mut early = published(&engine, &removal);
    early.votes.iter_mut().for_each(|vote| vote.at = at("2026-09-20 10:00:00"));
    let removed = [held(&act, "abnormal_removed", &[("RemExcpres", "5"), ("RemDate", "2026-09-20")])];
    assert!(compared(&[early, published(&engine, &act)], &removed).is_clean());
    // A removal that was refused leaves the entry public.
    let listed_still = [published(&engine, &act), refused(&engine, &removal)];
    assert_eq!(kinds(&compared(&listed_still, &there)), [DifferenceKind::Different]);
}

#[test]
fn what_is_taken_back_may_not_change_while_that_is_decided() {
    let engine = engine();
    let (case, act) = listed(&engine);
    let public = published(&engine, &act);
    let others = std::slice::from_ref(&public);
    let wanted = Wanted { kind: ActKind::Correction, cause: "5", takes_back: Some(&public), others };
    let decision = decided(&engine, &case, &wanted, at("2026-09-24 10:00:00"));
    assert_eq!(act_of(&decision).kind, ActKind::Correction);
    let touched = &decision.settlement.acts[1];
    assert_eq!(*touched, LegalAct { version: public.version + 1, ..public }, "only its version is another");
}

#[test]
fn what_is_sent_anew_names_the_authority_that_decided_it() {
    let engine = engine();
    let (_, act) = listed(&engine);
    let authority = act.authority.clone().unwrap();
    assert_eq!(authority.name, "北京市通州区市场监督管理局");
    let mut renamed = refused(&engine, &act);
    renamed.authority.as_mut().unwrap().name = "旧名称".to_owned();
    let anew = engine.resend(&renamed, &[], &officer(), "已更正", noon()).unwrap();
    let xiezhi_model::Record::Publication(publication) = &anew.drafts[0].record else { panic!("{anew:?}") };
    assert_eq!(publication.authority.as_deref(), Some("旧名称"), "as it was decided");
}
