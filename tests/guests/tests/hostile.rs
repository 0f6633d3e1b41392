//! Guests that use up time, memory, stack or output, panic or trap: each gets its own code, and a neighbour's messages
//! are answered meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test")]

use std::time::{Duration, Instant};

use xiezhi_guests::{Answer, CoreModule, agency, decode, host, rust_guest, while_a_neighbour_answers};
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::plugin::Input;
use xiezhi_ports::{Codec as _, CodecError, CodecFailure};

/// Longest time that a hostile call may take on a busy machine; the deadline is 300 ms.
const CALL_MAX: Duration = Duration::from_secs(10);

fn error_of(component: &[u8], message: &[u8]) -> CodecError {
    let host = host();
    host.admit(agency("hostile"), component, None).expect("the hostile guest is admitted");
    while_a_neighbour_answers(&host, || {
        let start = Instant::now();
        let error = decode(&host, "hostile", message).expect_err("the hostile guest gets no answer");
        assert!(start.elapsed() < CALL_MAX, "the call took {:?}", start.elapsed());
        error
    })
}

fn plugin_fault(component: &[u8], message: &[u8]) -> Fault {
    let error = error_of(component, message);
    assert_eq!(error.failure, CodecFailure::Plugin);
    assert_eq!(error.agency, agency("hostile"));
    assert!(error.digest.is_some(), "the error names the plugin");
    error.fault
}

#[test]
fn each_way_to_misbehave_has_its_code() {
    let recursion = "(func $deep (param i64) (result i64)
        (i64.add (call $deep (i64.add (local.get 0) (i64.const 1))) (local.get 0)))";
    let table = "(table $table 1 funcref)";
    let cases = [
        ("endless loop", CoreModule::decoding("(loop $again (br $again)) (unreachable)"), code::PLUGIN_TIMEOUT),
        (
            "endless recursion",
            CoreModule {
                more: recursion.to_owned(),
                ..CoreModule::decoding("(i32.wrap_i64 (call $deep (i64.const 1)))")
            },
            code::PLUGIN_STACK,
        ),
        (
            "memory bomb",
            CoreModule::decoding("(loop $again (drop (memory.grow (i32.const 16))) (br $again)) (unreachable)"),
            code::PLUGIN_MEMORY,
        ),
        (
            "all memory at once",
            CoreModule::decoding("(drop (memory.grow (i32.const 65000))) (i32.const 2048)"),
            code::PLUGIN_MEMORY,
        ),
        (
            "table bomb",
            CoreModule {
                more: table.to_owned(),
                ..CoreModule::decoding(
                    "(loop $again (drop (table.grow $table (ref.null func) (i32.const 5000))) (br $again)) (unreachable)",
                )
            },
            code::PLUGIN_MEMORY,
        ),
        (
            "a document as large as its memory",
            CoreModule { pages: 64, ..CoreModule::answering(Answer::stretch(0, 4 << 20)) },
            code::PLUGIN_OUTPUT,
        ),
        (
            "a document just above the limit",
            CoreModule { pages: 64, ..CoreModule::answering(Answer::stretch(0, (1 << 20) + 1)) },
            code::PLUGIN_OUTPUT,
        ),
        (
            "parts without end",
            CoreModule { pages: 64, ..CoreModule::answering(Answer::parts_of_nothing(100_000)) },
            code::PLUGIN_OUTPUT,
        ),
        ("trap", CoreModule::decoding("(unreachable)"), code::PLUGIN_TRAP),
        ("division by zero", CoreModule::decoding("(i32.div_u (i32.const 1) (i32.const 0))"), code::PLUGIN_TRAP),
        ("reading beyond the memory", CoreModule::decoding("(i32.load (i32.const -8))"), code::PLUGIN_TRAP),
    ];
    for (name, module, expected) in cases {
        let fault = plugin_fault(&module.component(), b"message");
        assert_eq!(fault.code, expected, "{name}: {}", fault.text);
        assert!(fault.text.contains("插件"), "{name}: {}", fault.text);
    }
}

#[test]
fn a_panic_leaves_its_text() {
    for (message, expected) in [
        ("panic", "tests/guests/rust/src/lib.rs"),
        ("panic", "看不懂这一行: 1"),
        ("index", "index out of bounds"),
        ("long panic", "监监监监"),
    ] {
        let fault = plugin_fault(rust_guest::component(), message.as_bytes());
        assert_eq!(fault.code, code::PLUGIN_PANIC, "{message}: {}", fault.text);
        assert!(fault.text.contains(expected), "{message}: {}", fault.text);
        assert!(fault.text.len() <= 2000, "{message}: {} bytes", fault.text.len());
    }
}

#[test]
fn a_rust_guests_own_stack_and_memory_have_their_codes() {
    for (message, expected) in [("recurse", code::PLUGIN_STACK), ("allocate", code::PLUGIN_MEMORY)] {
        let fault = plugin_fault(rust_guest::component(), message.as_bytes());
        assert_eq!(fault.code, expected, "{message}: {}", fault.text);
    }
}

#[test]
fn a_message_that_is_too_long_never_reaches_the_plugin() {
    let component = CoreModule::decoding("(unreachable)").component();
    let error = error_of(&component, &vec![b'x'; (64 << 10) + 1]);
    assert_eq!((error.failure, error.fault.code.as_str()), (CodecFailure::Input, code::TOO_LARGE));

    let host = host();
    host.admit(agency("hostile"), &component, None).unwrap();
    let half = vec![b'x'; (32 << 10) + 1];
    let parts = Input::Parts(vec![&half, &half]);
    let error = host.decode(&parts, &xiezhi_guests::context("hostile")).unwrap_err();
    assert_eq!(error.fault.code, code::TOO_LARGE, "the parts count together");
}

#[test]
fn an_agency_without_a_plugin_is_told_so() {
    let error = decode(&host(), "nobody", b"message").unwrap_err();
    assert_eq!((error.fault.code.as_str(), error.digest), (code::PLUGIN_MISSING, None));
}
