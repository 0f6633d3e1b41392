//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;
use crate::pack::Pack;

#[test]
fn no_damage_brings_the_plugin_down() {
    let answer = super::outbound::encode(&testing::assignment("housing"));
    testing::survives_damage::<Housing>("housing", &[XLSX, CSV, DAMAGED, FEEDBACK, &answer]);
}

/// Damage to the file mostly breaks a checksum, so what is inside a part is damaged here before it is packed.
#[test]
fn no_damage_inside_a_part_brings_the_plugin_down() {
    let header = "鉴定报告编号,房屋坐落,乡镇街道代码,产权人,统一社会信用代码,鉴定等级,鉴定日期";
    let rows = [
        row(1, header),
        row(2, "N1,漷县镇,110112106,测试壬,,B,46276"),
        row(3, "N2,乙,,,91110112MAYYT00167,D,2026-9-1"),
    ];
    let data = format!("<worksheet><sheetData>{}</sheetData></worksheet>", rows.concat());
    let texts = "<sst><si><t>C</t></si><si><r><t>N</t></r><r><t>1</t></r></si></sst>";
    let names = ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"];
    let parts = [BOOK, RELATIONS, &data, texts];
    let mut random = testing::Random::seeded();
    let (mut refused, mut read) = (0, 0);
    for _ in 0..3_000 {
        let chosen = [2, 2, 2, random.below(4)][random.below(4)];
        let mut pack = Pack::default();
        for (index, (name, part)) in names.iter().zip(parts).enumerate() {
            let mut part = part.as_bytes().to_vec();
            if index == chosen {
                for _ in 0..=random.below(3) {
                    testing::damage(&mut part, data.as_bytes(), &mut random);
                }
            }
            pack.add(name, &part);
        }
        let bytes = pack.finish();
        match decode(&bytes) {
            Err(fault) => {
                refused += 1;
                testing::check_fault(&fault, bytes.len());
            }
            Ok(decoded) => {
                read += 1;
                decoded.document.row_faults.iter().for_each(|row| testing::check_fault(&row.fault, bytes.len()));
            }
        }
    }
    assert!(refused > 30 && read > 30, "{refused} refused, {read} read");
}
