//! What happens in the year: findings, complaints, inspections, annual reports, penalties, lost contact, restored credit.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xiezhi_kit::Random;
use xiezhi_model::message::Delivery;
use xiezhi_model::town::TownTable;
use xiezhi_model::{AgencyId, CivilDate};

use crate::agencies::{chance, days, pick};
use crate::district::{District, Expect, UNREADABLE};
use crate::ledger::{Tenant, tenants, units};

/// Enterprises in the ledger.
pub(crate) const TENANTS: usize = 400;
/// Rows of one ledger message.
const LEDGER_ROWS: usize = 100;
/// The host unit whose tenants bring false materials: one that has a link.
const FALSE_HOST: usize = 1;
/// The host unit with bursts of complaints.
const COMPLAINED_HOST: usize = 3;
/// The host unit whose tenants miss their annual reports.
const UNREPORTED_HOST: usize = 5;
/// The host unit that confirms nothing.
const NEGLECTED_HOST: usize = 7;
/// The host unit whose inspections go badly.
const TROUBLED_HOST: usize = 9;
/// When the half-year's confirmation comes, and when annual reports end, in days from the start.
const CONFIRMED_DAY: usize = 160;
const REPORTS_END_DAY: usize = 180;

/// Findings: sender (`@town` the tenant's township), code system, code, title, how often among the others.
const FINDINGS: [(&str, &str, &str, &str, usize); 34] = [
    ("urban-management", "cjt214", "1101120101", "私搭乱建", 4),
    ("urban-management", "cjt214", "1101120198", "厂房改建公寓", 3),
    ("urban-management", "cjt214", "1101120501", "无照经营", 4),
    ("urban-management", "cjt214", "1101120699", "登记住所无法联系", 4),
    ("urban-management", "cjt214", "1101120299", "其他事件", 2),
    ("police", "ga-xslb", "01", "虚假材料骗取登记", 1),
    ("police", "ga-xslb", "02", "登记住所无法联系", 4),
    ("police", "ga-xslb", "03", "场所不具备治安条件", 3),
    ("police", "ga-xslb", "99", "其他线索", 2),
    ("police", "ga-ywlx", "XSYS", "涉嫌骗取公司登记", 1),
    ("police", "ga-ywlx", "XSYS", "涉嫌无证经营", 3),
    ("planning", "gz-wflx", "01", "无证建设", 3),
    ("planning", "gz-wflx", "02", "擅自改变用途", 3),
    ("planning", "gz-wflx", "03", "超许可建设", 2),
    ("planning", "gz-wflx", "09", "其他", 1),
    ("housing", "jgj125", "C", "局部危房", 2),
    ("housing", "jgj125", "D", "整幢危房", 2),
    ("housing", "jgj125", "B", "个别构件破损", 1),
    ("fire", "xf-yhlb", "02", "疏散通道堵塞", 6),
    ("emergency", "gbt35561", "43000", "重大事故隐患", 4),
    ("@town", "township-check", "01", "无法联系", 5),
    ("@town", "township-check", "02", "擅自改变房屋用途", 3),
    ("@town", "township-check", "03", "利用非法建筑", 3),
    ("@town", "township-check", "04", "不具备特定条件", 3),
    ("@town", "township-check", "05", "虚假材料骗取登记", 1),
    ("@town", "township-check", "09", "其他", 1),
    ("commerce", "sw-issue", "04", "无法联系", 2),
    ("commerce", "sw-issue", "05", "虚假材料", 1),
    ("commerce", "sw-issue", "07", "其他问题", 1),
    ("commerce", "fie-report", "-", "外商投资信息报告所列问题", 2),
    ("market-supervision", "ssj-jgdm", "6", "通过登记的住所无法联系", 3),
    ("market-supervision", "ssj-jgdm", "3", "发现问题已责令改正", 1),
    ("environment", "facility", "off", "治理设施停运", 3),
    ("market-supervision", "scjg-slhc", "1", "两次专用信函无人签收", 3),
];

/// Draws what happens on each day.
pub(crate) struct Events {
    tenants: Vec<Tenant>,
    random: Random,
    /// The township of each town, by its codes.
    townships: BTreeMap<String, AgencyId>,
    start: CivilDate,
    /// Reports stop on this day.
    last_day: usize,
    /// What comes later by itself, such as the end of lost contact: sender and record.
    later: BTreeMap<usize, Vec<(String, Value)>>,
    /// Messages that come again.
    again: Vec<Delivery>,
    references: u64,
}

impl Events {
    /// The district's tenants and the year's fixed events.
    pub(crate) fn new(
        seed: u64,
        towns: &TownTable,
        townships: BTreeMap<String, AgencyId>,
        start: CivilDate,
        last_day: usize,
    ) -> anyhow::Result<Self> {
        let mut random = Random::new(seed);
        let tenants = tenants(TENANTS, towns, &mut random)?;
        let (later, again) = (BTreeMap::new(), Vec::new());
        let mut events = Self { tenants, random, townships, start, last_day, later, again, references: 0 };
        events.annual_reports();
        events.bursts();
        Ok(events)
    }

    /// The first ledger, before the first day.
    pub(crate) fn begin(&mut self, district: &mut District) -> anyhow::Result<()> {
        let filing = AgencyId::parse("address-filing")?;
        district.send(&filing, units(), Expect::Done)?;
        self.confirm(district, 0, |_| true)
    }

    /// Sends the ledger of the tenants meant, as confirmed on a day.
    fn confirm(&self, district: &mut District, day: usize, is_meant: impl Fn(&Tenant) -> bool) -> anyhow::Result<()> {
        let filing = AgencyId::parse("address-filing")?;
        let on = self.date(day);
        let rows: Vec<Value> =
            self.tenants.iter().filter(|tenant| is_meant(tenant)).map(|tenant| tenant.entry(&on)).collect();
        for rows in rows.chunks(LEDGER_ROWS) {
            district.send(&filing, rows.to_vec(), Expect::Done)?;
        }
        Ok(())
    }

    fn date(&self, day: usize) -> String {
        self.start.plus_days(i32::try_from(day).unwrap_or(0)).to_string()
    }

    /// Sends what happens on a day.
    pub(crate) async fn happen(&mut self, day: usize, works: bool, district: &mut District) -> anyhow::Result<()> {
        if day == CONFIRMED_DAY {
            self.mend();
            self.confirm(district, day, |tenant| tenant.host != NEGLECTED_HOST)?;
        }
        let mut records = self.later.remove(&day).unwrap_or_default();
        if day < self.last_day {
            let many = if works { days(&mut self.random, 4, 14) } else { days(&mut self.random, 0, 4) };
            for _ in 0..many {
                records.extend(self.one(day));
            }
            if day % 5 == 2 {
                records.extend(self.together());
            }
        }
        self.deliver(records, district).await
    }

    /// Each sender's records of the day, some in one message, some each in its own.
    async fn deliver(&mut self, records: Vec<(String, Value)>, district: &mut District) -> anyhow::Result<()> {
        let mut by_sender: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (sender, record) in records {
            by_sender.entry(sender).or_default().push(record);
        }
        for (sender, records) in by_sender {
            let agency = AgencyId::parse(&sender)?;
            let size = days(&mut self.random, 1, 4);
            for records in records.chunks(size) {
                let delivery = district.send(&agency, records.to_vec(), Expect::Done)?;
                if chance(&mut self.random, 3) {
                    self.again.push(delivery);
                }
            }
            if chance(&mut self.random, 1) {
                district.send_bytes(&agency, b"{\"kind\": ".to_vec(), Expect::Dead(UNREADABLE))?;
            }
        }
        Ok(())
    }

    /// Messages of earlier days come again; one in four with other bytes under the same id.
    pub(crate) async fn repeat(&mut self, district: &mut District) -> anyhow::Result<()> {
        for mut delivery in std::mem::take(&mut self.again) {
            if chance(&mut self.random, 25) {
                delivery.body.push(b' ');
            }
            district.send_again(delivery).await?;
        }
        Ok(())
    }

    /// One event of any kind.
    fn one(&mut self, day: usize) -> Vec<(String, Value)> {
        let Some(tenant) = pick(&mut self.random, &self.tenants).cloned() else { return Vec::new() };
        match self.random.between(1, 100) {
            1..=60 => self.finding(day, &tenant),
            61..=76 => vec![self.complaint(&tenant)],
            77..=89 => vec![self.inspection(&tenant)],
            90..=93 => vec![self.penalty(&tenant, "罚款", Some(200_000))],
            94..=95 => self.major_penalty(day, &tenant),
            96..=97 => vec![self.noted(&tenant)],
            _ => vec![self.nameless()],
        }
    }

    /// A finding of the table, by its weight.
    fn finding(&mut self, day: usize, tenant: &Tenant) -> Vec<(String, Value)> {
        let mut left = days(&mut self.random, 1, FINDINGS.iter().map(|row| row.4 as u64).sum());
        let drawn = FINDINGS.iter().find(|row| {
            let is_it = left <= row.4;
            left = left.saturating_sub(row.4);
            is_it
        });
        let Some((sender, system, code, title, _)) = drawn.copied() else { return Vec::new() };
        match system {
            "facility" => return vec![self.stopped_facility(tenant)],
            "scjg-slhc" => return self.verified_lost_contact(day, tenant),
            _ => {}
        }
        let record = self.found(tenant, system, code, title);
        vec![(self.sender(sender, tenant), record)]
    }

    fn sender(&self, sender: &str, tenant: &Tenant) -> String {
        let township = || self.townships.get(&tenant.town).map_or("township-wenjing", |agency| agency.as_str());
        if sender == "@town" { township().to_owned() } else { sender.to_owned() }
    }

    fn found(&mut self, tenant: &Tenant, system: &str, code: &str, title: &str) -> Value {
        let mut party = tenant.party();
        // Some reports do not name the town: a rule's `@town` then leads to nobody.
        if chance(&mut self.random, 15)
            && let Some(party) = party.as_object_mut()
        {
            party.remove("town");
        }
        json!({
            "kind": "finding", "schema_version": 1, "reference": self.reference("AJ"), "party": party,
            "issue": {"code_system": system, "code": code}, "title": title, "text": format!("{}：{title}", tenant.name)
        })
    }

    fn stopped_facility(&mut self, tenant: &Tenant) -> (String, Value) {
        let device = chance(&mut self.random, 30);
        let party = if device { json!({"device": "010000B110112000000003AF"}) } else { tenant.party() };
        let record = json!({
            "kind": "indicator", "schema_version": 1, "reference": self.reference("JC"), "party": party,
            "period": "facility_state", "facilities": [{"facility": "SB1", "state": "off"}]
        });
        ("environment".to_owned(), record)
    }

    /// Lost contact that the bureau verified; often it ends some weeks later.
    fn verified_lost_contact(&mut self, day: usize, tenant: &Tenant) -> Vec<(String, Value)> {
        let record = self.found(tenant, "scjg-slhc", "1", "两次专用信函无人签收");
        if chance(&mut self.random, 50) {
            let (end, after) = (self.restoration(tenant, "列入经营异常名录"), days(&mut self.random, 25, 80));
            self.later(day + after, ("market-supervision".to_owned(), end));
        }
        vec![("market-supervision".to_owned(), record)]
    }

    fn restoration(&mut self, tenant: &Tenant, restores: &str) -> Value {
        json!({
            "kind": "restoration", "schema_version": 1, "reference": self.reference("XF"), "party": tenant.party(),
            "restores": restores
        })
    }

    fn complaint(&mut self, tenant: &Tenant) -> (String, Value) {
        let repeats = if chance(&mut self.random, 5) { 2 } else { 0 };
        let record = json!({
            "kind": "complaint", "schema_version": 1, "reference": self.reference("GD"), "party": tenant.party(),
            "issue": {"code_system": "hotline", "code": "投诉"}, "text": "商家不退款", "repeat_count": repeats
        });
        ("hotline".to_owned(), record)
    }

    fn inspection(&mut self, tenant: &Tenant) -> (String, Value) {
        let bad = if tenant.host == TROUBLED_HOST { 45 } else { 10 };
        let result = match self.random.between(1, 100) {
            drawn if drawn <= bad => "problem",
            drawn if drawn <= bad * 2 => "uncheckable",
            _ => "clear",
        };
        let record = self.counted(tenant, "inspection", &[("inspected", 1), (result, 1)], json!({}));
        ("market-supervision".to_owned(), record)
    }

    fn counted(&mut self, tenant: &Tenant, period: &str, counts: &[(&str, u8)], extra: Value) -> Value {
        let value =
            |(factor, count): &(&str, u8)| json!({"factor": factor, "statistic": "count", "value": count.to_string()});
        json!({
            "kind": "indicator", "schema_version": 1, "reference": self.reference("TJ"), "party": tenant.party(),
            "period": period, "measurements": counts.iter().map(value).collect::<Vec<_>>(), "extra": extra
        })
    }

    fn penalty(&mut self, tenant: &Tenant, category: &str, fine: Option<u32>) -> (String, Value) {
        let mut record = json!({
            "kind": "penalty", "schema_version": 1, "reference": self.reference("京通罚"), "party": tenant.party(),
            "violation": "违法经营", "category": category
        });
        if let (Some(fine), Some(record)) = (fine, record.as_object_mut()) {
            record.insert("fine".to_owned(), fine.into());
        }
        ("development-reform".to_owned(), record)
    }

    /// A penalty that asks for joint punishment; often the credit is repaired some months later.
    fn major_penalty(&mut self, day: usize, tenant: &Tenant) -> Vec<(String, Value)> {
        let large = chance(&mut self.random, 40);
        let penalty = match large {
            true => self.penalty(tenant, "罚款", Some(12_000_000)),
            false => self.penalty(tenant, "吊销许可证件", None),
        };
        if chance(&mut self.random, 50) {
            let (repair, after) = (self.restoration(tenant, "行政处罚"), days(&mut self.random, 30, 90));
            self.later(day + after, ("development-reform".to_owned(), repair));
        }
        vec![penalty]
    }

    /// What is recorded only: an alarm, or a tax figure.
    fn noted(&mut self, tenant: &Tenant) -> (String, Value) {
        if chance(&mut self.random, 50) {
            return ("fiscal".to_owned(), self.counted(tenant, "month", &[("tax", 1)], json!({})));
        }
        let record = json!({
            "kind": "alarm", "schema_version": 1, "reference": self.reference("BJ"), "party": tenant.party(),
            "issue": {"code_system": "gbt26875", "code": "1"}, "text": "火警"
        });
        ("fire".to_owned(), record)
    }

    /// A complaint about somebody without a code.
    fn nameless(&mut self) -> (String, Value) {
        let nth = self.random.between(1, 30);
        let record = json!({
            "kind": "complaint", "schema_version": 1, "reference": self.reference("GD"),
            "party": {"name": format!("流动摊贩{nth}")}, "issue": {"code_system": "hotline", "code": "举报"}, "text": "占道经营"
        });
        ("hotline".to_owned(), record)
    }

    /// Several agencies about one enterprise on one day.
    fn together(&mut self) -> Vec<(String, Value)> {
        let Some(tenant) = pick(&mut self.random, &self.tenants).cloned() else { return Vec::new() };
        let reports = [
            ("police", "ga-xslb", "02"),
            ("urban-management", "cjt214", "1101120699"),
            ("@town", "township-check", "01"),
        ];
        let report = |(sender, system, code): (&str, &str, &str)| {
            let record = self.found(&tenant, system, code, "无法联系");
            (self.sender(sender, &tenant), record)
        };
        reports.into_iter().map(report).collect()
    }

    /// Each tenant's report until the end of June; the missing ones are named after that.
    fn annual_reports(&mut self) {
        for tenant in self.tenants.clone() {
            let missed = if tenant.host == UNREPORTED_HOST { 25 } else { 2 };
            let is_missed = chance(&mut self.random, missed);
            let (submitted, status) = if is_missed { (0, "3") } else { (1, "1") };
            let on = if is_missed {
                REPORTS_END_DAY + days(&mut self.random, 1, 3)
            } else {
                days(&mut self.random, 10, 178)
            };
            let counts = [("due", 1), ("submitted", submitted)];
            let record = self.counted(&tenant, "annual_report", &counts, json!({"AncheStatus": status}));
            self.later(on, ("market-supervision".to_owned(), record));
        }
    }

    /// False materials at one host unit, and complaints that come in bursts: about one tenant, and about many of one unit.
    fn bursts(&mut self) {
        let of = |host: usize, tenants: &[Tenant]| -> Vec<Tenant> {
            tenants.iter().filter(|tenant| tenant.host == host).cloned().collect()
        };
        for tenant in of(FALSE_HOST, &self.tenants).iter().take(8) {
            let on = days(&mut self.random, 40, 100);
            let record = self.found(tenant, "ga-xslb", "01", "虚假材料骗取登记");
            self.later(on, ("police".to_owned(), record));
        }
        for tenant in of(COMPLAINED_HOST, &self.tenants).iter().take(26) {
            let (on, record) = (days(&mut self.random, 70, 90), self.complaint(tenant));
            self.later(on, record);
        }
        for start in [50, 120, 200] {
            let Some(tenant) = pick(&mut self.random, &self.tenants).cloned() else { continue };
            for _ in 0..7 {
                let (on, record) = (start + days(&mut self.random, 0, 6), self.complaint(&tenant));
                self.later(on, record);
            }
        }
    }

    /// By the half-year's confirmation every tenant shows its place.
    fn mend(&mut self) {
        for tenant in &mut self.tenants {
            tenant.is_published = true;
        }
    }

    /// Has something come on a day, unless reports have stopped by then.
    fn later(&mut self, day: usize, report: (String, Value)) {
        if day < self.last_day {
            self.later.entry(day).or_default().push(report);
        }
    }

    fn reference(&mut self, prefix: &str) -> String {
        self.references += 1;
        format!("{prefix}-{}", self.references)
    }
}
