//! Decoding by each plugin: the same code native, as a component in a fresh instance for every message, and in one
//! reused instance.

use anyhow::Context as _;
use sm3::{Digest as _, Sm3};
use xiezhi_host::{Host, HostSettings};
use xiezhi_kit::{load, place, sample};
use xiezhi_model::plugin::{Context, Decoded, Input, Plugin};
use xiezhi_model::{AgencyId, MessageId, UtcTime};
use xiezhi_plugin_environment::Environment;
use xiezhi_plugin_police::Police;
use xiezhi_plugin_urban_management::UrbanManagement;
use xiezhi_ports::Codec as _;

use crate::figure::{Better, Figure, seconds_per_call};

/// One message to decode.
struct Load {
    agency: &'static str,
    size: &'static str,
    body: Vec<u8>,
    settings: serde_json::Value,
    native: fn(&Input<'_>, &Context) -> usize,
    must: f64,
    aim: f64,
}

fn native<P: Plugin>(input: &Input<'_>, context: &Context) -> usize {
    let decoded: Decoded = P::decode(input, context).unwrap_or_default();
    // What a consumer of the native code would have: the same JSON that crosses the border.
    serde_json::to_vec(&decoded.document).map_or(0, |json| json.len())
}

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
    anyhow::ensure!(!decoded.document.records.is_empty(), "{} {} gave no record", load.agency, load.size);
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
    let name = |what: &str| format!("decode_{}_{}_{what}", load.agency.replace('-', "_"), load.size);
    let described = format!("{} bytes, {} records", load.body.len(), decoded.document.records.len());
    Ok(vec![
        Figure::plain(name("native_us"), in_native * 1e6, "us", Better::Lower, &described),
        Figure::plain(name("fresh_us"), in_fresh * 1e6, "us", Better::Lower, &described),
        Figure::plain(name("reused_vs_native"), in_reused / in_native, "ratio", Better::Lower, "the same code native"),
        Figure::plain(name("fresh_vs_native"), in_fresh / in_native, "ratio", Better::Lower, "the same code native")
            .demanding(load.must, load.aim),
    ])
}

fn loads() -> anyhow::Result<Vec<Load>> {
    let none = serde_json::json!({});
    let urban = serde_json::json!({
        "app_key": "cgj-110112",
        "sign_secret": "demo-secret-not-for-production",
        "replay_window_s": 3600,
    });
    let (small, large) = ((8.0, 3.0), (4.0, 1.5));
    let load =
        |agency, size, body, settings, native, (must, aim)| Load { agency, size, body, settings, native, must, aim };
    let frames = sample("05b-env-stream.hj212")?;
    Ok(vec![
        load("police", "1kb", sample("03-police-clue.gb18030.xml")?, none.clone(), native::<Police>, small),
        load("police", "100rows", load::police_clue(0, 100), none.clone(), native::<Police>, large),
        load("environment", "1kb", frames.clone(), none.clone(), native::<Environment>, small),
        load("environment", "100rows", frames.repeat(20), none, native::<Environment>, large),
        load(
            "urban-management",
            "1kb",
            sample("07-urban-case.form.txt")?,
            urban.clone(),
            native::<UrbanManagement>,
            small,
        ),
        load("urban-management", "100rows", urban_batch(100)?, urban, native::<UrbanManagement>, large),
    ])
}

/// A signed batch form with so many rows.
fn urban_batch(rows: usize) -> anyhow::Result<Vec<u8>> {
    let row = |n: usize| {
        serde_json::json!({
            "taskNum": format!("110112202609210{n:05}"),
            "eventSrcId": "02",
            "eventSrcName": "监督员上报",
            "eventTypeCode": "1101120501",
            "mainTypeName": "街面秩序",
            "subTypeName": "无照经营游商",
            "gridCode": "110112009004012",
            "districtCode": "110112",
            "streetCode": "110112009",
            "address": format!("北京市通州区文景街道云景东路1号院6号楼3层集群注册B-{n:04}号"),
            "eventDesc": "登记住所1层临街外摆经营，现场无营业执照。",
            "entName": format!("北京测试第{n}号企业管理有限公司"),
            "uscc": load::uscc(n),
            "stage": "03",
            "createTime": "2026-09-21 09:05:11",
        })
    };
    let biz: Vec<serde_json::Value> = (0..rows).map(row).collect();
    let mut fields = vec![
        ("appKey", "cgj-110112".to_owned()),
        ("bizContent", serde_json::to_string(&biz)?),
        ("method", "case.transfer.batch".to_owned()),
        ("nonce", "7f3a9c10".to_owned()),
        ("timestamp", "20260921090530".to_owned()),
        ("version", "1.0".to_owned()),
    ];
    let secret = "demo-secret-not-for-production";
    let joined: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let sign = Sm3::digest(format!("{secret}{}{secret}", joined.join("&")));
    fields.push(("sign", sign.iter().map(|byte| format!("{byte:02X}")).collect()));
    Ok(form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes())
}
