//! The entities' files: written with what else a message changes, read whole, listed by host unit and by when something came.

use xiezhi_model::act::LegalAct;
use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::{Case, CaseStatus};
use xiezhi_model::ledger::{EntityFile, EntityRecord};
use xiezhi_model::record::{LedgerEntry, Party};
use xiezhi_model::{InboxSeq, MessageId, Record};
use xiezhi_ports::{EntityFilter, InboxOutcome, Settled, Settlement, Store, Trigger};

use crate::Backend;
use crate::acts::{act, step};
use crate::fixtures::{agency, at, case, next_version, settlement, write};

fn kept(entity: &str, reference: &str, host_unit: Option<&str>, ms: i64) -> EntityRecord {
    EntityRecord {
        entity: entity.to_owned(),
        agency: agency("address-filing"),
        message_id: MessageId::parse("m-1").unwrap(),
        inbox_seq: InboxSeq(1),
        row: 1,
        received_at: at(ms),
        record: Record::LedgerEntry(Box::new(LedgerEntry {
            reference: reference.to_owned(),
            party: Party { name: Some(reference.to_owned()), ..Party::default() },
            host_unit: host_unit.map(str::to_owned),
            ..LedgerEntry::default()
        })),
    }
}

fn keeping(records: Vec<EntityRecord>) -> Settlement {
    Settlement { entity_records: records, ..settlement(Trigger::Timer, InboxOutcome::Done) }
}

async fn keep(store: &dyn Store, records: Vec<EntityRecord>) {
    assert_eq!(store.settle(&[keeping(records)]).await.unwrap(), [Settled::Applied]);
}

/// Records, cases (closed ones too) and acts of one entity, oldest first, and nobody else's.
pub async fn a_file_holds_all_of_one_entity(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    assert_eq!(
        store.entity_file("uscc:A", 10).await.unwrap(),
        EntityFile { entity: "uscc:A".to_owned(), ..EntityFile::default() }
    );
    keep(store, vec![kept("uscc:A", "1", None, 1), kept("uscc:B", "2", None, 2), kept("uscc:A", "3", Some("甲"), 3)])
        .await;
    // Names that begin alike, and the signs beside `#`.
    let cases = [
        ("TZ-1", "uscc:A#x"),
        ("TZ-2", "uscc:AB#x"),
        ("TZ-3", "uscc:A#y"),
        ("TZ-4", "uscc:A\"#x"),
        ("TZ-5", "uscc:A$#x"),
    ];
    for (number, key) in cases {
        let settled =
            store.settle(&[Settlement { cases: vec![write(case(number, key, 1))], ..keeping(Vec::new()) }]).await;
        assert_eq!(settled.unwrap(), [Settled::Applied]);
    }
    let closed = Case { status: CaseStatus::Closed, ..next_version(case("TZ-1", "uscc:A#x", 1)) };
    let ended = Settlement { cases: vec![write(closed)], ..keeping(Vec::new()) };
    assert_eq!(store.settle(&[ended]).await.unwrap(), [Settled::Applied]);
    let of = |number: &str, entity: &str| LegalAct { entity: entity.to_owned(), ..act(number, 1, 1) };
    for act in [of("TZ-1", "uscc:A"), of("TZ-2", "uscc:AB"), of("TZ-3", "uscc:A")] {
        store.settle(&[step(act, AuditAction::ActProposed)]).await.unwrap();
    }
    let file = store.entity_file("uscc:A", 10).await.unwrap();
    let references: Vec<_> = file.records.iter().filter_map(|kept| kept.record.reference()).collect();
    assert_eq!(references, ["1", "3"]);
    assert_eq!(file.cases.iter().map(|case| case.number.as_str()).collect::<Vec<_>>(), ["TZ-1", "TZ-3"]);
    assert_eq!(file.acts.iter().map(|act| act.id.as_str()).collect::<Vec<_>>(), ["TZ-1/A1", "TZ-3/A1"]);
    assert_eq!(store.acts_of_entity("uscc:A", 10).await.unwrap(), file.acts);
    assert!(file.is_of_host_unit("甲"));
    let newest = store.entity_file("uscc:A", 1).await.unwrap();
    assert_eq!(newest.records, file.records[1..]);
    assert_eq!((newest.cases.len(), newest.acts.as_slice()), (1, &file.acts[1..]));
}

/// By host unit, by when something came, in pages.
pub async fn entities_are_listed(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    keep(store, vec![kept("uscc:B", "1", Some("甲"), 1), kept("uscc:A", "2", Some("甲"), 5)]).await;
    keep(
        store,
        vec![kept("uscc:C", "3", Some("乙"), 9), kept("uscc:D", "4", None, 9), kept("uscc:B", "5", Some("甲"), 9)],
    )
    .await;
    let all = EntityFilter { limit: 10, ..EntityFilter::default() };
    let listed = |filter: EntityFilter| async move { store.entities(&filter).await.unwrap() };
    assert_eq!(listed(all.clone()).await, ["uscc:A", "uscc:B", "uscc:C", "uscc:D"]);
    assert_eq!(listed(EntityFilter { host_unit: Some("甲".into()), ..all.clone() }).await, ["uscc:A", "uscc:B"]);
    assert_eq!(listed(EntityFilter { since: Some(at(6)), ..all.clone() }).await, ["uscc:B", "uscc:C", "uscc:D"]);
    assert_eq!(listed(EntityFilter { after: Some("uscc:B".into()), limit: 1, ..all.clone() }).await, ["uscc:C"]);
    assert_eq!(listed(EntityFilter { limit: 0, ..all }).await, Vec::<String>::new());
    assert_eq!(store.host_units(None, 10).await.unwrap(), ["乙", "甲"]);
    assert_eq!(store.host_units(Some("乙"), 10).await.unwrap(), ["甲"]);
    assert_eq!(store.host_units(None, 1).await.unwrap(), ["乙"]);
}

/// An act is due from its time on, until it is written without one.
pub async fn acts_are_due_at_their_time(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let due = |number: &str, ms| LegalAct { check_at: Some(at(ms)), ..act(number, 1, 1) };
    for act in [due("TZ-1", 20), due("TZ-2", 10), act("TZ-3", 1, 1)] {
        store.settle(&[step(act, AuditAction::ActProposed)]).await.unwrap();
    }
    let ids = |acts: Vec<LegalAct>| acts.into_iter().map(|act| act.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(store.acts_due(at(9), 10).await.unwrap()), Vec::<String>::new());
    assert_eq!(ids(store.acts_due(at(20), 10).await.unwrap()), ["TZ-2/A1", "TZ-1/A1"]);
    assert_eq!(ids(store.acts_due(at(20), 1).await.unwrap()), ["TZ-2/A1"]);
    let done = LegalAct { version: 2, check_at: None, ..due("TZ-2", 10) };
    store.settle(&[step(done, AuditAction::ActAnswered)]).await.unwrap();
    assert_eq!(ids(store.acts_due(at(20), 10).await.unwrap()), ["TZ-1/A1"]);
}
