//! The wasmtime engine, configured once for all plugins: pools, limits, and what a guest may be made of.
//!
//! Slots of the pools are reset where they are dirty (`pagemap_scan`), which saves a tenth of the time of a busy gateway, while
//! the system cannot swap; otherwise by overwriting. See [`crate::swap`].

use thiserror::Error;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use crate::cache::CacheError;
use crate::settings::{HostSettings, SettingsError};

/// Why the host cannot start.
#[derive(Debug, Error)]
pub enum HostError {
    /// A setting is out of range.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// wasmtime refuses this machine or these limits (too little address space, for instance).
    #[error("plugin engine cannot be set up on this machine, lower the limits of the plugin host: {0}")]
    Engine(String),
    /// The thread that ends long calls cannot be started.
    #[error("plugin clock thread cannot be started")]
    Ticker(#[source] std::io::Error),
    /// The compile cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// Core instances in one component: a plugin is one module; a few more leave room for what adapters add.
pub(crate) const CORE_INSTANCES_MAX: u32 = 4;
/// Tables in one component: a Rust module has one.
pub(crate) const TABLES_MAX: u32 = 4;
/// Entries in one table: a Rust module has one for each function whose address is taken, some hundreds.
pub(crate) const TABLE_ELEMENTS_MAX: usize = 20_000;
/// Memory kept and overwritten with its initial contents when an instance ends; what lies beyond is given back to the
/// system. Covers stack, data and working memory of a plugin that reads a small message.
const KEEP_RESIDENT_BYTES: usize = 1024 * 1024;
/// The same for tables.
const TABLE_KEEP_RESIDENT_BYTES: usize = 64 * 1024;

/// Builds the engine.
pub(crate) fn build(settings: &HostSettings, swap: bool) -> Result<Engine, HostError> {
    Engine::new(&config(settings, swap)).map_err(|error| HostError::Engine(format!("{error:#}")))
}

/// Builds an engine that counts what a guest computes, for measuring only: counting slows a call down, so the serving engine
/// ends calls by its clock instead.
pub(crate) fn build_metered(settings: &HostSettings) -> Result<Engine, HostError> {
    let mut config = semantics(settings);
    config.consume_fuel(true);
    Engine::new(&config).map_err(|error| HostError::Engine(format!("{error:#}")))
}

fn config(settings: &HostSettings, swap: bool) -> Config {
    let mut config = semantics(settings);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings, swap))).epoch_interruption(true);
    config
}

/// What a guest computes: the same in every engine.
fn semantics(settings: &HostSettings) -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .max_wasm_stack(settings.stack_bytes_max)
        .coredump_on_trap(true)
        // Only texts of backtraces would use it, and it is a good part of what a compiled plugin takes in memory.
        .generate_address_map(false)
        .cranelift_opt_level(OptLevel::Speed)
        // Same arguments, same result, also where floats are used.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_component_model(true);
    config
}

fn pool(settings: &HostSettings, swap: bool) -> PoolingAllocationConfig {
    let instances = settings.instances_max;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES_MAX))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(TABLES_MAX))
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .max_memories_per_component(1)
        .max_memories_per_module(1)
        .max_tables_per_component(TABLES_MAX)
        .max_tables_per_module(TABLES_MAX)
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_memory_size(settings.memory_bytes_max)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(TABLE_KEEP_RESIDENT_BYTES)
        .pagemap_scan(if swap { Enabled::No } else { Enabled::Auto });
    pool
}
