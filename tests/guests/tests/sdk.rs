//! A plugin built with the SDK, through the real border: what goes in comes out, in both directions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test")]

use xiezhi_guests::{agency, context, decode, host, rust_guest};
use xiezhi_host::Host;
use xiezhi_model::Record;
use xiezhi_model::plugin::{Decoded, Input};
use xiezhi_ports::{Codec as _, CodecFailure};

fn host_with_guest() -> Host {
    let host = host();
    let manifest = host.admit(agency("echo"), rust_guest::component(), None).unwrap();
    assert_eq!((manifest.id.as_str(), manifest.formats.as_slice()), ("rust-guest", ["echo/1".to_owned()].as_slice()));
    host
}

fn text(decoded: &Decoded) -> &str {
    match &decoded.document.records[0].record {
        Record::Receipt(receipt) => &receipt.text,
        other => panic!("not a receipt: {other:?}"),
    }
}

#[test]
fn imports_nothing() {
    assert_eq!(host().inspect(rust_guest::component()).unwrap().imports, Vec::<String>::new());
}

#[test]
fn a_message_and_its_parts_reach_the_plugin_whole() {
    let host = host_with_guest();
    let decoded = decode(&host, "echo", "报文".as_bytes()).unwrap();
    assert_eq!(text(&decoded), "1:报文");
    assert_eq!(decoded.reply.unwrap().body, b"ok");
    for _ in 0..50 {
        assert_eq!(text(&decode(&host, "echo", b"again").unwrap()), "1:again", "the thread-local count starts anew");
    }
    let parts = Input::Parts(vec![b"one ", b"", b"two"]);
    let (decoded, _) = host.decode(&parts, &context("echo")).unwrap();
    assert_eq!(text(&decoded), "1:one two");
    let part = decode(&host, "echo", b"part").unwrap().parts.remove(0);
    assert_eq!((part.key.as_str(), part.index, part.total, part.expires_after_ms), ("k", 1, 2, 60_000));
    assert_eq!(part.body, b"half");
    let row = decode(&host, "echo", b"row fault").unwrap().document.row_faults.remove(0);
    assert_eq!((row.row, row.fault.code.as_str(), row.fault.offset), (2, "echo.row", Some(17)));
}

#[test]
fn a_large_message_comes_back_whole() {
    let message = "街".repeat(20_000);
    let decoded = decode(&host_with_guest(), "echo", message.as_bytes()).unwrap();
    assert_eq!(text(&decoded).len(), 2 + message.len());
}

#[test]
fn a_refusal_comes_back_with_its_place_and_a_text_cut_to_the_limit() {
    let error = decode(&host_with_guest(), "echo", b"long fault").unwrap_err();
    assert_eq!((error.failure, error.fault.code.as_str()), (CodecFailure::Input, "echo.long"));
    assert_eq!((error.fault.offset, error.fault.field.as_deref()), (Some(4), Some("x")));
    assert_eq!(error.fault.text, "监".repeat(666));
}

#[test]
fn a_record_is_written_in_the_agencys_format() {
    let host = host_with_guest();
    let record = decode(&host, "echo", b"hello").unwrap().document.records.remove(0).record;
    let (encoded, digest) = host.encode(&record, &context("echo")).unwrap();
    assert_eq!(encoded.body, b"m-1>1:hello");
    assert_eq!(encoded.content_type, "text/plain; charset=utf-8");
    assert_eq!(Some(digest), host.plugin(&agency("echo")).map(|(_, digest)| digest));
}
