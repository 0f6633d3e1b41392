//! The link's settings that this plugin reads, checked.

use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::problem::FORMAT;

/// The gateway's address in the sample frames.
const SENDER_DEFAULT: &str = "110112119000";
/// The fire department's address in the sample frames.
const RECEIVER_DEFAULT: &str = "110112000005";
/// Hexadecimal digits of an address.
const ADDRESS_DIGITS: usize = 12;

/// The addresses of both ends, as on the wire.
pub(crate) struct Ends {
    pub(crate) sender: [u8; 6],
    pub(crate) receiver: [u8; 6],
}

/// `sender_address` and `receiver_address`.
pub(crate) fn ends(context: &Context) -> Result<Ends, Fault> {
    Ok(Ends {
        sender: address(context, "sender_address", SENDER_DEFAULT)?,
        receiver: address(context, "receiver_address", RECEIVER_DEFAULT)?,
    })
}

/// An address as people write it: twelve hexadecimal digits, highest byte first.
fn address(context: &Context, name: &str, default: &'static str) -> Result<[u8; 6], Fault> {
    let text = setting::word(FORMAT, context, name, ADDRESS_DIGITS..=ADDRESS_DIGITS, default)?;
    let Some(value) = u64::from_str_radix(text, 16).ok().filter(|_| text.len() == ADDRESS_DIGITS) else {
        return Err(setting::invalid(FORMAT, name, "应为12位十六进制数字"));
    };
    let [a, b, c, d, e, f, ..] = value.to_le_bytes();
    Ok([a, b, c, d, e, f])
}

/// An address as people write it; the form of `party.device` and of `config/codes/devices.toml`.
pub(crate) fn address_text(address: [u8; 6]) -> String {
    address.iter().rev().map(|byte| format!("{byte:02X}")).collect()
}
