//! Turns what wasmtime says of a failed call into a fault with a stable code.
//!
//! The texts are Chinese, for a clerk, and say what to do; technical detail stands in brackets at the end.

use wasmtime::{Error, Mutability, Store, Trap, WasmCoreDump};
use xiezhi_model::fault::{Fault, code};

use crate::call::{LimitReached, Limited};
use crate::panic_report;

/// Longest technical detail in a fault's text, in bytes.
const DETAIL_BYTES_MAX: usize = 1200;

/// What wasmtime's error says when a result is larger than `set_hostcall_fuel` allows. wasmtime gives it no type of its
/// own; `tests/guests` (endless and huge output) fails if a release words it otherwise.
const OUTPUT_REFUSED: &str = "fuel allocated for hostcalls has been exhausted";

/// The fault of a call that wasmtime ended. The store is the dead instance's, for what is left in its memory.
pub(crate) fn fault(error: &Error, store: &mut Store<Limited>) -> Fault {
    if let Some(limit) = error.downcast_ref::<LimitReached>() {
        return memory(*limit);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt | Trap::OutOfFuel) => {
            Fault::new(code::PLUGIN_TIMEOUT, "插件运行超过时限，已中止；请联系插件维护人员")
        }
        Some(Trap::StackOverflow) => stack(),
        Some(trap) => trapped(*trap, error, store),
        // Not a trap: the result could not be taken over from the instance.
        None if format!("{error:#}").contains(OUTPUT_REFUSED) => output_too_large(),
        None => contract(&format!("{error:#}")),
    }
}

/// The plugin returned more than allowed.
pub(crate) fn output_too_large() -> Fault {
    Fault::new(code::PLUGIN_OUTPUT, "插件返回的内容超过上限，已丢弃；请联系插件维护人员")
}

/// The plugin's answer breaks the contract.
pub(crate) fn contract(detail: &str) -> Fault {
    Fault::new(code::PLUGIN_CONTRACT, format!("插件返回的内容不符合接口约定，请联系插件维护人员（{}）", clip(detail)))
}

fn memory(limit: LimitReached) -> Fault {
    Fault::new(code::PLUGIN_MEMORY, format!("插件申请的内存超过上限，已中止；请联系插件维护人员（{limit}）"))
}

fn stack() -> Fault {
    Fault::new(code::PLUGIN_STACK, "插件调用层次过深，栈已耗尽，已中止；请联系插件维护人员")
}

fn trapped(trap: Trap, error: &Error, store: &mut Store<Limited>) -> Fault {
    let Some(dump) = error.downcast_ref::<WasmCoreDump>() else { return plain_trap(trap) };
    if trap == Trap::MemoryOutOfBounds && is_stack_used_up(dump, store) {
        return stack();
    }
    match dump.memories().iter().find_map(|memory| panic_report::find(memory.data(&*store))) {
        Some(text) => Fault::new(
            code::PLUGIN_PANIC,
            format!("插件内部出错，已中止；请把本条报文和下述原因交给插件维护人员（{}）", clip(&text)),
        ),
        None => plain_trap(trap),
    }
}

fn plain_trap(trap: Trap) -> Fault {
    Fault::new(code::PLUGIN_TRAP, format!("插件异常中止，请联系插件维护人员（{}）", clip(&trap.to_string())))
}

/// A Rust guest's own stack lies at the start of its memory and grows down. Where it is used up, the stack pointer, a
/// mutable global, has gone below zero, and the next access is out of bounds.
fn is_stack_used_up(dump: &WasmCoreDump, store: &mut Store<Limited>) -> bool {
    dump.globals().iter().any(|global| {
        global.ty(&*store).mutability() == Mutability::Var && global.get(&mut *store).i32().is_some_and(|at| at < 0)
    })
}

/// Cuts a detail to its limit, between two characters.
fn clip(text: &str) -> &str {
    text.get(..text.floor_char_boundary(DETAIL_BYTES_MAX)).unwrap_or_default()
}
