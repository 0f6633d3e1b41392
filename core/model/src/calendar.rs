//! Working-day calendars: the State Council's yearly tables, as data.

use serde::{Deserialize, Serialize};

use crate::CivilDate;

/// One year's table. A day that is neither `off` nor `make_up` is a working day from Monday to Friday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearCalendar {
    /// The year.
    pub year: i16,
    /// The notice that the table is from.
    pub source: String,
    /// Days off (放假), weekends inside a holiday included.
    pub off: Vec<CivilDate>,
    /// Weekend days that are worked (调休上班).
    pub make_up: Vec<CivilDate>,
}

/// What to do when a deadline reaches a year without a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingYear {
    /// Refuse: the message is dead until the table is there.
    #[default]
    Refuse,
    /// Count Monday to Friday, and mark the deadline as estimated.
    Estimate,
}
