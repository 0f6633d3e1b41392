//! Fuzzes what the credit-publicity plugin reads, with the settings of credit-publicity.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_credit_publicity::CreditPublicity;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/credit-publicity.toml")));

fuzz_target!(|bytes: &[u8]| check::<CreditPublicity>(&LINK, bytes));
