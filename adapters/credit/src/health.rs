//! How the link stands, for `/readyz`.

/// How the last call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The system answered, or was not asked yet.
    Up,
    /// It is closed at this time, by its hours or by its own word.
    Closed,
    /// It could not be reached, or answered nothing that can be used.
    Down,
}
