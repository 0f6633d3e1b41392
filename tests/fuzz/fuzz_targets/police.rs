//! Fuzzes what the police plugin reads, with the settings of police.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_police::Police;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/police.toml")));

fuzz_target!(|bytes: &[u8]| check::<Police>(&LINK, bytes));
