//! Reading one case among a million against among ten thousand.

use xiezhi_model::case::{Case, CaseStatus};
use xiezhi_model::record::Party;
use xiezhi_model::{CaseNumber, ClauseId, InboxSeq, RuleId, UtcTime};
use xiezhi_ports::{CaseWrite, Cases as _, InboxOutcome, Settle as _, Settlement, Trigger};
use xiezhi_store_sqlite::{SqliteSettings, SqliteStore};

use crate::figure::{Better, Figure, seconds_per_call};

/// Cases in the small store and in the large one.
const SIZES: [i64; 2] = [10_000, 1_000_000];
/// Cases written in one settlement.
const STEP: i64 = 5_000;

/// Measures both.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut times = Vec::new();
    for size in SIZES {
        let folder = tempfile::tempdir()?;
        let store = SqliteStore::open(folder.path().join("cases.sqlite"), SqliteSettings::default())?;
        runtime.block_on(fill(&store, size))?;
        let mut next = 7_i64;
        times.push(seconds_per_call(|| {
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = CaseNumber::for_intake(2026, InboxSeq(next.rem_euclid(size)), 0);
            let found = runtime.block_on(store.case_load(&number));
            assert!(found.is_ok_and(|case| case.is_some()), "{number} is not there");
        }));
    }
    let against = "the same read among ten thousand cases";
    Ok(vec![
        Figure::plain("case_read_us", times[1] * 1e6, "us", Better::Lower, "one case among a million"),
        Figure::plain("case_read_million_vs_ten_thousand", times[1] / times[0], "ratio", Better::Lower, against)
            .demanding(2.0, 1.2),
    ])
}

async fn fill(store: &SqliteStore, size: i64) -> anyhow::Result<()> {
    let at = UtcTime::parse_rfc3339("2026-09-21T09:06:00+08:00")?;
    let mut first = 0;
    while first < size {
        let cases = (first..(first + STEP).min(size))
            .map(|n| CaseWrite { case: case(n, at).into(), sources: Vec::new() })
            .collect();
        let settlement = Settlement { cases, ..Settlement::empty(Trigger::Timer, InboxOutcome::Done, at) };
        store.settle(&[settlement]).await?;
        first += STEP;
    }
    Ok(())
}

fn case(n: i64, at: UtcTime) -> Case {
    Case {
        number: CaseNumber::for_intake(2026, InboxSeq(n), 0),
        join_key: format!("entity-{n}|lost_contact"),
        category: "lost_contact".into(),
        category_name: "失联".into(),
        clause: ClauseId::parse("5.3.9(2)").expect("a clause"),
        rule: RuleId::parse("bench").expect("a rule"),
        policy_version: "bench".into(),
        party: Party { name: Some(format!("北京测试第{n}号企业管理有限公司")), ..Party::default() },
        title: "登记住所无法联系线索".into(),
        status: CaseStatus::Open,
        opened_at: at,
        updated_at: at,
        version: 1,
        source_count: 0,
        source_agencies: Vec::new(),
        assignments: Vec::new(),
        reference: format!("bench-{n}"),
        text: String::new(),
        unassigned: Vec::new(),
        suspension: None,
        verify_due: None,
    }
}
