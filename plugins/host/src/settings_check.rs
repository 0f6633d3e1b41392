//! A plugin's look at its link's settings, which came with the world `xiezhi:plugin@1.1.0`: a plugin of 1.0.0 has none and is
//! served all the same.

use wasmtime::component::{ComponentExportIndex, Instance, TypedFunc};
use wasmtime::{Engine, Store};
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::{Context, SETTINGS_FAULTS_MAX};

use crate::bindings::exports::xiezhi::plugin::codec as wit;
use crate::call::{self, Admitted, CallLimits, Limited};
use crate::host::to_json;
use crate::{contract, failure};

/// The function as WIT has it: the context as JSON in, faults out.
type Check = TypedFunc<(Vec<u8>,), (Vec<wit::Fault>,)>;

/// Finds the function in an instance and checks its type.
///
/// # Errors
/// When its type is not that of the world.
pub(crate) fn bind(
    instance: &Instance,
    store: &mut Store<Limited>,
    check: &ComponentExportIndex,
) -> wasmtime::Result<Check> {
    instance.get_typed_func(store, check)
}

/// What the plugin finds wrong; nothing where it cannot look.
///
/// # Errors
/// The fault of the host when the plugin fails instead of answering.
pub(crate) fn run(
    engine: &Engine,
    plugin: &Admitted,
    limits: &CallLimits,
    context: &Context,
) -> Result<Vec<Fault>, Fault> {
    let Some(check) = &plugin.settings_check else { return Ok(Vec::new()) };
    let json = to_json(context)?;
    let (mut store, instance) = call::start(engine, plugin.pre.instance_pre(), limits)?;
    let answer = bind(&instance, &mut store, check).and_then(|check| check.call(&mut store, (json,)));
    let (faults,) = answer.map_err(|error| failure::fault(&error, &mut store))?;
    if faults.len() > SETTINGS_FAULTS_MAX {
        return Err(failure::contract(&format!("more than {SETTINGS_FAULTS_MAX} faults of settings")));
    }
    faults.into_iter().map(contract::fault).collect::<Result<_, _>>().map_err(|broken| failure::contract(&broken))
}
