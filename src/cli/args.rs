//! Options, as they are said on the command line. Those of one subcommand alone stand in its file.

use crate::recording::matching::Policy;
use crate::sandbox::Mode;
use crate::scenario::CacheSpec;
use clap::{Args, ValueEnum};
use std::net::IpAddr;
use std::path::PathBuf;

/// Options of everything that runs scenarios.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Names of scenarios, or paths of their folders [default: all]
    #[arg(value_name = "SCENARIO")]
    pub(super) scenarios: Vec<String>,
    /// Folder that holds the scenarios [default: scenarios, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// Runs at once [default: number of processors]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
    /// What to do where the sandbox cannot give every guarantee
    #[arg(long, value_enum, default_value = "best-effort")]
    pub(super) sandbox: SandboxChoice,
    /// Folder where results of setups are kept [default: UNREEL_CACHE, or `unreel` where caches are]
    #[arg(long, value_name = "DIR")]
    pub(super) cache_dir: Option<PathBuf>,
}

/// Options of runs with a live model.
#[derive(Debug, Args)]
pub(super) struct TrialArgs {
    /// Ask this live Responses endpoint: its base URL, as https://api.openai.com/v1. All trials are
    /// recorded, into recordings/ of the results
    #[arg(long = "live", value_name = "URL", conflicts_with_all = ["script", "recordings", "matching"])]
    pub(super) url: Option<String>,
    /// Environment variable that holds the key for the live endpoint [default: the agent's own
    /// authorization is handed on]
    #[arg(long, value_name = "NAME", requires = "url")]
    pub(super) key_env: Option<String>,
    /// Certificates of a private authority to trust for the live endpoint, in PEM
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(super) upstream_ca: Option<PathBuf>,
    /// Send so many requests at most, for all runs together
    #[arg(long, value_name = "N", requires = "url", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_requests: Option<u64>,
    /// Send no more requests once the answers have cost so much, for all runs together
    #[arg(long, value_name = "DOLLARS", requires = "url", value_parser = billionths)]
    pub(super) max_spend: Option<u64>,
    /// A price list of your own, in the shape of the one that comes along
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(super) prices: Option<PathBuf>,
    /// Say what would be sent first, how often and at what price; connect to nothing
    #[arg(long, requires = "url")]
    pub(super) dry_run: bool,
}

/// Options of everything that asks a live endpoint.
#[derive(Debug, Args)]
pub(super) struct LiveArgs {
    /// Record what this Responses endpoint says: its base URL, as https://api.openai.com/v1.
    /// Without a SCENARIO, to any client, until ctrl-C
    #[arg(long, value_name = "URL")]
    pub(super) upstream: Option<String>,
    /// Environment variable that holds the key for the upstream [default: the client's own
    /// authorization is handed on]
    #[arg(long, value_name = "NAME", requires = "upstream")]
    pub(super) key_env: Option<String>,
    /// Certificates of a private authority to trust for the upstream, in PEM
    #[arg(long, value_name = "FILE", requires = "upstream")]
    pub(super) upstream_ca: Option<PathBuf>,
    /// Model to ask for instead of the scenario's
    #[arg(long, value_name = "NAME", requires = "upstream")]
    pub(super) model: Option<String>,
    /// Port to listen on; 0 takes a free one [default: 4141]
    #[arg(long, value_name = "PORT", requires = "upstream")]
    pub(super) port: Option<u16>,
    /// IP address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(super) listen: IpAddr,
    /// No line for each request
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// Variants to run: names, or paths of variant files
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "base")]
    pub(super) variant: Vec<String>,
    /// Agents to run: builtin, codex, opencode, that of unreel.toml by its name, the path of an
    /// agent file, or command:LINE [default: builtin, or as unreel.toml says]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) agent: Vec<String>,
    /// Where the agent is installed, if not on PATH: its program, or a folder that holds it
    #[arg(long, value_name = "PATH")]
    pub(super) agent_path: Option<PathBuf>,
    /// How often each scenario and variant is run
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) trials: u32,
    /// Seed of everything that is drawn
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(super) seed: u64,
    /// Folder for results; an earlier report there is replaced [default: reports/latest, or as
    /// unreel.toml says]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Folder that holds the recordings [default: recordings, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    pub(super) recordings: Option<PathBuf>,
    /// Model to ask for instead of the scenario's, or the agent file's
    #[arg(long, value_name = "NAME")]
    pub(super) model: Option<String>,
    /// Ask the scenarios' scripts instead of the recordings
    #[arg(long)]
    pub(super) script: bool,
    /// What to do with a request that differs from the recording [default: strict where the
    /// environment says CI, else report]
    #[arg(long = "match", value_enum, value_name = "POLICY")]
    pub(super) matching: Option<MatchChoice>,
    /// Cache policy in force, with its settings [default: as the variant says]
    #[arg(long, value_name = "NAME[:KEY=VALUE,..]", conflicts_with = "url")]
    pub(super) cache: Option<CacheSpec>,
    /// Show every row
    #[arg(long)]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) live: TrialArgs,
}

#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// Variants to record
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "base")]
    pub(super) variant: Vec<String>,
    /// The agent whose conversation is recorded: builtin, codex, opencode, that of unreel.toml by
    /// its name, the path of an agent file, or command:LINE [default: builtin, or as unreel.toml
    /// says]
    #[arg(long, value_name = "NAME")]
    pub(super) agent: Option<String>,
    /// Where the agent is installed, if not on PATH: its program, or a folder that holds it
    #[arg(long, value_name = "PATH")]
    pub(super) agent_path: Option<PathBuf>,
    /// Folder that the recordings are written to [default: recordings, or as unreel.toml says]; with
    /// --upstream also a file: NAME.jsonl or NAME.jsonl.zst
    #[arg(long, value_name = "PATH")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) live: LiveArgs,
    /// Ask again, into NAME.jsonl.new, and leave the recording as it is: `unreel review` shows what
    /// changed
    #[arg(long)]
    pub(super) update: bool,
    /// Of these, update only the recordings that the agent no longer keeps to
    #[arg(long, requires = "update")]
    pub(super) drifted: bool,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) common: Common,
    /// Also drop each effectful step of the script in turn: some check must fail every time
    #[arg(long)]
    pub(super) mutate: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Folder of a journal [default: reports/latest, or as unreel.toml says]
    #[arg(value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Show every row
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub(super) struct ServeArgs {
    /// Serve the recording of a scenario: a name, or the path of its folder
    #[arg(long, value_name = "NAME", group = "what")]
    pub(super) scenario: Option<String>,
    /// Serve this recording
    #[arg(long, value_name = "FILE", group = "what", conflicts_with_all = ["scenario", "script"])]
    pub(super) recording: Option<PathBuf>,
    /// Ask the script of the scenario instead; or this script, with its scenario beside it
    #[arg(long, value_name = "FILE", group = "what", num_args = 0..=1)]
    pub(super) script: Option<Option<PathBuf>>,
    /// Serve models for tests of clients: conf-text, conf-tool, conf-429, .., listed by /models
    #[arg(long, group = "what", conflicts_with_all = ["scenario", "recording", "script", "agent"])]
    pub(super) conformance: bool,
    /// Variant of the scenario: a name, or the path of its file
    #[arg(long, value_name = "NAME", default_value = "base", conflicts_with_all = ["recording", "conformance"])]
    pub(super) variant: String,
    /// Whose requests come, if it matters: builtin, codex, opencode, that of unreel.toml by its
    /// name, the path of an agent file, or command:LINE [default: as unreel.toml says]
    #[arg(long, value_name = "NAME")]
    pub(super) agent: Option<String>,
    /// Where the agent is installed, if not on PATH: its program, or a folder that holds it
    #[arg(long, value_name = "PATH", requires = "agent")]
    pub(super) agent_path: Option<PathBuf>,
    /// Folder that holds the scenarios [default: scenarios, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// Folder that holds the recordings [default: recordings, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    pub(super) recordings: Option<PathBuf>,
    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 4141)]
    pub(super) port: u16,
    /// IP address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(super) listen: IpAddr,
    /// What to do with a request that differs from the recording [default: strict where the
    /// environment says CI, else report]
    #[arg(long = "match", value_enum, value_name = "POLICY", conflicts_with_all = ["script", "conformance"])]
    pub(super) matching: Option<MatchChoice>,
    /// Cache policy in force, with its settings [default: the scenario's]
    #[arg(long, value_name = "NAME[:KEY=VALUE,..]")]
    pub(super) cache: Option<CacheSpec>,
    /// Names that /models lists [default: the recording's or scenario's]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) models: Vec<String>,
    /// End streams with `data: [DONE]`, as the Open Responses specification demands
    #[arg(long)]
    pub(super) done_marker: bool,
    /// End well although not everything was asked for
    #[arg(long)]
    pub(super) allow_unplayed: bool,
    /// No line for each request
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Name of the agent, and of its agent file [default: agent]
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Its command line, quoted as in a shell; {prompt} becomes what the user says [default:
    /// guessed from the files here]
    #[arg(long, value_name = "LINE")]
    pub(super) command: Option<String>,
    /// Its command line for each further turn of a session
    #[arg(long, value_name = "LINE")]
    pub(super) resume: Option<String>,
    /// Write files anew that are there already
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct LearnArgs {
    /// Scenario whose script the agent follows [default: the first]
    #[arg(value_name = "SCENARIO")]
    pub(super) scenario: Option<String>,
    /// The agent: that of unreel.toml by its name, the path of an agent file, .. [default: as
    /// unreel.toml says]
    #[arg(long, value_name = "NAME")]
    pub(super) agent: Option<String>,
    /// Where the agent is installed, if not on PATH: its program, or a folder that holds it
    #[arg(long, value_name = "PATH")]
    pub(super) agent_path: Option<PathBuf>,
    /// Put the rules into the agent file, and run it twice again
    #[arg(long)]
    pub(super) write: bool,
    /// Folder that holds the scenarios [default: scenarios, or as unreel.toml says]
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// What to do where the sandbox cannot give every guarantee
    #[arg(long, value_enum, default_value = "best-effort")]
    pub(super) sandbox: SandboxChoice,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum MatchChoice {
    /// Refuse it, unless it says the same in other bytes
    Strict,
    /// Give the answer recorded at its place, and tell the difference
    Report,
}

impl From<MatchChoice> for Policy {
    fn from(choice: MatchChoice) -> Self {
        match choice {
            MatchChoice::Strict => Self::Strict,
            MatchChoice::Report => Self::Report,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum SandboxChoice {
    /// Refuse to run
    Require,
    /// Fall back, and name what is missing
    BestEffort,
    /// Use plain processes in a plain folder
    None,
}

impl From<SandboxChoice> for Mode {
    fn from(choice: SandboxChoice) -> Self {
        match choice {
            SandboxChoice::Require => Self::Require,
            SandboxChoice::BestEffort => Self::BestEffort,
            SandboxChoice::None => Self::None,
        }
    }
}

/// Dollars as billionths.
fn billionths(text: &str) -> Result<u64, String> {
    let amount = text.strip_prefix('$').unwrap_or(text).parse::<f64>();
    match amount {
        // Beyond a billion dollars nobody means a limit.
        Ok(amount) if amount > 0.0 && amount <= 1e9 => Ok((amount * 1e9).round() as u64),
        _ => Err("not an amount of dollars above zero, such as 2.50".to_owned()),
    }
}
