//! Fuzzes what the market-supervision plugin reads, with the settings of market-supervision.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_market_supervision::MarketSupervision;

static LINK: LazyLock<Context> =
    LazyLock::new(|| link(include_str!("../../../config/agencies/market-supervision.toml")));

fuzz_target!(|bytes: &[u8]| check::<MarketSupervision>(&LINK, bytes));
