//! Legal acts and accounts: written in one piece, based on what they were, kept for ever.

use xiezhi_model::act::{Account, ActKind, ActStatus, ActTerms, LegalAct, PersonRole, Proposer};
use xiezhi_model::audit::{AuditAction, AuditEntry};
use xiezhi_model::record::Party;
use xiezhi_model::{AccountName, ActId, ClauseId};
use xiezhi_ports::{ActFilter, InboxOutcome, Settled, Settlement, Store, StoreError, Trigger};

use crate::Backend;
use crate::fixtures::{at, number, outgoing, settlement, verified};

fn name(text: &str) -> AccountName {
    AccountName::parse(text).unwrap()
}

pub(crate) fn act(case: &str, nth: usize, version: u32) -> LegalAct {
    LegalAct {
        id: ActId::of(&number(case), nth),
        kind: ActKind::ListIn,
        case_number: number(case),
        entity: String::new(),
        party: Party::default(),
        clause: ClauseId::parse("5.3.9(2)").unwrap(),
        reason: "无法取得联系".to_owned(),
        evidence: Vec::new(),
        terms: ActTerms::default(),
        decision: None,
        authority: None,
        proposed_by: Proposer::Person(name("officer-a")),
        proposed_at: at(1),
        status: ActStatus::Proposed,
        votes: Vec::new(),
        answers: Vec::new(),
        resends: 0,
        objections: Vec::new(),
        check_at: None,
        version,
    }
}

fn history(act: &LegalAct, action: AuditAction) -> AuditEntry {
    let mut entry = AuditEntry::new(at(1), action, "person:officer-a", "拟办");
    entry.act = Some(act.id.clone());
    entry.case_number = Some(act.case_number.clone());
    entry
}

pub(crate) fn step(act: LegalAct, action: AuditAction) -> Settlement {
    let audit = vec![history(&act, action)];
    Settlement { acts: vec![act], audit, ..settlement(Trigger::Person, InboxOutcome::Done) }
}

async fn listed(store: &dyn Store, filter: ActFilter) -> Vec<String> {
    store.act_list(&filter).await.unwrap().into_iter().map(|act| act.id.to_string()).collect()
}

/// An act, its history and what carries it out are there together, or not at all.
pub async fn an_act_is_written_on_its_own_version(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let proposed = act("TZ-1", 1, 1);
    assert_eq!(store.settle(&[step(proposed.clone(), AuditAction::ActProposed)]).await.unwrap(), [Settled::Applied]);
    assert_eq!(store.act_load(&proposed.id).await.unwrap(), Some(proposed.clone()));
    assert_eq!(
        store.settle(&[step(proposed.clone(), AuditAction::ActProposed)]).await.unwrap(),
        [Settled::Conflict],
        "the number is taken"
    );
    let decided = LegalAct { status: ActStatus::Decided, version: 2, ..proposed.clone() };
    let carried_out = |ms| Settlement {
        outgoing: vec![outgoing("police", Some("TZ-1"), "decided", ms)],
        ..step(decided.clone(), AuditAction::ActDecided)
    };
    assert_eq!(store.settle(&[carried_out(2), carried_out(3)]).await.unwrap(), [Settled::Applied, Settled::Conflict]);
    assert_eq!(store.act_load(&proposed.id).await.unwrap(), Some(decided));
    let rows = store.audit_by_case(&number("TZ-1"), 10).await.unwrap();
    let actions: Vec<_> = rows.iter().map(|row| row.entry.action).collect();
    assert_eq!(actions, [AuditAction::ActProposed, AuditAction::ActDecided], "nothing of what was refused");
    assert_eq!(store.counts().await.unwrap().outbox_pending, 1);
    verified(store).await;
}

/// An impossible act costs its settlement only.
pub async fn impossible_acts_are_refused(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let twice = Settlement {
        acts: vec![act("TZ-1", 1, 1), act("TZ-1", 1, 2)],
        ..step(act("TZ-1", 1, 1), AuditAction::ActProposed)
    };
    for bad in [step(act("TZ-1", 1, 0), AuditAction::ActProposed), twice] {
        assert!(matches!(store.settle(&[bad]).await.unwrap_err(), StoreError::Invalid(_)));
    }
    assert_eq!(store.act_load(&act("TZ-1", 1, 1).id).await.unwrap(), None);
}

/// By status and case, newest first, in pages.
pub async fn acts_are_listed(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let examined = LegalAct { status: ActStatus::Examined, ..act("TZ-2", 1, 1) };
    for act in [act("TZ-1", 1, 1), examined, act("TZ-1", 2, 1)] {
        store.settle(&[step(act, AuditAction::ActProposed)]).await.unwrap();
    }
    let all = ActFilter { limit: 10, ..ActFilter::default() };
    assert_eq!(listed(store, all.clone()).await, ["TZ-1/A2", "TZ-2/A1", "TZ-1/A1"]);
    assert_eq!(listed(store, ActFilter { limit: 1, offset: 1, ..all.clone() }).await, ["TZ-2/A1"]);
    assert_eq!(listed(store, ActFilter { status: Some(ActStatus::Examined), ..all.clone() }).await, ["TZ-2/A1"]);
    let of_case = ActFilter { case_number: Some(number("TZ-1")), ..all.clone() };
    assert_eq!(listed(store, of_case.clone()).await, ["TZ-1/A2", "TZ-1/A1"]);
    assert_eq!(listed(store, ActFilter { status: Some(ActStatus::Decided), ..of_case }).await, Vec::<String>::new());
    assert_eq!(listed(store, ActFilter { limit: 0, ..all }).await, Vec::<String>::new());
}

/// A denial is history of its own, and changes nothing.
pub async fn a_denial_is_kept(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let proposed = act("TZ-1", 1, 1);
    store.settle(&[step(proposed.clone(), AuditAction::ActProposed)]).await.unwrap();
    store.act_denied(&history(&proposed, AuditAction::ActDenied)).await.unwrap();
    let rows = store.audit_by_case(&number("TZ-1"), 10).await.unwrap();
    assert_eq!(rows.last().map(|row| row.entry.action), Some(AuditAction::ActDenied));
    assert_eq!(store.act_load(&proposed.id).await.unwrap(), Some(proposed));
    verified(store).await;
}

/// A name means one person for ever; changes are kept, and outlive the process.
pub async fn accounts_are_kept(backend: &dyn Backend) {
    let entry = |action| AuditEntry::new(at(1), action, "operator", "账号");
    let account = |text: &str, role| Account {
        name: name(text),
        role,
        password_hash: format!("hash of {text}"),
        created_at: at(1),
        disabled: false,
    };
    let (first, second) = (account("wang-lan", PersonRole::Officer), account("chen-yu", PersonRole::Reviewer));
    let closed = Account { disabled: true, ..first.clone() };
    {
        let store = backend.open().await.store;
        assert_eq!(store.account_load(&first.name).await.unwrap(), None);
        assert!(!store.account_change(&first, &entry(AuditAction::AccountChanged)).await.unwrap(), "there is none");
        assert!(store.account_add(&first, &entry(AuditAction::AccountAdded)).await.unwrap());
        assert!(store.account_add(&second, &entry(AuditAction::AccountAdded)).await.unwrap());
        assert!(store.account_change(&closed, &entry(AuditAction::AccountChanged)).await.unwrap());
        assert!(!store.account_add(&first, &entry(AuditAction::AccountAdded)).await.unwrap(), "also when it is closed");
        assert_eq!(store.audit_verify().await.unwrap().rows, 3, "what changed nothing is no history");
    }
    let store = backend.open().await.store;
    assert_eq!(store.accounts().await.unwrap(), [second, closed.clone()]);
    assert_eq!(store.account_load(&closed.name).await.unwrap(), Some(closed));
}
