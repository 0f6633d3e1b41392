//! Fuzzes what the township plugin reads, with the settings of township-beiyuan.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_township::Township;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/township-beiyuan.toml")));

fuzz_target!(|bytes: &[u8]| check::<Township>(&LINK, bytes));
