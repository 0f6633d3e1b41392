//! What is not admitted, and why: imports, another world, another digest, too large, no description.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test")]

use xiezhi_guests::core_module::{MANIFEST, released_wit_text};
use xiezhi_guests::{CoreModule, agency, decode, host, while_a_neighbour_answers};
use xiezhi_host::{Host, HostSettings};
use xiezhi_model::Digest;
use xiezhi_model::fault::code;
use xiezhi_ports::Codec as _;

/// A guest in a world made from the released one's text.
fn in_world(replace: &str, by: &str) -> CoreModule {
    let wit = released_wit_text();
    assert!(wit.contains(replace), "the released text has {replace}");
    CoreModule { wit: Some(wit.replace(replace, by)), ..CoreModule::default() }
}

fn with_manifest(manifest: &str) -> CoreModule {
    CoreModule { manifest: manifest.to_owned(), ..CoreModule::default() }
}

fn other_version(version: &str) -> CoreModule {
    CoreModule {
        interface: format!("xiezhi:plugin/codec@{version}"),
        ..in_world("xiezhi:plugin@1.0.0", &format!("xiezhi:plugin@{version}"))
    }
}

#[test]
fn each_refusal_has_its_code_and_says_what() {
    let importing = CoreModule {
        imports: r#"(import "xiezhi:plugin/clock@1.0.0" "now" (func $now (result i64)))"#.to_owned(),
        ..in_world("export codec;", "import clock; export codec;")
    };
    let importing = CoreModule {
        wit: importing.wit.map(|wit| format!("{wit}\ninterface clock {{ now: func() -> u64; }}")),
        ..importing
    };
    let more_functions = CoreModule {
        more: r#"(func (export "xiezhi:plugin/codec@1.0.0#reset"))"#.to_owned(),
        ..in_world("describe: func() -> list<u8>;", "describe: func() -> list<u8>; reset: func();")
    };
    let more_exports = CoreModule {
        more: r#"(func (export "reset"))"#.to_owned(),
        ..in_world("export codec;", "export codec; export reset: func();")
    };
    let other_type = in_world("offset: option<u64>", "offset: option<s64>");
    let fewer_fields = in_world("        field: option<string>,\n", "");
    let cases = [
        ("an import", importing.component(), "admission.import", "clock"),
        ("another function", more_functions.component(), "admission.world", "reset"),
        ("another export", more_exports.component(), "admission.world", "reset"),
        ("another type", other_type.component(), "admission.world", "offset"),
        ("a missing field", fewer_fields.component(), "admission.world", "field"),
        ("a later version", other_version("1.1.0").component(), "admission.world", "1.1.0"),
        ("a compatible version", other_version("1.0.1").component(), "admission.world", "1.0.1"),
        ("an older version", other_version("0.9.0").component(), "admission.world", "0.9.0"),
        ("an empty component", wat::parse_str("(component)").unwrap(), "admission.world", "nothing else"),
        ("a core module", wat::parse_str("(module)").unwrap(), "admission.not-a-component", "core module"),
        ("a text", b"hello".to_vec(), "admission.not-a-component", ""),
        ("an empty file", Vec::new(), "admission.not-a-component", ""),
        ("a damaged component", b"\0asm\x0d\0\x01\0\xff\xff".to_vec(), "admission.compile", ""),
        (
            "more memory than allowed",
            CoreModule { pages: 1000, ..CoreModule::default() }.component(),
            "admission.compile",
            "memory",
        ),
        ("a file that is too large", vec![0; (4 << 20) + 1], "admission.too-large", "4194304"),
        (
            "an endless start",
            CoreModule { more: "(func $loop (loop $l (br $l))) (start $loop)".to_owned(), ..CoreModule::default() }
                .component(),
            "admission.describe",
            code::PLUGIN_TIMEOUT,
        ),
        (
            "an endless description",
            CoreModule { describe: "(loop $l (br $l)) (unreachable)".to_owned(), ..CoreModule::default() }.component(),
            "admission.describe",
            code::PLUGIN_TIMEOUT,
        ),
        (
            "a description that traps",
            CoreModule { describe: "(unreachable)".to_owned(), ..CoreModule::default() }.component(),
            "admission.describe",
            code::PLUGIN_TRAP,
        ),
        ("no JSON", with_manifest("hello").component(), "admission.manifest", ""),
        ("no version", with_manifest(&MANIFEST.replace("1.0.0", "one")).component(), "admission.manifest", "version"),
        ("no id", with_manifest(&MANIFEST.replace("\"guest\"", "\"Guest 1\"")).component(), "admission.manifest", "id"),
        (
            "no formats",
            with_manifest(&MANIFEST.replace("\"guest/1\"", "")).component(),
            "admission.manifest",
            "formats",
        ),
        (
            "an unknown kind",
            with_manifest(&MANIFEST.replace("receipt", "rumour")).component(),
            "admission.manifest",
            "record kinds",
        ),
        ("a field too many", with_manifest(&MANIFEST.replace("{", "{\"x\":1,")).component(), "admission.manifest", ""),
    ];
    let host = host();
    while_a_neighbour_answers(&host, || {
        for (name, component, code, says) in &cases {
            let error = host.admit(agency("refused"), component, None).expect_err(name);
            assert_eq!(error.code(), *code, "{name}: {error}");
            assert!(error.to_string().contains(says), "{name}: {error}");
            assert!(host.plugin(&agency("refused")).is_none(), "{name}");
        }
    });
}

#[test]
fn only_the_pinned_component_is_admitted() {
    let host = host();
    let (pinned, other) = (CoreModule::default().component(), CoreModule::counting().component());
    let digest = Digest::of(&pinned);
    let error = host.admit(agency("police"), &other, Some(digest)).unwrap_err();
    assert_eq!(error.code(), "admission.digest");
    assert!(error.to_string().contains(&digest.to_hex()) && error.to_string().contains(&Digest::of(&other).to_hex()));
    let manifest = host.admit(agency("police"), &pinned, Some(digest)).unwrap();
    assert_eq!(host.plugin(&agency("police")), Some((manifest, digest)));
}

#[test]
fn a_refused_successor_leaves_the_plugin_and_an_admitted_one_replaces_it() {
    let host = host();
    let (first, second) = (CoreModule::default().component(), CoreModule::counting().component());
    host.admit(agency("police"), &first, None).unwrap();
    host.admit(agency("police"), b"hello", None).unwrap_err();
    assert_eq!(host.plugin(&agency("police")).unwrap().1, Digest::of(&first));
    host.admit(agency("police"), &second, None).unwrap();
    assert_eq!(host.plugin(&agency("police")).unwrap().1, Digest::of(&second));
    assert_eq!(decode(&host, "police", b"x").unwrap().document.row_faults.len(), 2);
}

#[test]
fn inspection_tells_of_good_and_refused_components() {
    let host = host();
    let good = CoreModule::default().component();
    let inspection = host.inspect(&good).unwrap();
    assert_eq!((inspection.digest, inspection.bytes), (Digest::of(&good), good.len()));
    assert_eq!(inspection.imports, Vec::<String>::new());
    let functions = ["decode", "describe", "encode"].map(|name| format!("xiezhi:plugin/codec@1.0.0#{name}"));
    let mut exports = inspection.exports.clone();
    exports.sort();
    assert_eq!(exports, functions);
    assert_eq!(inspection.manifest.unwrap().id, "guest");
    assert_eq!(inspection.refusal, None);

    let refused = host.inspect(&other_version("1.1.0").component()).unwrap();
    assert_eq!(refused.refusal.unwrap().code, "admission.world");
    assert!(refused.exports.iter().all(|export| export.contains("@1.1.0#")), "{:?}", refused.exports);
    assert_eq!(host.inspect(b"hello").unwrap_err().code(), "admission.not-a-component");
}

#[test]
fn a_host_with_a_limit_out_of_range_does_not_start() {
    let error = Host::new(HostSettings { call_deadline_ms: 0, ..HostSettings::default() }).unwrap_err();
    assert!(error.to_string().contains("call_deadline_ms is 0"), "{error}");
}
