//! Right configurations: what is loaded, what wins, what stays secret, and that page, shipped files and tables agree.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/place.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use support::{Place, blessing, tests_folder};
use xiezhi_config::settings::LogFormat;
use xiezhi_config::{Receipts, TransportKind, load, load_lock};
use xiezhi_model::calendar::MissingYear;

/// The shipped configuration.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("xiezhi.toml")
}

/// Every secret that the shipped configuration refers to.
fn shipped_env() -> BTreeMap<String, String> {
    let secret = ("XIEZHI_SIGN_SECRET_URBAN_MANAGEMENT".to_owned(), "test-signing-secret".to_owned());
    let tokens = shipped_agencies().into_iter().map(|agency| {
        let name = format!("XIEZHI_TOKEN_{}", agency.to_uppercase().replace('-', "_"));
        (name, format!("test-token-of-{agency}"))
    });
    tokens.chain([secret]).collect()
}

/// The names of the shipped agencies' files.
fn shipped_agencies() -> Vec<String> {
    let files = std::fs::read_dir(shipped().with_file_name("agencies")).unwrap();
    let mut agencies: Vec<String> =
        files.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    agencies.sort();
    agencies
}

#[test]
fn the_shipped_configuration_loads() {
    let loaded = load(&shipped(), &shipped_env()).unwrap_or_else(|problems| panic!("{problems}"));
    let agencies: Vec<&str> = loaded.agencies.iter().map(|agency| agency.id.as_str()).collect();
    assert_eq!(agencies, shipped_agencies(), "every file is the agency that it is named after");
    assert!(loaded.agencies.iter().all(|agency| agency.transport == TransportKind::Embedded));
    let of = |id: &str| loaded.agencies.iter().find(|agency| agency.id.as_str() == id).unwrap();
    let plugins: BTreeSet<&str> = loaded.agencies.iter().filter_map(|agency| agency.plugin.as_deref()).collect();
    assert_eq!(plugins.len(), 16, "every body that the measure names has its plugin");
    assert_eq!(agencies.iter().filter(|id| id.starts_with("township-")).count(), 22);
    let urban = of("urban-management");
    assert_eq!(urban.settings["sign_secret"], "test-signing-secret");
    assert_eq!(urban.settings["replay_window_s"], 300);
    assert_eq!(of("environment").receipts, Receipts::Never);
    assert!(!loaded.policies.is_empty() && !loaded.calendars.is_empty());
    assert!(!loaded.devices.devices.is_empty() && loaded.towns.towns.len() == 22);
    assert_eq!(loaded.settings.calendar.missing_year, MissingYear::Refuse);
}

#[test]
fn defaults_fill_what_is_left_out_and_paths_start_at_their_file() {
    let place = Place::right();
    let settings = place.load().unwrap().settings;
    assert_eq!(settings.data_dir, place.folder().join("store"));
    assert_eq!(settings.plugins.lock, place.folder().join("plugins/plugins.lock"));
    assert_eq!(settings.plugins.cache_dir, place.folder().join("store/plugin-cache"));
    assert_eq!((settings.http.body_bytes_max, settings.relay.attempts_max), (1_048_576, 10_000));
    assert_eq!((settings.log.format, settings.clock.start), (LogFormat::Text, None));
}

#[test]
fn the_environment_wins_over_the_file() {
    let mut place = Place::right();
    for (name, value) in [
        ("XIEZHI__HTTP__LISTEN", "127.0.0.1:8999"),
        ("XIEZHI__DATA_DIR", "elsewhere"),
        ("XIEZHI__PLUGINS__DIRECTORY", "/built"),
        ("XIEZHI__LOG__FORMAT", "json"),
        ("XIEZHI__WORKER__DECODE_THREADS", "7"),
        ("XIEZHI__CALENDAR__MISSING_YEAR", "estimate"),
        ("XIEZHI__CLOCK__START", "2026-09-21T09:06:00+08:00"),
        ("xiezhi__http__listen", "not ours: the prefix is in upper case"),
    ] {
        place.env.insert(name.to_owned(), value.to_owned());
    }
    let settings = place.load().unwrap_or_else(|problems| panic!("{problems}")).settings;
    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:8999");
    assert_eq!(settings.data_dir, Path::new("elsewhere"));
    assert_eq!(settings.plugins.lock, Path::new("/built/plugins.lock"));
    assert_eq!((settings.log.format, settings.worker.decode_threads), (LogFormat::Json, 7));
    assert_eq!(settings.calendar.missing_year, MissingYear::Estimate);
    assert_eq!(settings.clock.start.unwrap().to_string(), "2026-09-21T09:06:00+08:00");
}

#[test]
fn an_agency_carries_its_limits_and_resolved_settings() {
    let mut place = Place::right();
    place.env.insert("XIEZHI__HTTP__BODY_BYTES_MAX".to_owned(), "100000".to_owned());
    let loaded = place.load().unwrap_or_else(|problems| panic!("{problems}"));
    let [bureau, police, urban] = &loaded.agencies[..] else { panic!("three agencies") };
    assert_eq!((bureau.transport, bureau.token.is_none()), (TransportKind::Internal, true));
    assert_eq!((police.message_bytes_max, police.receipts), (100_000, Receipts::Always), "held at the body's limit");
    assert_eq!((urban.message_bytes_max, urban.receipts), (65_536, Receipts::Faults));
    assert_eq!(urban.token.as_ref().unwrap().expose(), "token-of-urban-0123456789", "the line end is dropped");
    let settings = serde_json::Value::Object(urban.settings.clone());
    let wanted = r#"{"app_key":"key-1","nested":{"list":[1,"sign-nested"],"on":true,"ratio":0.5},"sign_secret":"sign-of-urban"}"#;
    assert_eq!(settings.to_string(), wanted);
}

#[test]
fn nothing_loaded_prints_a_secret() {
    let place = Place::right();
    let loaded = place.load().unwrap();
    let printed = format!("{loaded:?} {loaded:#?} {}", loaded.agencies[1].token.as_ref().unwrap());
    assert!(printed.contains("***"));
    for secret in ["token-of-police", "token-of-urban", "sign-of-urban", "sign-nested"] {
        assert!(!printed.contains(secret), "{secret} is printed");
    }
}

#[test]
fn a_lock_file_is_read_or_refused_with_every_problem() {
    let place = Place::right();
    let file = place.folder().join("plugins.lock");
    let digest = "0123456789abcdef".repeat(4);
    std::fs::write(&file, format!("[plugin.police]\nsha256 = \"{digest}\"\nbytes = 7\n")).unwrap();
    let lock = load_lock(&file).unwrap();
    assert_eq!((lock.plugins["police"].sha256.to_string(), lock.plugins["police"].bytes), (digest, 7));
    std::fs::write(&file, "[plugin.police]\nsha256 = \"abc\"\nbyte = 0\n").unwrap();
    let problems = load_lock(&file).unwrap_err();
    let found: Vec<_> = problems.0.iter().map(|problem| format!("{}: {}", problem.path, problem.text)).collect();
    let wanted = [
        "plugin.police.byte: unknown key; did you mean bytes?",
        "plugin.police.bytes: missing; must be a whole number from 1 to 9223372036854775807",
        "plugin.police.sha256: a sha-256 digest is 64 hex digits",
    ];
    assert_eq!(found, wanted);
    assert_eq!(load_lock(Path::new("nowhere.lock")).unwrap_err().to_string(), "nowhere.lock: file is not there");
}

#[test]
fn the_reference_page_is_what_the_tables_say() {
    let file = tests_folder().join("../../docs/configuration.md");
    if blessing() {
        std::fs::write(&file, xiezhi_config::reference::page()).unwrap();
    }
    let page = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(page == xiezhi_config::reference::page(), "docs/configuration.md differs; XIEZHI_BLESS=1 writes it");
}

#[test]
fn every_default_lies_within_its_own_range() {
    let mut place = Place::right();
    for key in xiezhi_config::keys::gateway::KEYS {
        if let xiezhi_config::keys::Need::Default(value) = key.need {
            // The folders of the test stand where their defaults say.
            if !key.name.starts_with("files.") {
                let variable = format!("XIEZHI__{}", key.name.replace('.', "__").to_uppercase());
                place.env.insert(variable, value.to_owned());
            }
        }
    }
    place.load().unwrap_or_else(|problems| panic!("{problems}"));
}
