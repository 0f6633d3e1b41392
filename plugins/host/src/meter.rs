//! Counts what a call computes, in wasmtime's fuel: about one unit an instruction, the same on every machine and in every
//! run. For the conformance kit; no message of an agency ever goes through it.

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use xiezhi_model::Record;
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::{Context, Document, Input};

use crate::bindings::{Plugin, PluginPre};
use crate::call::{CallLimits, Limited};
use crate::engine::{self, HostError};
use crate::host::{to_json, to_wit};
use crate::settings::HostSettings;
use crate::{AdmissionError, failure};

/// Most fuel of one call: some ten seconds of computing, ten times what the clock of the serving engine allows by default. It
/// only makes sure that measuring ends.
const FUEL_MAX: u64 = 20_000_000_000;

/// A component compiled for counting.
pub struct MeteredPlugin {
    engine: Engine,
    pre: PluginPre<Limited>,
    limits: CallLimits,
}

/// What a call cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metered {
    /// Fuel used, the start of the instance included.
    pub fuel: u64,
    /// Records and row faults that came of it; 0 when the plugin refused with a fault of its own.
    pub rows: u64,
}

impl std::fmt::Debug for MeteredPlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MeteredPlugin").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Why a component cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeterError {
    /// There is no engine for it.
    #[error(transparent)]
    Host(#[from] HostError),
    /// It would not be admitted.
    #[error(transparent)]
    Admission(#[from] AdmissionError),
}

impl MeteredPlugin {
    /// Compiles a component that the host has admitted before; takes up to seconds.
    ///
    /// # Errors
    /// [`MeterError`] when it cannot be compiled or is of another world.
    pub fn new(component: &[u8], settings: &HostSettings) -> Result<Self, MeterError> {
        let engine = engine::build_metered(settings)?;
        let world = |error: wasmtime::Error| AdmissionError::World { what: format!("{error:#}") };
        let component = Component::from_binary(&engine, component)
            .map_err(|error| AdmissionError::Compile { what: format!("{error:#}") })?;
        let linked = Linker::<Limited>::new(&engine).instantiate_pre(&component).map_err(world)?;
        let pre = PluginPre::new(linked).map_err(world)?;
        Ok(Self { engine, pre, limits: CallLimits::of(settings) })
    }

    /// What reading a message costs.
    ///
    /// # Errors
    /// The host's fault, when the plugin did not come to an end by itself.
    pub fn decode(&self, input: &Input<'_>, context: &Context) -> Result<Metered, Fault> {
        let context = to_json(context)?;
        self.measure(|guest, store| {
            let answer = guest.xiezhi_plugin_codec().call_decode(store, to_wit(input), &context)?;
            // A document that cannot be read is a breach of contract, which the admitting host reports.
            let document: Document =
                answer.ok().and_then(|decoded| serde_json::from_slice(&decoded.document).ok()).unwrap_or_default();
            let rows = document.records.len().saturating_add(document.row_faults.len());
            Ok(u64::try_from(rows).unwrap_or(u64::MAX))
        })
    }

    /// What writing a record costs.
    ///
    /// # Errors
    /// As [`MeteredPlugin::decode`].
    pub fn encode(&self, record: &Record, context: &Context) -> Result<Metered, Fault> {
        let (record, context) = (to_json(record)?, to_json(context)?);
        self.measure(|guest, store| {
            let answer = guest.xiezhi_plugin_codec().call_encode(store, &record, &context)?;
            Ok(u64::from(answer.is_ok()))
        })
    }

    fn measure(
        &self,
        call: impl FnOnce(&Plugin, &mut Store<Limited>) -> wasmtime::Result<u64>,
    ) -> Result<Metered, Fault> {
        let mut store = self.limits.store(&self.engine);
        let metered = store.set_fuel(FUEL_MAX).and_then(|()| {
            let guest = self.pre.instantiate(&mut store)?;
            let rows = call(&guest, &mut store)?;
            Ok(Metered { fuel: FUEL_MAX.saturating_sub(store.get_fuel()?), rows })
        });
        metered.map_err(|error| failure::fault(&error, &mut store))
    }
}
