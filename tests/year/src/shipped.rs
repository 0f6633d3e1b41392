//! The shipped configuration as the engine takes it, with what each agency's plugin can write; no plugin is run here.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use xiezhi_config::{Agency, Loaded, Receipts, TransportKind, load};
use xiezhi_engine::{AgencyProfile, Engine, EngineData, ReceiptMode, Route};
use xiezhi_model::town::TownCode;

/// Loads `config/xiezhi.toml`, with a stand-in for each secret that it refers to.
pub(crate) fn configuration() -> anyhow::Result<Loaded> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/xiezhi.toml");
    let mut env =
        BTreeMap::from([("XIEZHI_SIGN_SECRET_URBAN_MANAGEMENT".to_owned(), "year-signing-secret".to_owned())]);
    for entry in std::fs::read_dir(file.with_file_name("agencies")).context("the shipped agencies cannot be listed")? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("XIEZHI_TOKEN_{}", stem.to_uppercase().replace('-', "_"));
        env.insert(name, format!("year-token-of-{stem}"));
    }
    load(&file, &env).map_err(|problems| anyhow!("the shipped configuration is not valid: {problems}"))
}

/// The engine of the shipped configuration.
pub(crate) fn engine(loaded: Loaded) -> anyhow::Result<Engine> {
    let agencies = loaded.agencies.iter().map(|agency| profile(agency, &loaded)).collect();
    let data = EngineData {
        policies: loaded.policies.into_iter().map(|(_, policy)| policy).collect(),
        calendars: loaded.calendars,
        missing_year: loaded.settings.calendar.missing_year,
        devices: loaded.devices,
        towns: loaded.towns,
        agencies,
    };
    Engine::new(data).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow!("the shipped policy is not valid:\n{}", lines.join("\n"))
    })
}

fn profile(agency: &Agency, loaded: &Loaded) -> AgencyProfile {
    let setting = |name: &str| agency.settings.get(name).and_then(serde_json::Value::as_str);
    let town = setting("town_code").and_then(|code| TownCode::parse(code).ok());
    AgencyProfile {
        id: agency.id.clone(),
        name: agency.name.clone(),
        route: match agency.transport {
            TransportKind::Embedded | TransportKind::Amqp | TransportKind::Credit => Route::Linked,
            TransportKind::Internal => Route::Internal,
        },
        receipts: match agency.receipts {
            Receipts::Always => ReceiptMode::Always,
            Receipts::Faults => ReceiptMode::Faults,
            Receipts::Never => ReceiptMode::Never,
        },
        writes: writes(agency.plugin.as_deref().unwrap_or_default()).iter().map(|kind| (*kind).to_owned()).collect(),
        host_unit: setting("host_unit_name").map(str::to_owned),
        town: town.map(|code| loaded.towns.resolve(&code).map_or(code, |town| town.code.clone())),
    }
}

/// What the shipped plugin says that it writes (`Manifest::writes`).
fn writes(plugin: &str) -> &'static [&'static str] {
    match plugin {
        "environment" => &["assignment", "reminder", "receipt"],
        "credit-publicity" => &["publication", "assignment", "reminder", "receipt"],
        "host-unit" => &["assignment", "reminder", "notice", "receipt"],
        "address-filing" | "hotline" => &["assignment", "reminder", "notice", "joint_punishment", "lift", "receipt"],
        "housing" | "township" | "market-supervision" => {
            &["assignment", "reminder", "recall", "joint_punishment", "lift", "notice", "receipt"]
        }
        "commerce" | "development-reform" => &["assignment", "reminder", "receipt", "joint_punishment", "lift"],
        _ => &["assignment", "reminder", "recall", "joint_punishment", "lift", "receipt"],
    }
}
