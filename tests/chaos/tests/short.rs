//! The chaos scenario once through, with every kind of trouble at least once; `cargo xtask chaos` runs it for longer.

use std::time::Duration;

use xiezhi_chaos::Plan;

/// Used unless `XIEZHI_SEED` gives another one; it is printed.
const SEED: u64 = 2026;

#[test]
fn every_accepted_message_has_its_effect_once() -> anyhow::Result<()> {
    let seed = std::env::var("XIEZHI_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    let figures = xiezhi_chaos::run(&Plan { seed, length: Duration::ZERO })?;
    println!("{figures}");
    assert_eq!((figures.lost, figures.doubled), (0, 0), "the proof of the run says more");
    // What is killed or restarted was running, or the run would have failed; the network must have harmed somebody.
    let troubles = [
        figures.gateway_kills,
        figures.broker_kills,
        figures.broker_restarts,
        figures.connections_cut,
        figures.network_faults_met,
    ];
    assert!(troubles.iter().all(|&count| count > 0), "a kind of trouble did not come: {troubles:?}");
    assert!(figures.accepted >= 100, "too few messages to prove anything: {}", figures.accepted);
    assert!(figures.cases_joined > 0 && figures.reminders > 0, "nothing was joined or reminded of");
    Ok(())
}
