//! Passwords of accounts: Argon2id with the library's recommended costs, in PHC texts that carry their own salt and costs.

use std::sync::OnceLock;

use anyhow::{anyhow, ensure};
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};

/// Bytes of salt, as RFC 9106 recommends.
const SALT_BYTES: usize = 16;
/// Shortest password, in characters (NIST SP 800-63B asks for at least 8 where it is the only factor).
const CHARS_MIN: usize = 10;
/// Longest password, in bytes: a sentence fits, and nobody can have megabytes hashed.
const BYTES_MAX: usize = 256;

/// Hashes a new password.
///
/// # Errors
/// When it is too short or too long, or the system has no randomness.
pub(crate) fn hash(password: &str) -> anyhow::Result<String> {
    ensure!(password.chars().count() >= CHARS_MIN, "the password must have at least {CHARS_MIN} characters");
    ensure!(password.len() <= BYTES_MAX, "the password is longer than {BYTES_MAX} bytes");
    let mut salt = [0_u8; SALT_BYTES];
    getrandom::fill(&mut salt)?;
    hash_with(password, &salt)
}

/// Whether the password is the hash's. Without a hash the work is done all the same, so that the time taken does not tell
/// whether there is such an account.
pub(crate) fn is_right(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let nobody = NOBODY.get_or_init(|| hash_with("nobody's password", &[0; SALT_BYTES]).unwrap_or_default());
    if password.len() > BYTES_MAX {
        return false;
    }
    let verified = PasswordHash::new(hash.unwrap_or(nobody))
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
    verified && hash.is_some()
}

fn hash_with(password: &str, salt: &[u8]) -> anyhow::Result<String> {
    let failed = |error: argon2::password_hash::Error| anyhow!("the password could not be hashed: {error}");
    let salt = SaltString::encode_b64(salt).map_err(failed)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_password_is_right() {
        let hash = hash("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(is_right("correct horse battery", Some(&hash)));
        for wrong in ["correct horse batterz", "", &"x".repeat(300)] {
            assert!(!is_right(wrong, Some(&hash)), "{wrong}");
        }
        assert!(!is_right("nobody's password", None), "nobody signs in as nobody");
        assert!(!is_right("correct horse battery", Some("not a hash")));
        assert_ne!(hash, self::hash("correct horse battery").unwrap(), "each has its own salt");
    }

    #[test]
    fn a_short_and_an_endless_password_are_refused() {
        for bad in ["123456789", &"x".repeat(257)] {
            assert!(hash(bad).is_err());
        }
    }
}
