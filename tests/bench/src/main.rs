//! The bench: figures as ratios within one run, beside what the design demands. Run it by `cargo xtask bench`, which builds
//! the release profile of everything first.

#![allow(clippy::indexing_slicing, clippy::expect_used, reason = "a measuring program may stop at the first surprise")]

mod amqp;
mod case_read;
mod codec;
mod credit;
mod end_to_end;
mod figure;
mod loads;
mod rules;

use clap::Parser;
use figure::Figure;

/// Measures some figures.
type Part = fn() -> anyhow::Result<Vec<Figure>>;

/// What to print.
#[derive(Debug, Parser)]
struct Arguments {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Only figures whose name begins with this.
    #[arg(long, default_value = "")]
    only: String,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut missed = 0;
    let parts: [(&str, Part); 6] = [
        ("decode", codec::measure),
        ("embedded", end_to_end::measure),
        ("amqp", amqp::measure),
        ("case", case_read::measure),
        ("rules", rules::measure),
        ("credit", credit::measure),
    ];
    for (name, measure) in parts {
        if !name.starts_with(arguments.only.as_str()) {
            continue;
        }
        for figure in measure()? {
            missed += u32::from(!figure.is_met());
            figure.print(arguments.json)?;
        }
    }
    if !arguments.json {
        println!("{missed} figure(s) below what is demanded");
    }
    Ok(())
}
