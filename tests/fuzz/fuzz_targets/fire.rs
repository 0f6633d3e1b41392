//! Fuzzes what the fire plugin reads, with the settings of fire.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_fire::Fire;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/fire.toml")));

fuzz_target!(|bytes: &[u8]| check::<Fire>(&LINK, bytes));
