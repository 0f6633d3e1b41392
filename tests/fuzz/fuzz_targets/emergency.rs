//! Fuzzes what the emergency plugin reads, with the settings of emergency.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_emergency::Emergency;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/emergency.toml")));

fuzz_target!(|bytes: &[u8]| check::<Emergency>(&LINK, bytes));
