//! Fuzzes what the development-reform plugin reads, with the settings of development-reform.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_development_reform::DevelopmentReform;

static LINK: LazyLock<Context> =
    LazyLock::new(|| link(include_str!("../../../config/agencies/development-reform.toml")));

fuzz_target!(|bytes: &[u8]| check::<DevelopmentReform>(&LINK, bytes));
