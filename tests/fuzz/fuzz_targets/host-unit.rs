//! Fuzzes what the host-unit plugin reads, with the settings of host-zhongguancun-tongzhou.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_host_unit::HostUnit;

static LINK: LazyLock<Context> =
    LazyLock::new(|| link(include_str!("../../../config/agencies/host-zhongguancun-tongzhou.toml")));

fuzz_target!(|bytes: &[u8]| check::<HostUnit>(&LINK, bytes));
