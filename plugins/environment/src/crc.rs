//! The check sums: the one of HJ 212-2017 appendix A, and CRC-16/MODBUS, which many devices send by mistake.
//!
//! Neither protects content: the standard's sum drops the low byte at every step, so it has only 256 values. Identity
//! and duplicates are judged by the gateway's SHA-256 of the whole message, never by this.

/// The polynomial that both use, bit-reversed.
const POLYNOMIAL: u16 = 0xA001;
/// The start value that both use.
const START: u16 = 0xFFFF;

/// The check sum of a data segment, HJ 212-2017 appendix A.
pub(crate) fn standard(segment: &[u8]) -> u16 {
    segment.iter().fold(START, |register, &byte| shift_eight((register >> 8) ^ u16::from(byte)))
}

/// CRC-16/MODBUS of a data segment, to name that mistake when it was made.
pub(crate) fn modbus(segment: &[u8]) -> u16 {
    segment.iter().fold(START, |register, &byte| shift_eight(register ^ u16::from(byte)))
}

fn shift_eight(register: u16) -> u16 {
    (0..8).fold(register, |value, _| if value & 1 == 1 { (value >> 1) ^ POLYNOMIAL } else { value >> 1 })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The worked example of appendix A.
    const EXAMPLE: &[u8] = b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;\
CP=&&RtdInterval=30&&";

    #[test]
    fn the_standards_own_example_comes_out() {
        assert_eq!(EXAMPLE.len(), 101);
        assert_eq!(standard(EXAMPLE), 0x1C80);
        assert_eq!(modbus(EXAMPLE), 0x0759);
    }

    #[test]
    fn modbus_gives_the_published_check_value() {
        assert_eq!(modbus(b"123456789"), 0x4B37);
    }

    #[test]
    fn only_256_values_exist() {
        let mut values = BTreeSet::new();
        for first in 0..=255_u8 {
            for second in 0..=255_u8 {
                values.insert(standard(&[b'a', first, second]));
            }
        }
        assert_eq!(values.len(), 256);
        let low: BTreeSet<u16> = values.iter().map(|value| value & 0xFF).collect();
        assert_eq!(low.into_iter().collect::<Vec<_>>(), [0x00, 0x01, 0x40, 0x41, 0x80, 0x81, 0xC0, 0xC1]);
    }
}
