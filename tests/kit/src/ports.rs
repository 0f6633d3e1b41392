//! Loopback ports for servers that are stopped and started again on the same ports. They lie below the range from which the
//! system gives ports to clients: a client that dials a stopped server there may be given that very port, and meet itself.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::bail;

use crate::Random;

/// The first port that is given; what lies below belongs to well-known services.
const FIRST: u16 = 12_000;
/// How many blocks there are: they end below 32768, where Linux begins with ports for clients.
const BLOCKS: u16 = 1_250;
/// Ports in a block.
pub const BLOCK_PORTS: u16 = 16;
/// How many blocks are tried; more than this are never in use at a time.
const TRIES_MAX: u16 = 200;

/// A block of ports that no other process of this machine is given while the value lives.
#[derive(Debug)]
pub struct PortBlock {
    /// Holds the first port of the block, which marks it as taken for every process.
    marker: TcpListener,
    base: u16,
}

impl PortBlock {
    /// Takes a free block.
    ///
    /// # Errors
    /// When none of many was free.
    pub fn reserve() -> anyhow::Result<Self> {
        let mut random = Random::new(seed());
        for _ in 0..TRIES_MAX {
            let block = u16::try_from(random.between(0, u64::from(BLOCKS) - 1)).unwrap_or_default();
            let base = FIRST + block * BLOCK_PORTS;
            let Ok(marker) = TcpListener::bind((Ipv4Addr::LOCALHOST, base)) else { continue };
            let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
            if (base + 1..base + BLOCK_PORTS).all(is_free) {
                return Ok(Self { marker, base });
            }
        }
        bail!("no block of {BLOCK_PORTS} loopback ports was free in {TRIES_MAX} tries")
    }

    /// The `n`th port of the block, counted from 1.
    ///
    /// # Panics
    /// When the block has no such port.
    #[must_use]
    pub fn port(&self, n: u16) -> u16 {
        assert!((1..BLOCK_PORTS).contains(&n), "a block has the ports 1 to {}", BLOCK_PORTS - 1);
        debug_assert!(self.marker.local_addr().is_ok_and(|address| address.port() == self.base));
        self.base + n
    }
}

/// Processes that start together must not walk through the same blocks.
fn seed() -> u64 {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => u64::from(std::process::id()),
    }
}
