//! How a connection to the broker stands, for `/readyz`.

/// How a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// There is one.
    Up,
    /// There is one, but the broker takes no messages (memory or disk).
    Blocked,
    /// There is none.
    Down,
}

impl From<Health> for u8 {
    fn from(health: Health) -> Self {
        match health {
            Health::Up => 0,
            Health::Blocked => 1,
            Health::Down => 2,
        }
    }
}

impl From<u8> for Health {
    fn from(number: u8) -> Self {
        match number {
            0 => Self::Up,
            1 => Self::Blocked,
            _ => Self::Down,
        }
    }
}
