//! Fuzzes what the housing plugin reads, with the settings of housing.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_housing::Housing;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/housing.toml")));

fuzz_target!(|bytes: &[u8]| check::<Housing>(&LINK, bytes));
