//! Limits of the texts that cross the border, and cutting to them.

/// Longest fault text, in bytes (`plugin.wit`, `fault.text`).
pub(crate) const FAULT_TEXT_BYTES_MAX: usize = 2000;

/// Cuts a text to at most `bytes_max` bytes, between two characters.
pub(crate) fn clip(text: &mut String, bytes_max: usize) {
    text.truncate(text.floor_char_boundary(bytes_max));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_text_at_the_limit_is_cut_between_characters() {
        let mut text = "监".repeat(FAULT_TEXT_BYTES_MAX);
        clip(&mut text, FAULT_TEXT_BYTES_MAX);
        assert_eq!(text.len(), 1998);
    }

    #[test]
    fn cutting_keeps_whole_characters() {
        for (text, bytes_max, expected) in
            [("监管", 6, "监管"), ("监管", 5, "监"), ("监管", 2, ""), ("ab", 9, "ab"), ("", 0, "")]
        {
            let mut cut = text.to_owned();
            clip(&mut cut, bytes_max);
            assert_eq!(cut, expected, "{text} to {bytes_max}");
        }
    }
}
