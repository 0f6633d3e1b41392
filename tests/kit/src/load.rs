//! Messages made by number: clues, each about an invented enterprise of its own, as load; and answers to assignments.

/// The 31 characters of GB 32100-2015.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Where the invented enterprises are registered.
const ADDRESS: &str = "北京市通州区文景街道云景东路1号院6号楼3层";

/// A credit code with right check characters for the `n`th invented enterprise. The numbers
/// are made up; do not take them for anybody's.
#[must_use]
pub fn uscc(n: usize) -> String {
    let digits: String = format!("{:04}", n % 10_000);
    let letter = ALPHABET.get(10 + (n / 10_000) % 16).copied().map_or('A', char::from);
    let body = format!("MA{letter}Y{digits}");
    let organisation = organisation_check(&body);
    let mut code = format!("91110112{body}{organisation}");
    let mut sum = 0;
    let mut weight = 1;
    for c in code.bytes() {
        let value = ALPHABET.iter().position(|&b| b == c).unwrap_or_default();
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    code.push(ALPHABET.get((31 - sum % 31) % 31).copied().map_or('?', char::from));
    code
}

/// GB 11714, mod 11.
fn organisation_check(body: &str) -> char {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().zip(WEIGHTS).map(|(c, weight)| c.to_digit(36).unwrap_or_default() * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

/// One row of a police clue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clue {
    /// The police's own number of it.
    pub number: usize,
    /// Which invented enterprise it is about.
    pub enterprise: usize,
    /// Its class: 01 (虚假材料骗取登记), 02 (登记住所无法联系) or 03 (场所不具备治安条件).
    pub class: &'static str,
}

/// A police clue with `rows` rows, about the enterprises from `first` on.
#[must_use]
pub fn police_clue(first: usize, rows: usize) -> Vec<u8> {
    let rows: Vec<Clue> = (first..first + rows).map(|n| Clue { number: n, enterprise: n, class: "02" }).collect();
    police_clues(first, &rows)
}

/// A message of the police, by its number, with these clues.
#[must_use]
pub fn police_clues(number: usize, rows: &[Clue]) -> Vec<u8> {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GAJHBW BBH=\"1.0\"><BWT><BWBH>1101120000002026092109{number:010}</BWBH>\
         <FSF>110112000000</FSF><JSF>11110112MAYYG0015Y</JSF><FSSJ>20260921090600</FSSJ><YWLX>XSYS</YWLX></BWT>"
    );
    for &Clue { number: n, enterprise, class } in rows {
        let name = match class {
            "01" => "虚假材料骗取登记",
            "03" => "场所不具备治安条件",
            _ => "登记住所无法联系",
        };
        text.push_str(&format!(
            "<BWST><AJXX><AJBH>A110112000000202609{:04}{n:08}</AJBH><AJMC>{name}线索</AJMC>\
             <SLSJ>20260921083000</SLSJ><SLDW_GAJGJGDM>110112000000</SLDW_GAJGJGDM>\
             <JYAQ>经两次上门走访，登记住所无人办公，通过登记的电话无法取得联系。</JYAQ>\
             <YSYJ>《中华人民共和国行政处罚法》第二十七条</YSYJ><XSLB>{class}</XSLB><XSLBMC>{name}</XSLBMC></AJXX>\
             <DWXX><DWMC>北京测试第{enterprise}号企业管理有限公司</DWMC><TYSHXYDM>{}</TYSHXYDM>\
             <DWDZ>{ADDRESS}集群注册B-{enterprise:05}号</DWDZ></DWXX></BWST>",
            n % 10_000,
            uscc(enterprise)
        ));
    }
    text.push_str("</GAJHBW>");
    text.into_bytes()
}

/// A parcel of the planning department, by its number: an illegal building (WFLX 01) of an invented enterprise.
#[must_use]
pub fn planning_parcel(number: usize, enterprise: usize) -> Vec<u8> {
    let parcel = serde_json::json!({
        "type": "FeatureCollection",
        "name": "WFJS_TB_110112_20260918",
        "crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::4490" } },
        "features": [{
            "type": "Feature",
            "id": format!("110112202609{number:06}"),
            "geometry": { "type": "Polygon", "coordinates": [[
                [116.6600, 39.8890], [116.6606, 39.8890], [116.6606, 39.8894], [116.6600, 39.8894], [116.6600, 39.8890],
            ]] },
            "properties": {
                "TBBH": format!("110112202609{number:06}"), "XZQDM": "110112", "XZDM": "110112009",
                "ZL": format!("{ADDRESS}集群注册B-{enterprise:05}号"), "WFLX": "01", "ZDMJ": 2279.2,
                "FXSJ": "2026-09-18T09:30:00+08:00", "CLJD": "立案调查", "ZFJGDM": "11110112MAYYG0023R",
                "DSRMC": format!("北京测试第{enterprise}号企业管理有限公司"), "DSRDM": uscc(enterprise),
                "DJYT": "商业", "SJYT": "加建为集中办公", "FXFS": "卫星影像比对",
            },
        }],
    });
    parcel.to_string().into_bytes()
}

/// A finding of a township's inspection, by its number; `class` is 01 (无法联系) or 03 (利用非法建筑).
#[must_use]
pub fn township_check(number: usize, enterprise: usize, class: &str) -> Vec<u8> {
    format!(
        "\u{feff}检查编号,企业名称,统一社会信用代码,检查地址,问题类别,问题描述,检查日期,依据\r\n\
         WJ-2026-{number:06},北京测试第{enterprise}号企业管理有限公司,{},{ADDRESS}集群注册B-{enterprise:05}号,{class},\
         两次走访，登记地址无人办公。,2026年9月15日,《工作措施》五（三）9\r\n",
        uscc(enterprise)
    )
    .into_bytes()
}

/// The police's answer to an assignment; `result` is 1 (received), 2 (returned), 3 (in progress) or 4 (done).
#[must_use]
pub fn police_feedback(n: usize, assignment: &str, result: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GAJHBW BBH=\"1.0\"><BWT><BWBH>1101120000002026092215{n:010}</BWBH>\
         <FSF>110112000000</FSF><JSF>11110112MAYYG0015Y</JSF><FSSJ>20260922150000</FSSJ><YWLX>CLFK</YWLX></BWT>\
         <BWST><FKXX><PQBH>{assignment}</PQBH><JGDM>{result}</JGDM><FKNR>已现场核实并依法处理。</FKNR>\
         <FKSJ>20260922143000</FKSJ></FKXX></BWST></GAJHBW>"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::uscc;

    #[test]
    fn made_codes_are_whole_and_distinct() {
        assert_eq!(uscc(0).len(), 18);
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..12_000 {
            assert!(seen.insert(uscc(n)), "{n}");
        }
    }
}
