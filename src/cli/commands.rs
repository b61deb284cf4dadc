//! The subcommands.

use super::args::{InitArgs, LearnArgs, RecordArgs, ReportArgs, RunArgs, ServeArgs, VerifyArgs};
use super::import::ImportArgs;
use super::review::ReviewArgs;
use super::scan::ScanArgs;
use clap::{Parser, Subcommand};

/// Record, replay and measure coding-agent loops.
#[derive(Debug, Parser)]
#[command(name = "unreel", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "exit codes: 0 as expected · 1 a run failed or is unstable · 2 wrong \
    command line or file · 3 the harness could not do its part · 130 interrupted")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Replay recordings while the agent works in the scenarios' repositories, and measure
    Run(Box<RunArgs>),
    /// Write recordings: of scripts, or of what an upstream says to an agent or to any client
    Record(Box<RecordArgs>),
    /// Look at recordings that were made anew, and accept or reject them
    Review(ReviewArgs),
    /// Take the recording of a live trial for what is played from then on
    Promote(super::promote::PromoteArgs),
    /// Check the scenarios themselves: seed fails, solution passes, every effect is checked
    Verify(VerifyArgs),
    /// Tell a recording or a run as a story: turns, answers, calls, what each request cost
    Show(super::show::ShowArgs),
    /// Say what differs between two recordings or runs, and what it costs the cached prefix
    Diff(super::diff::DiffArgs),
    /// Say what broke the cached prefix, what it cost, and how to mend it
    Explain(super::explain::ExplainArgs),
    /// Say what conversations would have cost under another cache, prompt layout or compaction
    Simulate(Box<super::simulate::SimulateArgs>),
    /// Show how requests grow: sent, new, cached and billed, beside the closed form
    Growth(super::growth::GrowthArgs),
    /// Compute tables and summaries again from a journal
    Report(ReportArgs),
    /// Answer any client of the Responses API from a recording or a script
    Serve(ServeArgs),
    /// Show what your own sessions with Codex and Claude Code cost, and what broke their cache
    Scan(ScanArgs),
    /// Make recordings of session logs: Codex, Claude Code, pi, SWE-agent, Inspect, HAR, ..
    Import(ImportArgs),
    /// Make a scenario out of the log of a session and its repository, and verify it
    New(super::new::NewArgs),
    /// Make a project of the agent in this folder: unreel.toml, its agent file, a first scenario
    Init(InitArgs),
    /// Run an agent twice, and propose rules for what differs in its requests
    Learn(LearnArgs),
    /// Find what is wrong with recordings and scenarios, or better not in them: secrets, orphans, ..
    Lint(super::lint::LintArgs),
    /// Say what block caches would have had of a trace of a serving engine
    CacheTrace(super::cache_trace::CacheTraceArgs),
    /// Bring recordings of older format versions to the current one
    Migrate(super::migrate::MigrateArgs),
    /// Put a run into one file: scenario, recording, and the journal that comes of them
    Pack(super::pack::PackArgs),
}
