//! Fuzzes what the fiscal plugin reads, with the settings of fiscal.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_fiscal::Fiscal;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/fiscal.toml")));

fuzz_target!(|bytes: &[u8]| check::<Fiscal>(&LINK, bytes));
