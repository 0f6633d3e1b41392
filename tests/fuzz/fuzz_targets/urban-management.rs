//! Fuzzes what the urban-management plugin reads, with the settings of urban-management.
#![no_main]

use std::sync::LazyLock;

use xiezhi_fuzz::{Context, check, fuzz_target, link};
use xiezhi_plugin_urban_management::UrbanManagement;

static LINK: LazyLock<Context> = LazyLock::new(|| link(include_str!("../../../config/agencies/urban-management.toml")));

fuzz_target!(|bytes: &[u8]| check::<UrbanManagement>(&LINK, bytes));
