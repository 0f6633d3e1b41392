//! Another agency whose messages must keep being answered, whatever a hostile plugin does.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use xiezhi_host::Host;

use crate::core_module::CoreModule;
use crate::setup::{agency, decode};

/// The agency of the well-behaved plugin.
pub const NEIGHBOUR: &str = "neighbour";

/// Answers that the neighbour must get while the hostile call runs.
const ANSWERS_MIN: u64 = 20;

/// Longest time to wait for them after the hostile call has ended.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Runs `hostile` while a thread has the neighbour's plugin decode message after message. Panics unless every one of
/// them is answered rightly, and enough of them.
pub fn while_a_neighbour_answers<R>(host: &Host, hostile: impl FnOnce() -> R) -> R {
    host.admit(agency(NEIGHBOUR), &CoreModule::counting().component(), None).expect("the neighbour is admitted");
    let (answers, ended) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                let decoded = decode(host, NEIGHBOUR, b"message").expect("the neighbour is answered");
                let counts: Vec<&str> = decoded.document.row_faults.iter().map(|row| row.fault.text.as_str()).collect();
                assert_eq!(counts, ["1", "1"], "each message is the first that its instance sees");
                answers.fetch_add(1, Ordering::Relaxed);
            }
        });
        // Ends the thread also when `hostile` panics; else the scope would wait for ever.
        let _end = EndOnDrop(&ended);
        let result = hostile();
        let start = Instant::now();
        while answers.load(Ordering::Relaxed) < ANSWERS_MIN {
            assert!(start.elapsed() < WAIT_MAX, "the neighbour got {answers:?} answers only");
            std::thread::yield_now();
        }
        result
    })
}

struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
