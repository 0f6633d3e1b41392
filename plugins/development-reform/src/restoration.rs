//! 信用修复 (`XYXF`): a decision that repairs the credit of an entity. The fields are our own design, after those of penalties.

use std::collections::BTreeMap;

use xiezhi_sdk::model::record::{Party, Restoration, SCHEMA_VERSION};

use crate::exchange::Header;
use crate::problem::{Problem, code};
use crate::row::{Column, Row};

const NUMBER: Column = Column::new("XF_BH", &[], 128);
const NAME: Column = Column::new("XF_XDR_MC", &[], 200);
const CODE: Column = Column::new("XF_XDR_SHXYM", &[], 64);
const RESTORES: Column = Column::new("XF_WSH", &[], 128);
const DECIDED: Column = Column::new("XF_JDRQ", &[], 32);
/// Fields that have a place in the record.
const KNOWN: [Column; 5] = [NUMBER, NAME, CODE, RESTORES, DECIDED];
/// Fields that go to `extra`: what kind of information is repaired, by whom, why, and the joint punishment that ends.
const KEPT: [Column; 5] = [
    Column::new("XF_XXLX", &[], 64),
    Column::new("XF_JG", &[], 200),
    Column::new("XF_JGDM", &[], 18),
    Column::new("XF_YY", &[], 2_000),
    Column::new("LHCJ_BH", &[], 64),
];
/// People who applied.
const DROPPED: [Column; 3] =
    [Column::new("XF_SQR", &[], 64), Column::new("XF_SQR_ZJHM", &[], 64), Column::new("XF_LXDH", &[], 64)];

/// Reads one row.
pub(crate) fn restoration(row: &Row<'_>, header: &Header<'_>) -> Result<Restoration, Problem> {
    let mut extra = BTreeMap::new();
    header.keep(&mut extra);
    let reference = row.required(&NUMBER)?;
    let name = row.text(&NAME)?;
    let Some(uscc) = row.uscc(&CODE, &mut extra)? else {
        let text = "缺少统一社会信用代码 XF_XDR_SHXYM，无法确定为哪一家单位修复信用，请补充";
        return Err(Problem::new(code::PARTY_UNIDENTIFIED, row.at, text).in_field(CODE.name));
    };
    let restores = row.required(&RESTORES)?;
    let decided_on = row.date(&DECIDED)?;
    row.extra(&KEPT, &KNOWN, &DROPPED, &mut extra)?;
    Ok(Restoration {
        schema_version: SCHEMA_VERSION,
        reference: reference.text.to_owned(),
        party: Party { name, uscc: Some(uscc), ..Party::default() },
        restores: restores.text.to_owned(),
        decided_on,
        extra,
    })
}
