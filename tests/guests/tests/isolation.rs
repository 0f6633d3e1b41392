//! Nothing of a message is left for the next one, neither in memory nor after a fault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test")]

use xiezhi_guests::core_module::MANIFEST;
use xiezhi_guests::{CoreModule, agency, context, decode, host};
use xiezhi_model::plugin::{Decoded, Input};

/// More than the pools have places, so that places are used again.
const MESSAGES: usize = 100;

fn counts(decoded: &Decoded) -> Vec<String> {
    decoded.document.row_faults.iter().map(|row| row.fault.text.clone()).collect()
}

#[test]
fn each_message_is_the_first_that_its_instance_sees() {
    let host = host();
    host.admit(agency("counting"), &CoreModule::counting().component(), None).unwrap();
    for _ in 0..MESSAGES {
        assert_eq!(counts(&decode(&host, "counting", b"message").unwrap()), ["1", "1"]);
    }
}

#[test]
fn the_measuring_session_alone_keeps_its_instance() {
    let host = host();
    host.admit(agency("counting"), &CoreModule::counting().component(), None).unwrap();
    let mut session = host.reused_session(&agency("counting")).unwrap();
    for expected in ["1", "2", "3"] {
        let decoded = session.decode(&Input::Message(b"message"), &context("counting")).unwrap();
        assert_eq!(counts(&decoded), [expected, expected]);
    }
}

/// A guest that traps if any byte of its spare memory is not zero, and otherwise fills that memory and leaves: by an
/// answer when the message is short, by a trap when it is long. What one agency's guest leaves must not be there for
/// another's either, so both use the same few places.
#[test]
fn memory_is_clean_after_answers_and_after_traps() {
    let soiling = CoreModule {
        pages: 40,
        decode: "(local $at i32)
            (local.set $at (i32.const 131072))
            (loop $next
              (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (return (i32.const 0))))
              (i64.store (local.get $at) (i64.const -1))
              (local.set $at (i32.add (local.get $at) (i32.const 8)))
              (br_if $next (i32.lt_u (local.get $at) (i32.const 2621440))))
            (if (i32.gt_u (local.get $length) (i32.const 5)) (then (unreachable)))
            (i32.const 2048)"
            .to_owned(),
        ..CoreModule::default()
    };
    let host = host();
    host.admit(agency("one"), &soiling.component(), None).unwrap();
    let other = CoreModule { manifest: MANIFEST.replace("1.0.0", "1.0.1"), ..soiling };
    host.admit(agency("two"), &other.component(), None).unwrap();
    for round in 0..MESSAGES {
        let agency_id = if round % 3 == 0 { "two" } else { "one" };
        if round % 2 == 0 {
            decode(&host, agency_id, b"short").unwrap_or_else(|error| panic!("round {round}: {}", error.fault.text));
        } else {
            let error = decode(&host, agency_id, b"longer").unwrap_err();
            assert_eq!(error.fault.code, "plugin.trap", "round {round}: {}", error.fault.text);
        }
    }
}
