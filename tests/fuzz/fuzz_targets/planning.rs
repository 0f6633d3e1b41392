//! Fuzzes what the planning plugin reads, with the settings of planning.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_planning::Planning;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/planning.toml")));

fuzz_target!(|bytes: &[u8]| check::<Planning>(&LINK, bytes));
