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

impl From<Health> for u8 {
    fn from(health: Health) -> Self {
        match health {
            Health::Up => 0,
            Health::Closed => 1,
            Health::Down => 2,
        }
    }
}

impl From<u8> for Health {
    fn from(number: u8) -> Self {
        match number {
            0 => Self::Up,
            1 => Self::Closed,
            _ => Self::Down,
        }
    }
}
