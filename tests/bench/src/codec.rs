//! Decoding by each plugin: the same code native, as a component in a fresh instance for every message, and in one
//! reused instance.

use anyhow::Context as _;
use xiezhi_host::{Host, HostSettings};
use xiezhi_kit::place;
use xiezhi_model::plugin::{Context, Input};
use xiezhi_model::{AgencyId, MessageId, UtcTime};
use xiezhi_ports::Codec as _;

use crate::figure::{Better, Figure, seconds_per_call};
use crate::loads::{Load, loads};

/// Measures every plugin on a message of about 1 kB and on one of 100 rows.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let host = Host::new(HostSettings::default())?;
    let mut figures = Vec::new();
    for load in loads()? {
        let agency = AgencyId::parse(load.agency)?;
        if host.plugin(&agency).is_none() {
            let file = place::plugins().join(format!("{}.wasm", load.agency));
            let component =
                std::fs::read(&file).with_context(|| format!("{}: run `cargo xtask build`", file.display()))?;
            host.admit(agency.clone(), &component, None)?;
        }
        figures.extend(measure_load(&host, agency, &load)?);
    }
    Ok(figures)
}

fn measure_load(host: &Host, agency: AgencyId, load: &Load) -> anyhow::Result<Vec<Figure>> {
    let context = Context {
        agency,
        at: UtcTime::parse_rfc3339("2026-09-21T09:06:00+08:00")?,
        message_id: MessageId::parse("bench")?,
        settings: load.settings.as_object().cloned().unwrap_or_default(),
    };
    let input = Input::Message(&load.body);
    let (decoded, _) =
        host.decode(&input, &context).map_err(|error| anyhow::anyhow!("{error}: {}", error.fault.text))?;
    let (records, records_min) = (decoded.document.records.len(), load.size.records_min());
    let (agency, size) = (load.agency, load.size.name());
    anyhow::ensure!(records >= records_min, "{agency} {size} gave {records} records, wanted are {records_min}");
    let in_native = seconds_per_call(|| {
        std::hint::black_box((load.native)(&input, &context));
    });
    let in_fresh = seconds_per_call(|| {
        std::hint::black_box(host.decode(&input, &context).is_ok());
    });
    let mut session = host.reused_session(&context.agency)?;
    let in_reused = seconds_per_call(|| {
        std::hint::black_box(session.decode(&input, &context).is_ok());
    });
    let (must, aim) = load.size.demanded();
    let name = |what: &str| format!("decode_{}_{}_{what}", agency.replace('-', "_"), size);
    let described = format!("{} bytes, {records} records", load.body.len());
    Ok(vec![
        Figure::plain(name("native_us"), in_native * 1e6, "us", Better::Lower, &described),
        Figure::plain(name("fresh_us"), in_fresh * 1e6, "us", Better::Lower, &described),
        Figure::plain(name("reused_vs_native"), in_reused / in_native, "ratio", Better::Lower, "the same code native"),
        Figure::plain(name("fresh_vs_native"), in_fresh / in_native, "ratio", Better::Lower, "the same code native")
            .demanding(must, aim),
    ])
}
