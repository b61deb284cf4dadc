//! Record, replay and measure coding-agent loops.
//!
//! A deterministic server of the Responses API replays recorded transcripts while a real agent
//! loop works in a real repository; every run is logged as events, and every table, report and
//! verdict is computed from that log.
//!
//! The rooms, from the ground up; an arrow only ever points downwards:
//!
//! | module | concern |
//! |---|---|
//! | [`wire`] | the Responses API as raw bytes with typed views, and the SSE codec |
//! | [`recording`] | the formats on disk: recordings and journals |
//! | [`sandbox`] | where commands run |
//! | [`scenario`] | the YAML, the workspace, the checks, the facts |
//! | [`cache`] | prefix caches |
//! | [`measure`] | payload, prefix breaks, compaction loss: pure functions over exchanges |
//! | [`server`] | the Responses server: replay, script, faults, compaction |
//! | [`agent`] | the built-in loop |
//! | [`external`] | agents that are someone else's program |
//! | [`run`] | the matrix of runs, in parallel, into a journal |
//! | [`report`] | tables, summaries, terminal output |
//! | [`cli`] | one file per subcommand; the only place that prints or picks an exit code |

pub mod agent;
pub mod cache;
pub mod cli;
pub mod external;
pub mod measure;
pub mod recording;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod scenario;
pub mod server;
pub mod wire;
