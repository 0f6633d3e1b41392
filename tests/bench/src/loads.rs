//! What each plugin is given to decode: its recorded sample of about 1 kB, and about a hundred rows made of it.

use anyhow::Context as _;
use serde_json::Value;
use sm3::{Digest as _, Sm3};
use xiezhi_kit::{load, sample};
use xiezhi_model::plugin::{Context, Decoded, Input, Plugin};
use xiezhi_plugin_address_filing::AddressFiling;
use xiezhi_plugin_commerce::Commerce;
use xiezhi_plugin_credit_publicity::CreditPublicity;
use xiezhi_plugin_development_reform::DevelopmentReform;
use xiezhi_plugin_emergency::Emergency;
use xiezhi_plugin_environment::Environment;
use xiezhi_plugin_fire::Fire;
use xiezhi_plugin_fiscal::Fiscal;
use xiezhi_plugin_host_unit::HostUnit;
use xiezhi_plugin_hotline::Hotline;
use xiezhi_plugin_housing::Housing;
use xiezhi_plugin_market_supervision::MarketSupervision;
use xiezhi_plugin_planning::Planning;
use xiezhi_plugin_police::Police;
use xiezhi_plugin_township::Township;
use xiezhi_plugin_urban_management::UrbanManagement;

/// Rows of the large messages.
const ROWS: usize = 100;

/// A batch of reports; the recorded sample holds one.
const COMMERCE_BATCH: &str = "own/commerce-report-batch.soap.xml";
/// An exported list; the recorded samples hold one entry each.
const PUBLICITY_LIST: &str = "own/credit-publicity-list.xml";

/// How large a message is, which decides what is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// About 1 kB.
    Small,
    /// About [`ROWS`] rows.
    Large,
}

impl Size {
    /// In the figures' names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "1kb",
            Self::Large => "100rows",
        }
    }

    /// What the design demands of a fresh instance against native code, and what it hopes for.
    pub(crate) fn demanded(self) -> (f64, f64) {
        match self {
            Self::Small => (8.0, 3.0),
            Self::Large => (4.0, 1.5),
        }
    }

    /// Fewer records would mean that something else was measured.
    pub(crate) fn records_min(self) -> usize {
        match self {
            Self::Small => 1,
            Self::Large => ROWS / 2,
        }
    }
}

/// One message to decode.
pub(crate) struct Load {
    /// Whose plugin.
    pub(crate) agency: &'static str,
    /// Which size it stands for.
    pub(crate) size: Size,
    /// The message.
    pub(crate) body: Vec<u8>,
    /// The link's settings.
    pub(crate) settings: Value,
    /// The plugin's code in this process.
    pub(crate) native: fn(&Input<'_>, &Context) -> usize,
}

fn native<P: Plugin>(input: &Input<'_>, context: &Context) -> usize {
    let decoded: Decoded = P::decode(input, context).unwrap_or_default();
    // What a consumer of the native code would have: the same JSON that crosses the border.
    serde_json::to_vec(&decoded.document).map_or(0, |json| json.len())
}

/// A plugin's two messages.
fn pair<P: Plugin>(agency: &'static str, small: Vec<u8>, large: Vec<u8>, settings: Value) -> [Load; 2] {
    [(Size::Small, small), (Size::Large, large)].map(|(size, body)| Load {
        agency,
        size,
        body,
        settings: settings.clone(),
        native: native::<P>,
    })
}

/// Every plugin's messages.
pub(crate) fn loads() -> anyhow::Result<Vec<Load>> {
    let urban = serde_json::json!({
        "app_key": "cgj-110112",
        "sign_secret": "demo-secret-not-for-production",
        "replay_window_s": 3600,
    });
    let none = || serde_json::json!({});
    let frames = sample("05b-env-stream.hj212")?;
    let alarms = sample("04d-fire-stream.bin")?;
    Ok([
        pair::<Police>("police", sample("03-police-clue.gb18030.xml")?, load::police_clue(0, ROWS), none()),
        pair::<Environment>("environment", frames.clone(), frames.repeat(ROWS / 5), none()),
        pair::<UrbanManagement>("urban-management", sample("07-urban-case.form.txt")?, urban_batch(ROWS)?, urban),
        pair::<Fire>("fire", alarms.clone(), alarms.repeat(ROWS / 3), none()),
        pair::<Fiscal>("fiscal", sample("10-fiscal-monitor.gbk.txt")?, fiscal_months(ROWS)?, none()),
        json_rows::<Planning>("planning", "01-planning-parcel.geojson", "features")?,
        json_rows::<AddressFiling>("address-filing", "own/address-filing-ledger.json", "rows")?,
        json_rows::<HostUnit>("host-unit", "own/host-unit-tenants.json", "rows")?,
        json_rows::<MarketSupervision>("market-supervision", "own/market-supervision-annual-report.json", "Rows")?,
        xml_rows::<Emergency>("emergency", "06-emergency-cap-cn.xml", "06-emergency-cap-cn.xml", "info")?,
        xml_rows::<Commerce>("commerce", "09-commerce-fie.soap.xml", COMMERCE_BATCH, "FIEREPORT")?,
        xml_rows::<CreditPublicity>("credit-publicity", "13-gsxt-list-in.xml", PUBLICITY_LIST, "Item")?,
        line_rows::<Housing>("housing", "02b-housing-appraisal.gb18030.csv")?,
        line_rows::<DevelopmentReform>("development-reform", "08b-ndrc-penalty.csv")?,
        line_rows::<Township>("township", "11-township-ledger.utf8bom.csv")?,
        line_rows::<Hotline>("hotline", "12-complaints.ndjson")?,
    ]
    .into_iter()
    .flatten()
    .collect())
}

/// A JSON sample, and the same with its last row a hundred times, each with a parcel number of its own where it has one.
fn json_rows<P: Plugin>(agency: &'static str, file: &str, rows: &str) -> anyhow::Result<[Load; 2]> {
    let small = sample(file)?;
    let mut message: Value = serde_json::from_slice(&small)?;
    let list = message.get_mut(rows).and_then(Value::as_array_mut).with_context(|| format!("{file} has no {rows}"))?;
    let last = list.last().cloned().with_context(|| format!("{file} has no row"))?;
    *list = (0..ROWS)
        .map(|n| {
            let mut row = last.clone();
            if let Some(number) = row.pointer_mut("/properties/TBBH") {
                *number = Value::String(format!("1101122026{n:08}"));
            }
            row
        })
        .collect();
    if let Some(count) = message.pointer_mut("/header/row_count") {
        *count = Value::from(ROWS);
    }
    Ok(pair::<P>(agency, small, serde_json::to_vec(&message)?, serde_json::json!({})))
}

/// An XML sample, and another with its first element of a name a hundred times.
fn xml_rows<P: Plugin>(agency: &'static str, one: &str, batch: &str, element: &str) -> anyhow::Result<[Load; 2]> {
    let batch_bytes = sample(batch)?;
    let text = std::str::from_utf8(&batch_bytes)?;
    let missing = || format!("{batch} has no {element}");
    let (before, rest) = text.split_once(&format!("<{element}>")).with_context(missing)?;
    let (inside, after) = rest.split_once(&format!("</{element}>")).with_context(missing)?;
    let row = format!("<{element}>{inside}</{element}>");
    let large = format!("{before}{}{after}", row.repeat(ROWS));
    Ok(pair::<P>(agency, sample(one)?, large.into_bytes(), serde_json::json!({})))
}

/// A sample of lines, and the same with its last line a hundred times. The bytes of a line's end are ASCII in every encoding
/// that is used.
fn line_rows<P: Plugin>(agency: &'static str, file: &str) -> anyhow::Result<[Load; 2]> {
    let small = sample(file)?;
    let last = small.split_inclusive(|&byte| byte == b'\n').next_back().with_context(|| format!("{file} is empty"))?;
    let head = small.len() - last.len();
    let large = [&small[..head], &last.repeat(ROWS)].concat();
    Ok(pair::<P>(agency, small.clone(), large, serde_json::json!({})))
}

/// A month of so many entities with the counts and totals that go with them.
fn fiscal_months(rows: usize) -> anyhow::Result<Vec<u8>> {
    let sample = sample("10-fiscal-monitor.gbk.txt")?;
    let lines: Vec<&[u8]> = sample.split_inclusive(|&byte| byte == b'\n').collect();
    let [head, _, detail, trailer] = lines.as_slice() else { anyhow::bail!("the sample has four lines") };
    let amount = |at: usize| -> anyhow::Result<usize> { Ok(std::str::from_utf8(&detail[at..at + 15])?.parse()?) };
    let put = |line: &[u8], at: usize, width: usize, number: usize| -> Vec<u8> {
        let mut line = line.to_vec();
        line.splice(at..at + width, format!("{number:0width$}").into_bytes());
        line
    };
    let mut message = put(head, 23, 8, rows);
    for n in 1..=rows {
        message.extend(put(detail, 1, 8, n));
    }
    let trailer = put(trailer, 1, 8, rows);
    let trailer = put(&trailer, 9, 15, amount(120)? * rows);
    message.extend(put(&trailer, 24, 15, amount(135)? * rows));
    Ok(message)
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
