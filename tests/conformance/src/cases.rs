//! Reading cases, sources and assignments.

use xiezhi_model::AssignmentId;
use xiezhi_model::case::CaseStatus;
use xiezhi_ports::{CaseFilter, CaseWrite, DueAssignment, LOAD_KEYS_MAX, Settled, Settlement, Store, StoreError};

use crate::Backend;
use crate::fixtures::{assignment, at, case, leased, next_version, number, open_case, source, timer, write};

async fn numbers(store: &dyn Store, filter: CaseFilter) -> Vec<String> {
    store.case_list(&filter).await.unwrap().into_iter().map(|case| case.number.to_string()).collect()
}

/// Open cases by any of several keys; unknown keys find nothing.
pub async fn cases_are_found_by_join_key(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let first = open_case(store, case("TZ-1", "key-1", 5)).await;
    open_case(store, case("TZ-2", "key-2", 5)).await;
    let third = open_case(store, case("TZ-3", "key-3", 5)).await;
    let keys = ["key-3".to_owned(), "nothing".to_owned(), "key-1".to_owned()];
    let mut found = store.cases_by_join_key(&keys).await.unwrap();
    found.sort_by(|a, b| a.number.cmp(&b.number));
    assert_eq!(found, [first, third]);
    assert_eq!(store.cases_by_join_key(&[]).await.unwrap(), []);
    let mut most: Vec<String> = (0..LOAD_KEYS_MAX).map(|n| format!("key-{n}")).collect();
    assert_eq!(store.cases_by_join_key(&most).await.unwrap().len(), 3);
    most.push("one too many".into());
    let error = store.cases_by_join_key(&most).await.unwrap_err();
    assert!(matches!(error, StoreError::Invalid(_)), "{error}");
    assert_eq!(store.case_load(&number("TZ-9")).await.unwrap(), None);
}

/// Each filter, the order and the pages.
pub async fn list_filters_and_pages(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let table = [
        ("TZ-1", CaseStatus::Open, "lost-contact"),
        ("TZ-2", CaseStatus::Unrouted, "unsafe"),
        ("TZ-3", CaseStatus::Closed, "lost-contact"),
        ("TZ-4", CaseStatus::FedBack, "unsafe"),
        ("TZ-5", CaseStatus::Open, "unsafe"),
    ];
    for (case_number, status, category) in table {
        let mut opened = case(case_number, case_number, 5);
        opened.status = status;
        opened.category = category.into();
        open_case(store, opened).await;
    }
    let all = || CaseFilter { limit: 10, ..CaseFilter::default() };
    let status = |status| CaseFilter { status: Some(status), ..all() };
    let table = [
        (all(), "TZ-5 TZ-4 TZ-3 TZ-2 TZ-1"),
        (status(CaseStatus::Open), "TZ-5 TZ-1"),
        (status(CaseStatus::Unrouted), "TZ-2"),
        (status(CaseStatus::FedBack), "TZ-4"),
        (status(CaseStatus::Closed), "TZ-3"),
        (CaseFilter { category: Some("unsafe".into()), ..all() }, "TZ-5 TZ-4 TZ-2"),
        (CaseFilter { category: Some("unsafe".into()), ..status(CaseStatus::Open) }, "TZ-5"),
        (CaseFilter { limit: 2, offset: 1, ..all() }, "TZ-4 TZ-3"),
        (CaseFilter { offset: 5, ..all() }, ""),
        (CaseFilter { limit: 0, ..all() }, ""),
    ];
    for (filter, expected) in table {
        assert_eq!(numbers(store, filter.clone()).await.join(" "), expected, "{filter:?}");
    }
    assert_eq!(store.counts().await.unwrap().cases_open, 4);
}

/// Sources are appended, oldest first, and limited.
pub async fn sources_are_appended(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let message = leased(store, "m1").await;
    let mut written = case("TZ-1", "key", 5);
    for row in 1..=3 {
        let with_source = CaseWrite { case: written.clone().into(), sources: vec![source(&message, row)] };
        let settlement = Settlement { cases: vec![with_source], ..timer() };
        assert_eq!(store.settle(&[settlement]).await.unwrap(), [Settled::Applied]);
        written = next_version(written);
    }
    let rows = |sources: Vec<xiezhi_model::case::Source>| sources.into_iter().map(|s| s.row).collect::<Vec<_>>();
    assert_eq!(rows(store.case_sources(&number("TZ-1"), 10).await.unwrap()), [1, 2, 3]);
    assert_eq!(rows(store.case_sources(&number("TZ-1"), 2).await.unwrap()), [1, 2]);
    let several = [number("TZ-9"), number("TZ-1")];
    let of_several = store.case_sources_of(&several, 2).await.unwrap();
    assert_eq!(of_several.into_iter().map(rows).collect::<Vec<_>>(), [vec![], vec![1, 2]]);
    assert_eq!(rows(store.case_sources(&number("TZ-9"), 2).await.unwrap()), [] as [u32; 0]);
}

/// Assignments are due by their time, oldest first, limited, and follow each write of their case.
pub async fn assignments_fall_due(backend: &dyn Backend) {
    let store = backend.open().await.store;
    let store = store.as_ref();
    let due_of = |case: &str, nth| {
        let case_number = number(case);
        DueAssignment { assignment: AssignmentId::of(&case_number, nth), case_number }
    };
    let mut first = case("TZ-1", "key-1", 300);
    first.assignments.push(assignment(&first.number, 2, Some(100)));
    first.assignments.push(assignment(&first.number, 3, None));
    let first = open_case(store, first).await;
    open_case(store, case("TZ-2", "key-2", 200)).await;
    assert_eq!(store.assignments_due(at(99), 10).await.unwrap(), []);
    assert_eq!(store.assignments_due(at(100), 10).await.unwrap(), [due_of("TZ-1", 2)]);
    let all = [due_of("TZ-1", 2), due_of("TZ-2", 1), due_of("TZ-1", 1)];
    assert_eq!(store.assignments_due(at(300), 10).await.unwrap(), all);
    assert_eq!(store.assignments_due(at(300), 2).await.unwrap(), all[..2]);

    let mut answered = next_version(first);
    answered.assignments[0].check_at = Some(at(900));
    answered.assignments[1].check_at = None;
    assert_eq!(
        store.settle(&[Settlement { cases: vec![write(answered)], ..timer() }]).await.unwrap(),
        [Settled::Applied]
    );
    assert_eq!(store.assignments_due(at(899), 10).await.unwrap(), [due_of("TZ-2", 1)]);
    assert_eq!(store.assignments_due(at(900), 10).await.unwrap(), [due_of("TZ-2", 1), due_of("TZ-1", 1)]);
}
