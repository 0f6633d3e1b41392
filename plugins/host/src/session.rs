//! One instance used for many calls, to measure what fresh instances cost. Never in the way of a message.

use wasmtime::{Engine, Store};
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::{Context, Decoded, Input};
use xiezhi_ports::CodecError;

use crate::bindings::Plugin;
use crate::call::{CallLimits, Limited, SharedPlugin};
use crate::gate::Place;
use crate::host::{blame_input, blame_plugin, to_json, to_wit};
use crate::{contract, failure};

/// A plugin's instance, kept between calls. After a failed call it is of no more use.
pub struct ReusedSession<'a> {
    store: Store<Limited>,
    guest: Plugin,
    plugin: SharedPlugin,
    limits: CallLimits,
    /// The instance takes a place as long as it lives.
    _place: Place<'a>,
}

impl std::fmt::Debug for ReusedSession<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReusedSession").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl<'a> ReusedSession<'a> {
    pub(crate) fn start(
        engine: &Engine,
        limits: CallLimits,
        plugin: SharedPlugin,
        place: Place<'a>,
    ) -> Result<Self, Fault> {
        let mut store = limits.store(engine);
        let guest = plugin.pre.instantiate(&mut store).map_err(|error| failure::fault(&error, &mut store))?;
        Ok(Self { store, guest, plugin, limits, _place: place })
    }

    /// Decodes in the kept instance, under the same limits and checks as a real call.
    ///
    /// # Errors
    /// As [`xiezhi_ports::Codec::decode`].
    pub fn decode(&mut self, input: &Input<'_>, context: &Context) -> Result<Decoded, CodecError> {
        let (agency, plugin) = (&context.agency, self.plugin.clone());
        let json = to_json(context).map_err(|fault| blame_input(agency, &plugin, fault))?;
        self.store.set_epoch_deadline(self.limits.deadline_ticks);
        let answer = self.guest.xiezhi_plugin_codec().call_decode(&mut self.store, to_wit(input), &json);
        answer
            .map_err(|error| failure::fault(&error, &mut self.store))
            .and_then(|answer| contract::decoded(answer, &plugin.manifest, self.limits.output_bytes_max))
            .map_err(|fault| blame_plugin(agency, &plugin, fault))?
            .map_err(|refusal| blame_input(agency, &plugin, refusal))
    }
}
