//! One call: a fresh instance with its limits, the call, and nothing left afterwards.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::component::{ComponentExportIndex, Instance, InstancePre};
use wasmtime::{Engine, ResourceLimiter, Store};
use xiezhi_model::Digest;
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::Manifest;

use crate::bindings::{Plugin, PluginPre};
use crate::engine::TABLE_ELEMENTS_MAX;
use crate::failure;
use crate::settings::HostSettings;

/// A plugin that passed admission, ready to be instantiated.
pub(crate) struct Admitted {
    pub(crate) pre: PluginPre<Limited>,
    pub(crate) digest: Digest,
    pub(crate) manifest: Manifest,
    /// Its look at settings, which a plugin of the world 1.0.0 does not have.
    pub(crate) settings_check: Option<ComponentExportIndex>,
    /// Most memory that an instance had, in bytes.
    pub(crate) memory_high: AtomicUsize,
}

/// The limits of one call.
#[derive(Debug, Clone)]
pub(crate) struct CallLimits {
    pub(crate) memory_bytes_max: usize,
    pub(crate) output_bytes_max: usize,
    /// Epochs until the call is ended.
    pub(crate) deadline_ticks: u64,
}

impl CallLimits {
    pub(crate) fn of(settings: &HostSettings) -> Self {
        Self {
            memory_bytes_max: settings.memory_bytes_max,
            output_bytes_max: settings.output_bytes_max,
            // One more, because the current tick has already begun.
            deadline_ticks: settings.call_deadline_ms.div_ceil(settings.epoch_tick_ms.max(1)).saturating_add(1),
        }
    }

    /// An empty store under these limits, its clock running.
    pub(crate) fn store(&self, engine: &Engine) -> Store<Limited> {
        let mut store = Store::new(engine, Limited { memory_bytes_max: self.memory_bytes_max, memory_high: 0 });
        store.limiter(|limited| limited);
        // Room for the lists' own structure, which costs fuel beside the bytes; the bytes are counted exactly later.
        store.set_hostcall_fuel(self.output_bytes_max.saturating_add(LIST_FUEL));
        store.set_epoch_deadline(self.deadline_ticks);
        store
    }
}

/// Fuel beside the bytes returned: a list of the most parts that a message may have, and small fields.
const LIST_FUEL: usize = 256 * 1024;

/// Instantiates the plugin and has `call` call it; afterwards the instance is gone, whatever happened.
///
/// # Errors
/// The fault of the host; an answer of the plugin, also a refusal, is `Ok`.
pub(crate) fn in_fresh_instance<R>(
    engine: &Engine,
    plugin: &Admitted,
    limits: &CallLimits,
    call: impl FnOnce(&Plugin, &mut Store<Limited>) -> wasmtime::Result<R>,
) -> Result<R, Fault> {
    let mut store = limits.store(engine);
    let result = plugin.pre.instantiate(&mut store).and_then(|guest| call(&guest, &mut store));
    plugin.memory_high.fetch_max(store.data().memory_high, Ordering::Relaxed);
    result.map_err(|error| failure::fault(&error, &mut store))
}

/// As [`in_fresh_instance`], for a component whose exports are not checked yet.
pub(crate) fn start(
    engine: &Engine,
    pre: &InstancePre<Limited>,
    limits: &CallLimits,
) -> Result<(Store<Limited>, Instance), Fault> {
    let mut store = limits.store(engine);
    match pre.instantiate(&mut store) {
        Ok(instance) => Ok((store, instance)),
        Err(error) => Err(failure::fault(&error, &mut store)),
    }
}

/// What a store knows: the limits of its instance.
#[derive(Debug)]
pub(crate) struct Limited {
    memory_bytes_max: usize,
    /// Largest size so far, in bytes.
    memory_high: usize,
}

impl ResourceLimiter for Limited {
    /// A refusal traps at once, instead of letting the guest make what it likes of a failed allocation: so the cause
    /// is known for certain.
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.memory_bytes_max {
            return Err(LimitReached { wanted: desired, allowed: self.memory_bytes_max, what: "bytes" }.into());
        }
        self.memory_high = self.memory_high.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired > TABLE_ELEMENTS_MAX {
            return Err(LimitReached { wanted: desired, allowed: TABLE_ELEMENTS_MAX, what: "table entries" }.into());
        }
        Ok(true)
    }
}

/// A guest wanted more than its limits allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LimitReached {
    wanted: usize,
    allowed: usize,
    what: &'static str,
}

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} wanted, {} allowed", self.wanted, self.what, self.allowed)
    }
}

impl std::error::Error for LimitReached {}

/// Admitted plugins are shared by calls in progress: a swap leaves those on the plugin they began with.
pub(crate) type SharedPlugin = Arc<Admitted>;
