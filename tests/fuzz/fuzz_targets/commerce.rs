//! Fuzzes what the commerce plugin reads, with the settings of commerce.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_commerce::Commerce;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/commerce.toml")));

fuzz_target!(|bytes: &[u8]| check::<Commerce>(&LINK, bytes));
