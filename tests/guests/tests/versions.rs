//! Plugins of an older world beside those of the newest: both are admitted and served by one host, and a released package
//! never changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test")]

use serde_json::json;
use xiezhi_guests::core_module::{released_wit_text, wit_folder};
use xiezhi_guests::{Answer, CoreModule, agency, context, decode, host, rust_guest};
use xiezhi_host::Host;
use xiezhi_model::Digest;
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::plugin::SETTINGS_FAULTS_MAX;

/// The digests of what is released. A digest that differs means that a frozen package was changed: make a new version.
const RELEASED: [(&str, &str); 2] = [
    ("xiezhi-plugin@1.0.0", "6a5a36265bdfa9c30f33cb841a9a5e6338522b74f2abd587d1ec7d412036cf21"),
    ("xiezhi-plugin@1.1.0", "5bc8bdf1d2835b34083413b2bef1ed886958ad56add9873dec815b9a815b54fd"),
];

/// `old` is a component compiled against 1.0.0, `new` one of the SDK's, which is at 1.1.0.
fn host_with_both() -> Host {
    let host = host();
    let old = CoreModule::answering(Answer::document(r#"{"row_faults":[{"row":1,"code":"guest.old","text":"旧"}]}"#));
    host.admit(agency("old"), &old.component(), None).unwrap();
    host.admit(agency("new"), rust_guest::component(), None).unwrap();
    host
}

fn check(host: &Host, agency_id: &str, settings: serde_json::Value) -> Result<Vec<Fault>, String> {
    let mut context = context(agency_id);
    context.settings = settings.as_object().unwrap().clone();
    host.check_settings(&context).map_err(|error| error.fault.code)
}

#[test]
fn a_plugin_of_the_older_world_is_served_beside_one_of_the_newer() {
    let host = host_with_both();
    for _ in 0..3 {
        assert_eq!(decode(&host, "old", b"x").unwrap().document.row_faults[0].fault.code, "guest.old");
        assert_eq!(decode(&host, "new", b"x").unwrap().document.records.len(), 1);
    }
    let worlds = |component: &[u8]| {
        let exports = host.inspect(component).unwrap().exports;
        ["codec@1.0.0", "settings@1.1.0"].map(|name| exports.iter().any(|export| export.contains(name)))
    };
    assert_eq!(worlds(&CoreModule::default().component()), [true, false]);
    assert_eq!(worlds(rust_guest::component()), [true, true]);
}

#[test]
fn only_the_newer_one_looks_at_settings() {
    let host = host_with_both();
    let fault = |text: &str| Fault::new("echo.setting", text).in_field("wish");
    assert_eq!(check(&host, "old", json!({})), Ok(Vec::new()));
    assert_eq!(check(&host, "new", json!({})), Ok(vec![fault("缺少设置 wish")]));
    assert_eq!(check(&host, "new", json!({"wish": "none"})), Ok(Vec::new()));
    assert_eq!(check(&host, "new", json!({"wish": "many"})), Ok(vec![fault("设置不对"); SETTINGS_FAULTS_MAX]));
    assert_eq!(check(&host, "new", json!({"wish": "panic"})), Err(code::PLUGIN_PANIC.to_owned()));
    assert_eq!(check(&host, "none", json!({})), Err(code::PLUGIN_MISSING.to_owned()));
}

#[test]
fn a_settings_function_of_another_type_is_not_admitted() {
    let wit = released_wit_text();
    let newer = "interface settings { check: func() -> u32; }";
    let wit = format!("{}\n{newer}", wit.replace("export codec;", "export codec; export settings;"));
    let guest = CoreModule {
        wit: Some(wit),
        more: r#"(func (export "xiezhi:plugin/settings@1.0.0#check") (result i32) (i32.const 0))"#.to_owned(),
        ..CoreModule::default()
    };
    let error = host().admit(agency("odd"), &guest.component(), None).unwrap_err();
    assert_eq!(error.code(), "admission.world");
    assert!(error.to_string().contains("settings@1.0.0"), "{error}");
}

#[test]
fn a_released_package_is_frozen() {
    for (package, digest) in RELEASED {
        let text = std::fs::read(wit_folder(package).join("plugin.wit")).unwrap();
        assert_eq!(Digest::of(&text).to_hex(), digest, "{package} is released: leave it, make a new version beside it");
    }
}
