//! Who is in the district: host units, their addresses and tenants, as the filing platform's ledger has them.

use anyhow::Context as _;
use serde_json::{Value, json};
use xiezhi_kit::Random;
use xiezhi_model::Uscc;
use xiezhi_model::town::TownTable;

/// The host units; the first three have links of their own.
pub(crate) const HOST_UNITS: [&str; 10] = [
    "运河商务区管委会",
    "外资专班",
    "中关村通州园管委会",
    "张家湾设计小镇平台公司",
    "台湖演艺小镇运营中心",
    "宋庄艺术区服务中心",
    "马驹桥物流基地管委会",
    "西集网安园平台公司",
    "于家务种业园管委会",
    "潞城共享空间运营中心",
];
/// Cluster addresses of each host unit.
const ADDRESSES_EACH: usize = 2;
/// Characters of a credit code, GB 32100.
const CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// An enterprise at a cluster address.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) uscc: String,
    pub(crate) name: String,
    pub(crate) town: String,
    /// Place of its host unit in [`HOST_UNITS`].
    pub(crate) host: usize,
    address: String,
    /// Whether it shows its real place of business.
    pub(crate) is_published: bool,
}

impl Tenant {
    /// As reports name it.
    pub(crate) fn party(&self) -> Value {
        json!({"name": self.name, "uscc": self.uscc, "town": self.town, "address": format!("通州区{}", self.address)})
    }

    /// As the ledger has it.
    pub(crate) fn entry(&self, confirmed_on: &str) -> Value {
        json!({
            "kind": "ledger_entry", "schema_version": 1, "subject": "tenant", "reference": format!("ZH-{}", self.uscc),
            "party": self.party(), "host_unit": HOST_UNITS.get(self.host), "operator_unit": "通州集群运营有限公司",
            "cluster_address": self.address, "confirmed_on": confirmed_on, "status": "active",
            "extra": {"self_published": if self.is_published { "true" } else { "false" }}
        })
    }
}

/// The number of a host unit's address.
fn address_of(host: usize, nth: usize) -> String {
    format!("DZ-{host:02}{nth}")
}

/// The host unit of an address's number.
fn host_of(address: &str) -> Option<&'static str> {
    let digits = address.strip_prefix("DZ-")?.get(..2)?;
    HOST_UNITS.get(digits.parse::<usize>().ok()?).copied()
}

/// An address as the filing platform reports it. `kind` is `cluster` or `operating`.
pub(crate) fn address_entry(address: &str, kind: Option<&str>, status: &str) -> Value {
    json!({
        "kind": "ledger_entry", "schema_version": 1, "subject": "address", "reference": address, "cluster_address": address,
        "party": {"name": format!("集群注册地址{address}"), "address": format!("通州区{address}")},
        "host_unit": host_of(address), "status": status, "extra": {"kind": kind.unwrap_or("cluster")}
    })
}

/// The first ledger: units and addresses.
pub(crate) fn units() -> Vec<Value> {
    let mut entries = Vec::new();
    for (host, name) in HOST_UNITS.iter().enumerate() {
        entries.push(json!({
            "kind": "ledger_entry", "schema_version": 1, "subject": "host_unit", "reference": format!("ZB-{host:02}"),
            "party": {"name": name}, "host_unit": name, "status": "active"
        }));
        entries.extend((1..=ADDRESSES_EACH).map(|nth| address_entry(&address_of(host, nth), None, "active")));
    }
    // One unit asked for a second operating address.
    entries.push(address_entry(&address_of(4, 3), Some("operating"), "active"));
    entries.push(address_entry(&address_of(4, 4), Some("operating"), "active"));
    let mut gap = address_entry(&address_of(8, 3), None, "applied");
    if let Some(extra) = gap.get_mut("extra") {
        *extra = json!({"kind": "cluster", "condition_gaps": "planning"});
    }
    entries.push(gap);
    entries
}

/// So many tenants over all towns and host units, one in ten an individual business.
pub(crate) fn tenants(count: usize, towns: &TownTable, random: &mut Random) -> anyhow::Result<Vec<Tenant>> {
    let mut tenants = Vec::new();
    for nth in 0..count {
        let town = towns.towns.get(nth % towns.towns.len().max(1)).context("there are towns")?;
        // Some data still carries the old code of its town.
        let old = town.old_codes.first().filter(|_| random.between(1, 10) == 1);
        let (host, kind) = (nth % HOST_UNITS.len(), if nth % 10 == 3 { "92" } else { "91" });
        tenants.push(Tenant {
            uscc: code(&format!("{kind}110112MAY{nth:05}"), random)?,
            name: format!("北京通州第{nth}商贸有限公司"),
            town: old.unwrap_or(&town.code).to_string(),
            host,
            address: address_of(host, 1 + nth / HOST_UNITS.len() % ADDRESSES_EACH),
            is_published: !(host == 6 && nth % 40 == 6),
        });
    }
    Ok(tenants)
}

/// A valid code that begins so: the check character is found by trying.
fn code(start: &str, random: &mut Random) -> anyhow::Result<String> {
    let digit = char::from_digit(u32::try_from(random.between(0, 9))?, 10).context("a digit is one")?;
    let body = format!("{start}{digit}");
    let tried = CHARACTERS.chars().filter_map(|check| Uscc::parse(&format!("{body}{check}")).ok()).next();
    Ok(tried.with_context(|| format!("no check character fits {body}"))?.to_string())
}
