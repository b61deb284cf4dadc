//! The command line: one file per subcommand; the only place that prints, reads the environment or
//! picks an exit code.

mod args;
mod cache_trace;
mod commands;
mod console;
mod diff;
mod exit;
mod explain;
mod format;
mod growth;
mod import;
mod init;
mod interrupt;
mod learn;
mod lint;
mod live;
mod meant;
mod migrate;
mod new;
mod options;
mod pack;
mod prices;
mod progress;
mod project;
mod promote;
mod record;
mod report;
mod review;
mod run;
mod scan;
mod scratch;
mod serve;
mod show;
mod simulate;
mod source;
mod update;
mod verify;

pub use exit::Exit;

use clap::Parser;
use commands::{Cli, Command};

/// Runs the command line of this process and gives its exit code.
#[must_use]
pub fn main() -> i32 {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "__sandbox") {
        return crate::sandbox::helper_main();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; a closed pipe is nobody's fault.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.code() } else { Exit::Good.code() };
        }
    };
    let exit = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Record(args) => record::record(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Report(args) => report::report(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Review(args) => review::review(&args),
        Command::Init(args) => init::init(&args),
        Command::Learn(args) => learn::learn(&args),
        Command::New(args) => new::new(&args),
        Command::Lint(args) => lint::lint(&args),
        Command::Pack(args) => pack::pack(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Import(args) => import::import(&args),
        Command::Scan(args) => scan::scan(&args),
        Command::Show(args) => show::show(&args),
        Command::Simulate(args) => simulate::simulate(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Growth(args) => growth::growth(&args),
        Command::Promote(args) => promote::promote(&args),
        Command::CacheTrace(args) => cache_trace::cache_trace(&args),
    };
    exit.code()
}
