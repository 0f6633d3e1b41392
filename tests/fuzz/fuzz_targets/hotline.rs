//! Fuzzes what the hotline plugin reads, with the settings of hotline.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_hotline::Hotline;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/hotline.toml")));

fuzz_target!(|bytes: &[u8]| check::<Hotline>(&LINK, bytes));
