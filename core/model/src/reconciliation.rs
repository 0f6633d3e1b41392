//! Reconciliation (对账): the entries that were published from here, held against the credit system's own list.

use serde::{Deserialize, Serialize};

use crate::{ActId, UtcTime};

/// What one reconciliation found. Nothing is mended by it: each difference says what a person can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// When the credit system's list was read.
    pub at: UtcTime,
    /// Entries that should be there by what is decided here and confirmed by receipts.
    pub entries_here: u32,
    /// Entries that are there.
    pub entries_there: u32,
    /// Entries that are alike.
    pub alike: u32,
    /// Entries that are under way: their latest message has no receipt yet, so they are not compared.
    pub under_way: u32,
    /// Entries whose listing the system refused: they wait for a person, and should not be there.
    pub refused: u32,
    /// Rows of its list that could not be read, each with what is wrong.
    pub unreadable: Vec<String>,
    /// What differs, by entry.
    pub differences: Vec<Difference>,
}

impl Reconciliation {
    /// Whether both lists say the same.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.unreadable.is_empty()
    }

    /// In one line, as officials read it.
    #[must_use]
    pub fn to_chinese(&self) -> String {
        let of = |kind| self.differences.iter().filter(|difference| difference.kind == kind).count();
        format!(
            "名录对账：本地{}条，公示系统{}条，一致{}条；对方缺少{}条，对方多出{}条，内容不一致{}条，停止推送{}条，无法读取{}条；待回执{}条，未被接收{}条",
            self.entries_here,
            self.entries_there,
            self.alike,
            of(DifferenceKind::Missing),
            of(DifferenceKind::Extra),
            of(DifferenceKind::Different),
            of(DifferenceKind::Stopped),
            self.unreadable.len(),
            self.under_way,
            self.refused,
        )
    }
}

/// One entry that is not alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The entry's key (`BusExcList`).
    pub entry: String,
    /// How it differs.
    pub kind: DifferenceKind,
    /// The decided act whose entry it is, where there is one here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<ActId>,
    /// The fields that differ, in the order of the list's columns; of an entry that differs otherwise none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldDifference>,
    /// What a person can do about it, in Chinese.
    pub proposal: String,
}

/// How an entry differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// It is not there.
    Missing,
    /// Nothing here says that it should be there.
    Extra,
    /// It is there with another content.
    Different,
    /// The message that should bring it about was given up, and nothing says what became of it.
    Stopped,
}

impl DifferenceKind {
    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::Missing => "对方缺少",
            Self::Extra => "对方多出",
            Self::Different => "内容不一致",
            Self::Stopped => "停止推送",
        }
    }
}

/// One field of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDifference {
    /// The column's name in the list.
    pub field: String,
    /// What should be there.
    pub here: String,
    /// What is there; empty where the column is.
    pub there: String,
}
