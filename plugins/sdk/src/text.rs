//! Limits of the texts that cross the border, and cutting to them.

/// Longest fault text, in bytes (`plugin.wit`, `fault.text`).
pub(crate) const FAULT_TEXT_BYTES_MAX: usize = 2000;

/// Longest field name of a fault, in bytes: the host takes no longer one, nor an empty one.
pub(crate) const FAULT_FIELD_BYTES_MAX: usize = 256;

/// A fault's field as the host takes it. It may come from the message, where anything can be a name.
pub(crate) fn field(name: Option<String>) -> Option<String> {
    let mut name = name.filter(|name| !name.is_empty())?;
    clip(&mut name, FAULT_FIELD_BYTES_MAX);
    Some(name)
}

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
    fn a_field_is_a_name_that_the_host_takes() {
        let names = [None, Some(String::new()), Some("甲".to_owned()), Some("甲".repeat(100))];
        let lengths = names.map(|name| field(name).map(|name| name.len()));
        assert_eq!(lengths, [None, None, Some(3), Some(255)]);
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
