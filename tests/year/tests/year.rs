//! A year in a district: every case ends closed or escalated, every act has its two names, and nothing is lost on the way.

use xiezhi_model::audit::AuditAction;

/// Used unless `XIEZHI_TEST_SEED` gives another one; it is printed.
const SEED: u64 = 2026;

#[test]
fn a_year_in_a_district_comes_to_rest() {
    let seed = std::env::var("XIEZHI_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    println!("a_year_in_a_district_comes_to_rest: XIEZHI_TEST_SEED={seed}");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let totals = runtime.block_on(xiezhi_year::live(seed)).unwrap_or_else(|error| panic!("{error:#}"));
    println!("{totals}");
    // Enough happened to prove something, with every seed.
    assert!(totals.files > 400 && totals.messages > 1_000, "{totals}");
    for (what, count) in [
        ("closed cases", totals.ended(None, "closed")),
        ("escalated cases", totals.ended(None, "escalated")),
        (
            "the host unit with false materials",
            totals.cases.keys().filter(|(of, _)| of == "host_false_materials").count(),
        ),
        ("listings", totals.decided("list_in")),
        ("removals", totals.decided("list_out")),
        ("joint punishments", totals.decided("joint_punishment")),
        ("liftings", totals.decided("lift")),
        ("interviews", totals.decided("interview")),
        ("rectifications", totals.decided("rectify")),
        ("suspensions", totals.decided("suspend")),
        ("overdue answers", totals.done(AuditAction::ActOverdue)),
        ("reminders", totals.done(AuditAction::CaseReminded)),
        ("forwarded returns", totals.done(AuditAction::CaseForwarded)),
        ("failed verifications", totals.done(AuditAction::CaseSentBack)),
        ("refused acts", totals.done(AuditAction::ActRefused)),
        ("denied votes", totals.denials.get("act.same-person").copied().unwrap_or_default()),
        ("duplicates", totals.duplicates),
    ] {
        assert!(count > 0, "there were no {what}: {totals}");
    }
}
