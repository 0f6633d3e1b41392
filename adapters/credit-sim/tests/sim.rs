//! The simulator over its real interface: every row, every error code, every fault, restart and TLS.

#[path = "sim/faults.rs"]
mod faults;
#[path = "sim/interface.rs"]
mod interface;
#[path = "sim/kit.rs"]
mod kit;
#[path = "sim/load.rs"]
mod load;
#[path = "sim/refusals.rs"]
mod refusals;
#[path = "sim/restart.rs"]
mod restart;
#[path = "sim/tls.rs"]
mod tls;
