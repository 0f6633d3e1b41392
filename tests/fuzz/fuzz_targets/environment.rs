//! Fuzzes what the environment plugin reads, with the settings of environment.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_environment::Environment;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/environment.toml")));

fuzz_target!(|bytes: &[u8]| check::<Environment>(&LINK, bytes));
