//! Whether the system may swap. Slots of the pools are then reset by overwriting: what finds the dirty pages of a slot
//! (`pagemap_scan`) overlooks those that were swapped out, and one agency's message must not be left for another's.

use std::fs;
use std::path::Path;

/// The kernel's list of swap devices: a line of titles, and one line each.
const SWAPS: &str = "/proc/swaps";

/// Whether any swap is on. What cannot be asked counts as on.
pub(crate) fn is_on() -> bool {
    is_on_in(Path::new(SWAPS))
}

fn is_on_in(file: &Path) -> bool {
    fs::read_to_string(file).map_or(true, |list| list.lines().skip(1).any(|line| !line.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_or_no_answer_is_swap() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("swaps");
        assert!(is_on_in(&file), "not there");
        let titles = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        for (list, on) in [(titles.to_owned(), false), (format!("{titles}/dev/zram0 partition 1 0 100\n"), true)] {
            fs::write(&file, &list).unwrap();
            assert_eq!(is_on_in(&file), on, "{list}");
        }
    }
}
