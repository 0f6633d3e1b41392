//! Calls the plugin: each call in a fresh instance, its time kept, a timeout tried again.

use std::cell::Cell;
use std::time::{Duration, Instant};

use xiezhi_model::Record;
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::plugin::{Context, Decoded, Encoded, Input, Part};
use xiezhi_ports::{Codec, CodecError, CodecFailure};

use super::vectors::Messages;

/// How often a call that ran out of time is made before it counts: the clock also runs while a busy machine computes something
/// else.
const TIMEOUT_TRIES: u32 = 3;

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer<T> {
    /// A result.
    Given(T),
    /// The plugin's own fault, or the gateway's about the input.
    Refused(Fault),
    /// The host had to stop the plugin, or its answer breaks the contract.
    Stopped(Fault),
}

/// Calls a codec.
pub(crate) struct Caller<'a> {
    codec: &'a dyn Codec,
    slowest: Cell<Duration>,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(codec: &'a dyn Codec) -> Self {
        Self { codec, slowest: Cell::new(Duration::ZERO) }
    }

    /// The time of the slowest call so far.
    pub(crate) fn slowest(&self) -> Duration {
        self.slowest.get()
    }

    /// Most memory that an instance had, in bytes.
    pub(crate) fn memory_high(&self) -> u64 {
        self.codec.usage().memory_high.iter().map(|(_, bytes)| *bytes).max().unwrap_or_default()
    }

    /// Reads one message.
    pub(crate) fn decode(&self, message: &[u8], context: &Context) -> Answer<Decoded> {
        self.decode_input(&Input::Message(message), context)
    }

    /// Reads what a vector names.
    ///
    /// # Errors
    /// When its messages hold no parts of one message.
    pub(crate) fn read(&self, messages: &Messages, context: &Context) -> Result<Answer<Decoded>, String> {
        match messages {
            Messages::Whole(message) => Ok(self.decode(message, context)),
            Messages::Parts(messages) => {
                let mut parts = Vec::new();
                for (index, message) in messages.iter().enumerate() {
                    match self.decode(message, context) {
                        Answer::Given(decoded) => parts.extend(decoded.parts),
                        other => return Err(format!("message {} of the parts was not read: {other:?}", index + 1)),
                    }
                }
                self.decode_parts(parts, context)
            }
        }
    }

    /// Reads a message of which the plugin gave these parts, as the gateway does when all are there.
    ///
    /// # Errors
    /// When they are not the parts of one message.
    pub(crate) fn decode_parts(&self, mut parts: Vec<Part>, context: &Context) -> Result<Answer<Decoded>, String> {
        parts.sort_by_key(|part| part.index);
        let complete = parts.first().is_some_and(|first| {
            let of_one =
                |(part, index): (&Part, u32)| part.key == first.key && part.total == first.total && part.index == index;
            usize::try_from(first.total) == Ok(parts.len()) && parts.iter().zip(1..).all(of_one)
        });
        if !complete {
            let list: Vec<String> = parts.iter().map(|p| format!("{} of {} ({})", p.index, p.total, p.key)).collect();
            return Err(format!("these are not all parts of one message: {}", list.join(", ")));
        }
        Ok(self.decode_input(&Input::Parts(parts.iter().map(|part| part.body.as_slice()).collect()), context))
    }

    /// Writes a record.
    pub(crate) fn encode(&self, record: &Record, context: &Context) -> Answer<Encoded> {
        self.call(|codec| codec.encode(record, context).map(|(encoded, _)| encoded))
    }

    fn decode_input(&self, input: &Input<'_>, context: &Context) -> Answer<Decoded> {
        self.call(|codec| codec.decode(input, context).map(|(decoded, _)| decoded))
    }

    fn call<T>(&self, call: impl Fn(&dyn Codec) -> Result<T, CodecError>) -> Answer<T> {
        let mut tries = 1;
        loop {
            let begin = Instant::now();
            let result = call(self.codec);
            let elapsed = begin.elapsed();
            match result {
                Err(error) if error.fault.code == code::PLUGIN_TIMEOUT && tries < TIMEOUT_TRIES => tries += 1,
                result => {
                    self.slowest.set(self.slowest.get().max(elapsed));
                    return match result {
                        Ok(given) => Answer::Given(given),
                        Err(CodecError { failure: CodecFailure::Input, fault, .. }) => Answer::Refused(fault),
                        Err(CodecError { failure: CodecFailure::Plugin, fault, .. }) => Answer::Stopped(fault),
                    };
                }
            }
        }
    }
}
