//! Fuzzes what the address-filing plugin reads, with the settings of address-filing.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_address_filing::AddressFiling;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/address-filing.toml")));

fuzz_target!(|bytes: &[u8]| check::<AddressFiling>(&LINK, bytes));
