//! The command line as people and CI meet it: help, exit codes, what is printed, ctrl-C.

#[path = "support/world.rs"]
mod world;

use std::path::Path;
use std::time::{Duration, Instant};
use world::{Ran, SCRIPT, TINY, World, ran};

fn help(command: &str) -> String {
    let ran = World::new().unreel(&[command, "--help"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let long = ran.out.lines().find(|line| line.chars().count() > 100);
    assert_eq!(long, None, "wider than 100 columns");
    // clap pads empty lines.
    ran.out.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn help_and_version() {
    let world = World::new();
    let ran = world.unreel(&["--help"]);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.out, @r"
    Record, replay and measure coding-agent loops

    Usage: unreel <COMMAND>

    Commands:
      run          Replay recordings while the agent works in the scenarios' repositories, and measure
      record       Write recordings: of scripts, or of what an upstream says to an agent or to any
                   client
      review       Look at recordings that were made anew, and accept or reject them
      promote      Take the recording of a live trial for what is played from then on
      verify       Check the scenarios themselves: seed fails, solution passes, every effect is checked
      show         Tell a recording or a run as a story: turns, answers, calls, what each request cost
      diff         Say what differs between two recordings or runs, and what it costs the cached prefix
      explain      Say what broke the cached prefix, what it cost, and how to mend it
      simulate     Say what conversations would have cost under another cache, prompt layout or
                   compaction
      growth       Show how requests grow: sent, new, cached and billed, beside the closed form
      report       Compute tables and summaries again from a journal
      serve        Answer any client of the Responses API from a recording or a script
      scan         Show what your own sessions with Codex and Claude Code cost, and what broke their
                   cache
      import       Make recordings of session logs: Codex, Claude Code, pi, SWE-agent, Inspect, HAR, ..
      new          Make a scenario out of the log of a session and its repository, and verify it
      init         Make a project of the agent in this folder: unreel.toml, its agent file, a first
                   scenario
      learn        Run an agent twice, and propose rules for what differs in its requests
      lint         Find what is wrong with recordings and scenarios, or better not in them: secrets,
                   orphans, ..
      cache-trace  Say what block caches would have had of a trace of a serving engine
      migrate      Bring recordings of older format versions to the current one
      pack         Put a run into one file: scenario, recording, and the journal that comes of them

    Options:
      -h, --help     Print help
      -V, --version  Print version

    exit codes: 0 as expected · 1 a run failed or is unstable · 2 wrong command line or file · 3 the
    harness could not do its part · 130 interrupted
    ");
    let version = world.unreel(&["--version"]);
    assert_eq!((version.code, version.out), (0, format!("unreel {}\n", env!("CARGO_PKG_VERSION"))));
    let nothing = world.unreel(&[]);
    assert_eq!((nothing.code, nothing.out.as_str()), (2, ""));
    assert!(nothing.err.contains("Usage: unreel <COMMAND>"), "{}", nothing.err);
}

#[test]
fn help_of_run() {
    insta::assert_snapshot!(help("run"), @r"
    Replay recordings while the agent works in the scenarios' repositories, and measure

    Usage: unreel run [OPTIONS] [SCENARIO]...

    Arguments:
      [SCENARIO]...
              Names of scenarios, or paths of their folders [default: all]

    Options:
          --root <DIR>
              Folder that holds the scenarios [default: scenarios, or as unreel.toml says]

      -j, --jobs <N>
              Runs at once [default: number of processors]

          --sandbox <SANDBOX>
              What to do where the sandbox cannot give every guarantee

              Possible values:
              - require:     Refuse to run
              - best-effort: Fall back, and name what is missing
              - none:        Use plain processes in a plain folder

              [default: best-effort]

          --cache-dir <DIR>
              Folder where results of setups are kept [default: UNREEL_CACHE, or `unreel` where caches
              are]

          --variant <NAME>
              Variants to run: names, or paths of variant files

              [default: base]

          --agent <NAME>
              Agents to run: builtin, codex, opencode, that of unreel.toml by its name, the path of an
              agent file, or command:LINE [default: builtin, or as unreel.toml says]

          --agent-path <PATH>
              Where the agent is installed, if not on PATH: its program, or a folder that holds it

          --trials <N>
              How often each scenario and variant is run

              [default: 1]

          --seed <S>
              Seed of everything that is drawn

              [default: 1]

          --out <DIR>
              Folder for results; an earlier report there is replaced [default: reports/latest, or as
              unreel.toml says]

          --recordings <DIR>
              Folder that holds the recordings [default: recordings, or as unreel.toml says]

          --model <NAME>
              Model to ask for instead of the scenario's, or the agent file's

          --script
              Ask the scenarios' scripts instead of the recordings

          --match <POLICY>
              What to do with a request that differs from the recording [default: strict where the
              environment says CI, else report]

              Possible values:
              - strict: Refuse it, unless it says the same in other bytes
              - report: Give the answer recorded at its place, and tell the difference

          --cache <NAME[:KEY=VALUE,..]>
              Cache policy in force, with its settings [default: as the variant says]

          --all
              Show every row

          --live <URL>
              Ask this live Responses endpoint: its base URL, as https://api.openai.com/v1. All trials
              are recorded, into recordings/ of the results

          --key-env <NAME>
              Environment variable that holds the key for the live endpoint [default: the agent's own
              authorization is handed on]

          --upstream-ca <FILE>
              Certificates of a private authority to trust for the live endpoint, in PEM

          --max-requests <N>
              Send so many requests at most, for all runs together

          --max-spend <DOLLARS>
              Send no more requests once the answers have cost so much, for all runs together

          --prices <FILE>
              A price list of your own, in the shape of the one that comes along

          --dry-run
              Say what would be sent first, how often and at what price; connect to nothing

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn help_of_record() {
    insta::assert_snapshot!(help("record"), @r"
    Write recordings: of scripts, or of what an upstream says to an agent or to any client

    Usage: unreel record [OPTIONS] [SCENARIO]...

    Arguments:
      [SCENARIO]...
              Names of scenarios, or paths of their folders [default: all]

    Options:
          --root <DIR>
              Folder that holds the scenarios [default: scenarios, or as unreel.toml says]

      -j, --jobs <N>
              Runs at once [default: number of processors]

          --sandbox <SANDBOX>
              What to do where the sandbox cannot give every guarantee

              Possible values:
              - require:     Refuse to run
              - best-effort: Fall back, and name what is missing
              - none:        Use plain processes in a plain folder

              [default: best-effort]

          --cache-dir <DIR>
              Folder where results of setups are kept [default: UNREEL_CACHE, or `unreel` where caches
              are]

          --variant <NAME>
              Variants to record

              [default: base]

          --agent <NAME>
              The agent whose conversation is recorded: builtin, codex, opencode, that of unreel.toml by
              its name, the path of an agent file, or command:LINE [default: builtin, or as unreel.toml
              says]

          --agent-path <PATH>
              Where the agent is installed, if not on PATH: its program, or a folder that holds it

          --out <PATH>
              Folder that the recordings are written to [default: recordings, or as unreel.toml says];
              with --upstream also a file: NAME.jsonl or NAME.jsonl.zst

          --upstream <URL>
              Record what this Responses endpoint says: its base URL, as https://api.openai.com/v1.
              Without a SCENARIO, to any client, until ctrl-C

          --key-env <NAME>
              Environment variable that holds the key for the upstream [default: the client's own
              authorization is handed on]

          --upstream-ca <FILE>
              Certificates of a private authority to trust for the upstream, in PEM

          --model <NAME>
              Model to ask for instead of the scenario's

          --port <PORT>
              Port to listen on; 0 takes a free one [default: 4141]

          --listen <ADDRESS>
              IP address to listen on

              [default: 127.0.0.1]

      -q, --quiet
              No line for each request

          --update
              Ask again, into NAME.jsonl.new, and leave the recording as it is: `unreel review` shows
              what changed

          --drifted
              Of these, update only the recordings that the agent no longer keeps to

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn help_of_verify() {
    insta::assert_snapshot!(help("verify"), @r"
    Check the scenarios themselves: seed fails, solution passes, every effect is checked

    Usage: unreel verify [OPTIONS] [SCENARIO]...

    Arguments:
      [SCENARIO]...
              Names of scenarios, or paths of their folders [default: all]

    Options:
          --root <DIR>
              Folder that holds the scenarios [default: scenarios, or as unreel.toml says]

      -j, --jobs <N>
              Runs at once [default: number of processors]

          --sandbox <SANDBOX>
              What to do where the sandbox cannot give every guarantee

              Possible values:
              - require:     Refuse to run
              - best-effort: Fall back, and name what is missing
              - none:        Use plain processes in a plain folder

              [default: best-effort]

          --cache-dir <DIR>
              Folder where results of setups are kept [default: UNREEL_CACHE, or `unreel` where caches
              are]

          --mutate
              Also drop each effectful step of the script in turn: some check must fail every time

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn help_of_report() {
    insta::assert_snapshot!(help("report"), @r"
    Compute tables and summaries again from a journal

    Usage: unreel report [OPTIONS] [DIR]

    Arguments:
      [DIR]  Folder of a journal [default: reports/latest, or as unreel.toml says]

    Options:
          --all   Show every row
      -h, --help  Print help
    ");
}

#[test]
fn help_of_serve() {
    insta::assert_snapshot!(help("serve"), @r"
    Answer any client of the Responses API from a recording or a script

    Usage: unreel serve [OPTIONS] <--scenario <NAME>|--recording <FILE>|--script [<FILE>]|--conformance>

    Options:
          --scenario <NAME>
              Serve the recording of a scenario: a name, or the path of its folder

          --recording <FILE>
              Serve this recording

          --script [<FILE>]
              Ask the script of the scenario instead; or this script, with its scenario beside it

          --conformance
              Serve models for tests of clients: conf-text, conf-tool, conf-429, .., listed by /models

          --variant <NAME>
              Variant of the scenario: a name, or the path of its file

              [default: base]

          --agent <NAME>
              Whose requests come, if it matters: builtin, codex, opencode, that of unreel.toml by its
              name, the path of an agent file, or command:LINE [default: as unreel.toml says]

          --agent-path <PATH>
              Where the agent is installed, if not on PATH: its program, or a folder that holds it

          --root <DIR>
              Folder that holds the scenarios [default: scenarios, or as unreel.toml says]

          --recordings <DIR>
              Folder that holds the recordings [default: recordings, or as unreel.toml says]

          --port <PORT>
              Port to listen on; 0 takes a free one

              [default: 4141]

          --listen <ADDRESS>
              IP address to listen on

              [default: 127.0.0.1]

          --match <POLICY>
              What to do with a request that differs from the recording [default: strict where the
              environment says CI, else report]

              Possible values:
              - strict: Refuse it, unless it says the same in other bytes
              - report: Give the answer recorded at its place, and tell the difference

          --cache <NAME[:KEY=VALUE,..]>
              Cache policy in force, with its settings [default: the scenario's]

          --models <NAME>
              Names that /models lists [default: the recording's or scenario's]

          --done-marker
              End streams with `data: [DONE]`, as the Open Responses specification demands

          --allow-unplayed
              End well although not everything was asked for

      -q, --quiet
              No line for each request

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn help_of_init() {
    insta::assert_snapshot!(help("init"), @r"
    Make a project of the agent in this folder: unreel.toml, its agent file, a first scenario

    Usage: unreel init [OPTIONS]

    Options:
          --name <NAME>     Name of the agent, and of its agent file [default: agent]
          --command <LINE>  Its command line, quoted as in a shell; {prompt} becomes what the user says
                            [default: guessed from the files here]
          --resume <LINE>   Its command line for each further turn of a session
          --force           Write files anew that are there already
      -h, --help            Print help
    ");
}

#[test]
fn help_of_learn() {
    insta::assert_snapshot!(help("learn"), @r"
    Run an agent twice, and propose rules for what differs in its requests

    Usage: unreel learn [OPTIONS] [SCENARIO]

    Arguments:
      [SCENARIO]
              Scenario whose script the agent follows [default: the first]

    Options:
          --agent <NAME>
              The agent: that of unreel.toml by its name, the path of an agent file, .. [default: as
              unreel.toml says]

          --agent-path <PATH>
              Where the agent is installed, if not on PATH: its program, or a folder that holds it

          --write
              Put the rules into the agent file, and run it twice again

          --root <DIR>
              Folder that holds the scenarios [default: scenarios, or as unreel.toml says]

          --sandbox <SANDBOX>
              What to do where the sandbox cannot give every guarantee

              Possible values:
              - require:     Refuse to run
              - best-effort: Fall back, and name what is missing
              - none:        Use plain processes in a plain folder

              [default: best-effort]

      -h, --help
              Print help (see a summary with '-h')
    ");
}

/// An agent that says so and does nothing.
const LAZY: &str = "steps:\n  - {id: done, do: [{say: All done!}]}\n";

/// A matrix with every outcome that needs no luck.
fn matrix() -> (World, Ran) {
    let world = World::new();
    world.scenario("lazy", TINY, LAZY);
    let mut yaml = format!("{TINY}expect_fail: nobody says which word\n");
    world.scenario("hopeless", &yaml, LAZY);
    world.scenario("surprise", &yaml, SCRIPT);
    yaml = format!("{TINY}requires: [unreel-no-such-program]\n");
    world.scenario("elsewhere", &yaml, SCRIPT);
    let ran = world.unreel(&["run", "--script", "--jobs", "2"]);
    (world, ran)
}

#[test]
fn the_table_shows_bad_rows_first() {
    let (world, ran) = matrix();
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.table(), @r#"
    5 scenarios · agent builtin VERSION · model: scripted · cache: ideal · seed 1 · # s
    scenario checks req sent new sent/new cached facts note
    surprise PASS (!) 3 # kB # kB # # …
    lazy FAIL 1 # kB # kB # # …
    hopeless fail (ok) 1 # kB # kB # # …
    elsewhere skipped needs …
    tiny pass 3 # kB # kB # # 
    PASS (!): surprise: passed although it is expected to fail
     help: take `expect_fail` out of scenario.yaml, or add the check that should have failed
    FAIL: lazy: check failed: the word is changed: line 1 of the file differs
     expected: "goodbye"
     found: "hello"
    fail (ok): hopeless: expected: nobody says which word
    skipped: elsewhere: needs unreel-no-such-program: not found on PATH
     help: install it, or put its folder on PATH
    1 passed · 2 failed · 1 failed as expected · 1 skipped · 0 drift · 0 unplayed
    pass = checks hold on the final repository. Answers: from a script, not a live model's.
    sent, new: rendered prompt bytes. new = bound of an ideal prefix; providers cache less.
    cached: share of sent tokens, policy in force. Tokens: o200k, own rendering.
    full: reports/latest/summary.md · beside it: tables/, journal.jsonl
    "#);
    let summary: serde_json::Value =
        serde_json::from_str(&world.read("reports/latest/summary.json")).unwrap();
    assert_eq!((&summary["passed"], &summary["failed"]), (&1.into(), &2.into()));
    assert_eq!(world.leftovers(), [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn progress_is_plain_lines_where_there_is_no_terminal() {
    let (_, ran) = matrix();
    let mut lines: Vec<&str> = ran.err.lines().filter(|line| line.starts_with('[')).collect();
    let counts: Vec<&str> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(counts, ["[1/5]", "[2/5]", "[3/5]", "[4/5]", "[5/5]"]);
    assert!(!ran.err.contains(['\r', '\u{1b}']), "no control characters: {:?}", ran.err);
    lines.sort_by_key(|line| line.rsplit(' ').next());
    let lines: String = lines.iter().map(|line| format!("{}\n", &line[6..])).collect();
    insta::assert_snapshot!(lines, @r"
    skipped elsewhere@base#1
    fail (ok) hopeless@base#1
    fail lazy@base#1
    pass (!) surprise@base#1
    pass tiny@base#1
    ");
}

#[test]
fn an_agent_that_says_done_without_the_work_has_failed() {
    let world = World::new();
    world.scenario("tiny", TINY, LAZY);
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r#"
    FAIL: tiny: check failed: the word is changed: line 1 of the file differs
          expected: "goodbye"
          found:    "hello"
    "#);
    assert!(world.read("reports/latest/journal.jsonl").contains("All done!"));
}

#[test]
fn an_expected_failure_that_passes_is_an_error() {
    let world = World::new();
    world.scenario("tiny", &format!("{TINY}expect_fail: it is hard\n"), SCRIPT);
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r"
    PASS (!): tiny: passed although it is expected to fail
      help: take `expect_fail` out of scenario.yaml, or add the check that should have failed
    ");
    // And one that fails is as it should be.
    world.scenario("tiny", &format!("{TINY}expect_fail: it is hard\n"), LAZY);
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.problems(), @r"fail (ok): tiny: expected: it is hard");
}

#[test]
fn a_scenario_that_cannot_run_here_is_skipped_loudly() {
    let world = World::new();
    world.scenario("tiny", &format!("{TINY}requires: [unreel-no-such-program]\n"), SCRIPT);
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.problems(), @r"
    skipped: tiny: needs unreel-no-such-program: not found on PATH
      help: install it, or put its folder on PATH
    ");
    assert!(ran.out.contains("0 passed · 1 skipped"), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn a_program_that_is_here_but_fails_in_the_sandbox_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    world.scenario("tiny", &format!("{TINY}requires: [brittle]\n"), SCRIPT);
    // As the shims of version managers do.
    let shim = "#!/bin/sh\n[ -f \"$HOME/.brittle\" ] && exec echo brittle 1\necho no state in HOME >&2\nexit 1\n";
    world.write("bin/brittle", shim);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path("bin/brittle"), mode).unwrap();
    world.write("home/.brittle", "");
    let mut path = std::ffi::OsString::from(world.path("bin"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let run = |home: &str, args: &[&str]| {
        let mut command = world.command(args);
        command.env("PATH", &path).env("HOME", world.path(home));
        ran(command)
    };
    let works_outside = run("home", &["run", "--script"]);
    assert_eq!(works_outside.code, 3);
    insta::assert_snapshot!(works_outside.problems(), @r"
    ERROR: tiny: needs brittle, which is here but not usable: in the sandbox, `brittle --version` fails:
      no state in HOME
      help: this machine failed, not the agent: mend what is named, and run again
    ");
    let verified = run("home", &["verify"]);
    assert_eq!(verified.code, 3);
    insta::assert_snapshot!(verified.error(), @r"error: tiny: needs brittle, which is here but not usable: in the sandbox, `brittle --version` fails: no state in HOME");
    // Its report says the same, exit code included.
    assert_eq!(world.unreel(&["report"]).code, 3);
    // A shim that does not even start outside.
    world.scenario("tiny", &format!("{TINY}requires: [python3]\n"), SCRIPT);
    std::fs::rename(world.path("bin/brittle"), world.path("bin/python3")).unwrap();
    let broken = run("nowhere", &["run", "--script"]);
    assert_eq!(broken.code, 3);
    let said = broken.problems();
    assert!(
        said.starts_with("ERROR: tiny: needs python3, which is here but not usable: "),
        "{said}"
    );
    assert!(said.contains("no state in HOME"), "{said}");
}

#[test]
fn equal_trials_are_equal() {
    let world = World::new();
    let ran = world.unreel(&["run", "--script", "--trials", "3", "--jobs", "3"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("3 passed · 0 drift · 0 unplayed"), "{}", ran.out);
    // The trials differ in nothing but number and seed.
    let events = |trial: u32| {
        let text = world.read(&format!("reports/latest/runs/tiny@base#{trial}/events.jsonl"));
        let (first, rest) = text.split_once('\n').unwrap();
        assert!(first.contains("\"seed\":"));
        rest.to_owned()
    };
    assert!(events(1).lines().count() > 10);
    assert_eq!((events(2), events(3)), (events(1), events(1)));
}

#[test]
fn trials_that_differ_are_unstable() {
    let world = World::new();
    // As many bytes each time: the figures are equal, the outputs are not.
    let random = SCRIPT.replace("cat a.txt", "od -An -N16 -tx1 /dev/urandom");
    world.scenario("random", TINY, &random);
    let ran = world.unreel(&["run", "--script", "--trials", "3"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.problems(), @r"
    UNSTABLE: random#2: differs from trial 1 in request 2, /input/5
    UNSTABLE: random#3: differs from trial 1 in request 2, /input/5
      help: mask what varies with `volatile:` in scenario.yaml, or make the command repeatable
    ");
    assert!(ran.out.contains("4 passed · 2 unstable"), "{}", ran.out);
    let summary: serde_json::Value =
        serde_json::from_str(&world.read("reports/latest/summary.json")).unwrap();
    assert_eq!(summary["unstable"], serde_json::json!(["random@base"]));
    assert_eq!(world.unreel(&["report"]).code, 1);
    // What varies is declared, and all is well.
    let volatile =
        format!("{TINY}volatile: [{{pattern: '( [0-9a-f]{{2}}){{16}}', replace: RANDOM}}]\n");
    world.scenario("random", &volatile, &random);
    assert_eq!(world.unreel(&["run", "--script", "--trials", "3"]).code, 0);
}

#[test]
fn many_rows_are_counted_unless_all_are_asked_for() {
    let world = World::new();
    world.scenario("lazy", TINY, LAZY);
    let trials = ["run", "--script", "--trials", "13"];
    let ran = world.unreel(&trials);
    assert_eq!(ran.code, 1);
    let shown = |ran: &Ran| ran.out.lines().filter(|line| line.contains(" pass ")).count();
    assert!(ran.out.contains("(2 more passed; --all)"), "{}", ran.out);
    assert_eq!(shown(&ran), 11);
    assert!(ran.out.contains("(5 more: see summary.md)"), "{}", ran.out);
    ran.table();
    let ran = world.unreel(&["report", "--all"]);
    assert!(!ran.out.contains("--all"), "{}", ran.out);
    assert_eq!(shown(&ran), 13);
}

#[test]
fn a_report_gives_the_same_bytes_again() {
    let (world, first) = matrix();
    let folder = world.path("reports/latest");
    let before = files(&folder);
    assert!(before.len() > 15, "{before:?}");
    for name in ["summary.md", "summary.json", "tables/runs.csv", "tables/checks.parquet"] {
        std::fs::remove_file(folder.join(name)).unwrap();
    }
    let again = world.unreel(&["report"]);
    assert_eq!(again.code, first.code);
    assert_eq!(files(&folder), before);
    // The same table, but for the time it took.
    let rest = |ran: &Ran| ran.out.split_once('\n').unwrap().1.to_owned();
    assert_eq!(rest(&again), rest(&first));
}

/// Relative path and content of every file, sorted.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                    found.push((name, std::fs::read(&path).unwrap()));
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_exit_code_but_that_of_an_interruption() {
    let world = World::new();
    world.scenario("lazy", TINY, LAZY);
    let code = |args: &[&str]| world.unreel(args).code;
    assert_eq!(code(&["run", "--script", "tiny"]), 0);
    assert_eq!(code(&["report"]), 0);
    assert_eq!(code(&["run", "--script"]), 1);
    assert_eq!(code(&["report"]), 1);
    assert_eq!(code(&["record"]), 1);
    assert_eq!(code(&["verify"]), 1);
    assert_eq!(code(&["run", "--jobs", "0"]), 2);
    assert_eq!(code(&["run", "nobody"]), 2);
    assert_eq!(code(&["run", "--script", "--out", "scenarios"]), 3);
    assert_eq!(world.names("scenarios"), ["lazy", "tiny"]);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let world = World::new();
    for args in ["run --script", "report", "--help", "run --help"] {
        let line = format!(
            "{{ \"$UNREEL\" {args}; echo \"code $?\" > code; }} 2> err | head -n 1 > first"
        );
        let mut shell = assert_cmd::Command::new("sh");
        shell.current_dir(world.path(".")).env("TMPDIR", world.path("tmp"));
        shell.env("UNREEL", env!("CARGO_BIN_EXE_unreel")).args(["-c", &line]);
        assert_eq!(ran(shell).code, 0);
        assert_eq!(world.read("code"), "code 0\n", "{args}");
        assert_eq!(world.read("first").lines().count(), 1);
        let err = world.read("err").to_lowercase();
        assert!(!err.contains("panic") && !err.contains("pipe"), "{args}: {err}");
    }
}

/// Starts `unreel` as a shell would, in a process group of its own, waits until the file holds the
/// text, and does what ctrl-C on a terminal does: SIGINT to the whole group.
#[cfg(unix)]
fn interrupted(world: &World, args: &[&str], events: impl Fn() -> Option<String>) -> Ran {
    use rustix::process::{Pid, Signal, kill_process_group};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    let mut command = Command::new(env!("CARGO_BIN_EXE_unreel"));
    command.current_dir(world.path(".")).env("TMPDIR", world.path("tmp")).args(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = command.spawn().unwrap();
    let start = Instant::now();
    while !events().is_some_and(|text| text.contains("\"event\":\"call\"")) {
        assert!(start.elapsed() < Duration::from_secs(60), "no call was made");
        std::thread::sleep(Duration::from_millis(20));
    }
    // The command is journaled just before it starts.
    std::thread::sleep(Duration::from_millis(300));
    let group = Pid::from_child(&child);
    let sent = Instant::now();
    kill_process_group(group, Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(sent.elapsed() < Duration::from_secs(30), "it took {:?}", sent.elapsed());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran {
        code: output.status.code().expect("an exit code, not a signal"),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leaves_a_readable_journal() {
    let world = World::new();
    // A figure that no other process has among its arguments.
    let seconds = format!("9{}", std::process::id());
    let slow = SCRIPT.replace("cat a.txt", &format!("sleep {seconds}"));
    world.scenario("tiny", &format!("{TINY}budgets: {{seconds: 500}}\n"), &slow);
    let events =
        || std::fs::read_to_string(world.path("reports/latest/runs/tiny@base#1/events.jsonl")).ok();
    let args = ["run", "--script", "--trials", "3", "--jobs", "1"];
    let ran = interrupted(&world, &args, events);
    assert_eq!(ran.code, 130, "{}", ran.err);
    let said: String = ran
        .err
        .lines()
        .filter(|line| line.contains("ing: ") || line.contains("interrupted"))
        .map(|line| format!("{line}\n"))
        .collect();
    insta::assert_snapshot!(said, @r"
    stopping: ending the runs under way (ctrl-C again to kill)
    [1/3] interrupted tiny@base#1
    interrupted: 2 of 3 runs never started; the journal holds what was done
    ");
    insta::assert_snapshot!(ran.table(), @r"
    1 scenario · agent builtin VERSION · model: scripted · cache: ideal · seed 1 · # s
    scenario checks req sent new sent/new cached facts note
    tiny interrupted 1 # kB # kB # # stopped by the user
    0 passed · 1 interrupted · 0 drift · 0 unplayed
    pass = checks hold on the final repository. Answers: from a script, not a live model's.
    sent, new: rendered prompt bytes. new = bound of an ideal prefix; providers cache less.
    cached: share of sent tokens, policy in force. Tokens: o200k, own rendering.
    full: reports/latest/summary.md · beside it: tables/, journal.jsonl
    ");
    assert!(!alive(&seconds), "the command outlives the run");
    assert_eq!(world.leftovers(), [""; 0].map(std::path::PathBuf::from));
    let report = world.unreel(&["report"]);
    assert_eq!(report.code, 1);
    assert!(report.out.contains("0 passed · 1 interrupted"), "{}", report.out);
    assert!(report.err.contains("2 of 3 runs never started"), "{}", report.err);
    // And the folder can be used again.
    world.scenario("tiny", TINY, SCRIPT);
    let again = world.unreel(&["run", "--script"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(world.names("reports/latest/runs"), ["tiny@base#1"]);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leaves_recordings_as_they_were() {
    let world = World::new();
    assert_eq!(world.unreel(&["record"]).code, 0);
    let before = world.read("recordings/tiny.jsonl");
    let slow = SCRIPT.replace("cat a.txt", "sleep 500");
    world.scenario("tiny", TINY, &slow);
    let events = || {
        let scratch =
            world.names("tmp").into_iter().find(|name| name.starts_with("unreel-record"))?;
        let path = format!("tmp/{scratch}/runs/tiny@base#1/events.jsonl");
        std::fs::read_to_string(world.path(&path)).ok()
    };
    let ran = interrupted(&world, &["record"], events);
    assert_eq!((ran.code, ran.out.as_str()), (130, ""), "{}", ran.err);
    assert_eq!(world.read("recordings/tiny.jsonl"), before);
    assert_eq!(world.leftovers(), [""; 0].map(std::path::PathBuf::from));
}

/// Whether any process has this among its arguments.
#[cfg(target_os = "linux")]
fn alive(argument: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .into_iter()
        .any(|line| line.split(|byte| *byte == 0).any(|word| word == argument.as_bytes()))
}

#[test]
fn help_of_show() {
    insta::assert_snapshot!(help("show"), @r"
    Tell a recording or a run as a story: turns, answers, calls, what each request cost

    Usage: unreel show [OPTIONS] [FILE|DIR] [RUN]

    Arguments:
      [FILE|DIR]
              A recording, a journal, a folder of results, or one of its runs/RUN [default: the newest
              results]

      [RUN]
              Which run of a folder of results

    Options:
          --exchange <N>
              Show one exchange in full, its texts verbatim

          --all
              Show every exchange of a long session

          --format <FORMAT>
              How to show it

              Possible values:
              - text: For people
              - json: For programs; docs/formats.md has the shape

              [default: text]

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn help_of_diff() {
    insta::assert_snapshot!(help("diff"), @r"
    Say what differs between two recordings or runs, and what it costs the cached prefix

    Usage: unreel diff [OPTIONS] <A> [B]

    Arguments:
      <A>
              The older side: a recording, a folder of results, or one of its runs/RUN

      [B]
              The newer side; without it, two variants in A are compared, trial by trial

    Options:
          --variant <A,B>
              The two variants, the older first; of two folders, that of A and that of B [default: the
              two that A holds; of two folders each with itself]

          --run <RUN>
              Which run of folders of results [default: all; beside a recording, that of its scenario]

          --prices <FILE>
              A price list of your own, in the shape of the one that comes along

          --cost
              What the two variants, or folders of results, cost, instead of how often they succeed

          --format <FORMAT>
              How to show it

              Possible values:
              - text:     For people
              - json:     For programs; docs/formats.md has the shape
              - markdown: For a comment below a pull request

              [default: text]

      -h, --help
              Print help (see a summary with '-h')

    exit codes: 0 equal · 1 different · 2 wrong command line or file
    ");
}
