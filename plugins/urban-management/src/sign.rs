//! The signature: SM3 (GB/T 32905-2016) over the secret, the sorted fields and the secret again.
//!
//! The shape is the one in use between Chinese government platforms: `upper(hex(SM3(secret + "k=v&…" + secret)))`,
//! fields sorted by name, values as they are before percent-encoding, `sign` itself left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sm3::{Digest as _, Sm3};
use subtle::ConstantTimeEq as _;

/// The field that holds the signature and takes no part in it.
pub(crate) const SIGN_FIELD: &str = "sign";

/// The signature of a form's fields.
pub(crate) fn sign<'a>(secret: &str, fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let sorted: BTreeMap<&str, &str> = fields.filter(|(name, _)| *name != SIGN_FIELD).collect();
    let mut hasher = Sm3::new();
    hasher.update(secret);
    for (index, (name, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            hasher.update("&");
        }
        hasher.update(name);
        hasher.update("=");
        hasher.update(value);
    }
    hasher.update(secret);
    upper_hex(&hasher.finalize())
}

/// Whether a signature is the expected one. Takes the same time wherever the two differ, so that nobody can find a
/// signature character by character. Lower-case digits are taken too.
pub(crate) fn is_expected(given: &str, expected: &str) -> bool {
    given.to_ascii_uppercase().as_bytes().ct_eq(expected.as_bytes()).into()
}

/// SM3 of one text, in upper-case hex.
pub(crate) fn sm3_hex(text: &str) -> String {
    upper_hex(&Sm3::digest(text))
}

fn upper_hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02X}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_vector() {
        assert_eq!(sm3_hex("abc"), "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0");
    }

    #[test]
    fn fields_are_sorted_and_the_signature_itself_is_left_out() {
        let signed = sign("s", [("b", "2"), ("sign", "x"), ("a", "1")].into_iter());
        assert_eq!(signed, sm3_hex("sa=1&b=2s"));
    }

    #[test]
    fn only_the_whole_signature_is_expected() {
        let expected = sm3_hex("abc");
        assert!(is_expected(&expected, &expected));
        assert!(is_expected(&expected.to_lowercase(), &expected));
        for bad in ["", &expected[..63], &expected.replacen('6', "7", 1), &format!("{expected}0")] {
            assert!(!is_expected(bad, &expected), "{bad}");
        }
    }
}
