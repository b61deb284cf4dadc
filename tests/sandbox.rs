//! The sandbox as its users see it, through the real helper: in namespaces, with namespaces refused,
//! and switched off. The same commands must give the same bytes everywhere.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use unreel::sandbox::{
    Access, EntryKind, ExecSpec, Exited, Guarantee, Limits, Mode, Program, Progress, Sandbox,
    SandboxErrorKind, SandboxSpec, Until,
};

/// How the helper is started.
#[derive(Clone, Copy, Debug, PartialEq)]
enum World {
    /// As it is: with a user namespace, if this machine allows it.
    Namespaces,
    /// Behind a wrapper that takes away every way to make namespaces.
    Refused,
    /// Without protection.
    Off,
}

/// The worlds that can be had on this machine.
fn worlds() -> Vec<World> {
    let mut worlds = vec![World::Refused, World::Off];
    if namespaces() {
        worlds.insert(0, World::Namespaces);
    }
    worlds
}

fn namespaces() -> bool {
    user_namespaces() || mount_namespaces()
}

fn user_namespaces() -> bool {
    unshare("-Urm")
}

fn mount_namespaces() -> bool {
    unshare("-mpf")
}

fn unshare(flags: &str) -> bool {
    let asked = std::process::Command::new("unshare").args([flags, "true"]).output();
    asked.is_ok_and(|said| said.status.success())
}

/// A helper and a place for its fallback.
struct Bench {
    folder: TempDir,
    helper: PathBuf,
    spec: SandboxSpec,
}

fn bench(world: World) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let real = env!("CARGO_BIN_EXE_unreel");
    let helper = if world == World::Refused {
        let script = |name: &str, line: &str| {
            let path = folder.path().join(name);
            // Not by this process: another thread that starts a program at that moment would hold the
            // file open for writing, and the kernel then refuses to execute it.
            let write = r#"printf '#!/bin/sh\n%s "$@"\n' "$2" > "$1" && chmod 755 "$1""#;
            let mut sh = std::process::Command::new("sh");
            sh.args(["-c", write, "sh"]).arg(&path).arg(line);
            assert!(sh.status().unwrap().success());
            path
        };
        let powerless = format!("exec setpriv --bounding-set -all --inh-caps -all '{real}'");
        if user_namespaces() {
            let inner = format!("echo 0 > /proc/sys/user/max_user_namespaces\n{powerless}");
            let inner = script("inner", &inner);
            script("helper", &format!("exec unshare -Ur '{}'", inner.display()))
        } else if mount_namespaces() {
            script("helper", &powerless)
        } else {
            real.into()
        }
    } else {
        real.into()
    };
    let spec = SandboxSpec {
        mode: if world == World::Off { Mode::None } else { Mode::BestEffort },
        programs: Vec::new(),
        env: vec![("MARK".into(), "/workspace/x".into())],
        limits: Limits::default(),
        scratch: folder.path().join("scratch"),
        listen: None,
    };
    Bench { folder, helper, spec }
}

impl Bench {
    async fn start(&self) -> Sandbox {
        Sandbox::start(&self.helper, &self.spec).await.unwrap()
    }

    /// Whether anything is left in the fallback's folder.
    fn is_clean(&self) -> bool {
        match std::fs::read_dir(self.folder.path().join("scratch")) {
            Ok(mut left) => left.next().is_none(),
            Err(_) => true,
        }
    }
}

fn exec(cmd: &str) -> ExecSpec {
    ExecSpec {
        cmd: cmd.into(),
        workdir: "/workspace".into(),
        access: Access::Full,
        interactive: false,
        network: false,
        env: Vec::new(),
    }
}

async fn run(sandbox: &Sandbox, cmd: &str) -> (String, i32) {
    run_spec(sandbox, &exec(cmd)).await
}

async fn run_spec(sandbox: &Sandbox, spec: &ExecSpec) -> (String, i32) {
    let process = sandbox.start_process(spec).await.unwrap();
    let seen = sandbox.wait(process, &Until::default()).await.unwrap();
    assert!(!seen.timed_out);
    (String::from_utf8(seen.output).unwrap(), seen.exited.unwrap().code)
}

fn text(text: &str) -> Until {
    Until { text: Some(text.into()), millis: Some(20_000) }
}

#[tokio::test]
async fn the_same_commands_give_the_same_bytes_everywhere() {
    let commands = [
        ("echo a; echo b >&2; echo c; exit 3", 3),
        ("pwd; cd ..; pwd; echo $HOME $PWD $TMPDIR $MARK $USER $LANG $PATH", 0),
        ("env | sort", 0),
        ("mkdir -p d; cat d; echo 1 > d/x; cat d/x none; ls -l nowhere", 2),
        ("nosuchcommand; kill -9 $$", 137),
        ("kill -TERM $$", 143),
        ("cat; umask; stat -c '%a %n' . d d/x", 0),
        ("printf 'x\\377\\n' | od -c; realpath d/x ~ $TMPDIR", 0),
        ("ulimit -c; ulimit -n; ulimit -Hn; ulimit -s; ulimit -f", 0),
        (
            "trap 'echo hup' HUP; kill -HUP $$; echo on; (exec </dev/tcp) 2>&1; ls -A /tmp/../$TMPDIR",
            0,
        ),
    ];
    let mut seen = Vec::new();
    for world in worlds() {
        let bench = bench(world);
        let sandbox = bench.start().await;
        let mut outputs = Vec::new();
        for (cmd, code) in commands {
            let (output, ended) = run(&sandbox, cmd).await;
            assert_eq!(ended, code, "{world:?} {cmd}: {output}");
            outputs.push(output);
        }
        drop(sandbox);
        assert!(bench.is_clean());
        seen.push(outputs);
    }
    assert_eq!(seen[0][0], "a\nb\nc\n");
    for other in &seen[1..] {
        assert_eq!(&seen[0], other);
    }
}

#[tokio::test]
async fn what_is_missing_is_named_or_refused() {
    if namespaces() {
        // In a container /proc may be covered in part; then none of our own can be had.
        let sandbox = bench(World::Namespaces).start().await;
        let missing = sandbox.missing().iter().filter(|(_, why)| !why.starts_with("/proc: "));
        assert_eq!(missing.count(), 0);
    }
    for world in [World::Refused, World::Off] {
        let bench = bench(world);
        let sandbox = bench.start().await;
        let missing: Vec<_> = sandbox.missing().iter().map(|(what, _)| *what).collect();
        assert!(missing.contains(&Guarantee::FixedPath) && missing.contains(&Guarantee::Identity));
        assert_eq!(missing.contains(&Guarantee::WriteLimits), world == World::Off);
        assert_eq!(missing.contains(&Guarantee::NoNetwork), world == World::Off);
    }
    let mut refused = bench(World::Refused);
    refused.spec.mode = Mode::Require;
    let error = Sandbox::start(&refused.helper, &refused.spec).await.unwrap_err();
    let SandboxErrorKind::Refused(why) = error.kind() else { panic!("{error}") };
    for part in ["fixed-path", "private-files", "process-tree", "identity", "user namespace"] {
        assert!(why.contains(part), "{why}");
    }
    assert!(refused.is_clean());
}

#[tokio::test]
async fn a_process_reaches_the_listener_that_was_handed_out_and_nothing_else() {
    use std::io::{Read, Write};
    for world in worlds() {
        let mut bench = bench(world);
        bench.spec.listen = Some(4141);
        let mut sandbox = bench.start().await;
        let listener = sandbox.take_listener().unwrap();
        assert!(sandbox.take_listener().is_none());
        let port = listener.local_addr().unwrap().port();
        if world == World::Namespaces && namespaces() {
            assert_eq!(port, 4141, "a namespace of its own: any number of runs share the port");
        }
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut line = [0; 5];
            stream.read_exact(&mut line).unwrap();
            stream.write_all(&line).unwrap();
        });
        let cmd = format!(
            "exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; echo ping >&3; head -n 1 <&3'"
        );
        let spec = ExecSpec { network: true, ..exec(&cmd) };
        assert_eq!(run_spec(&sandbox, &spec).await, ("ping\n".into(), 0), "{world:?}");
        answering.join().unwrap();
        if world == World::Namespaces && namespaces() {
            // A documentation address (RFC 5737): nothing is ever sent, there is no route.
            let out = "exec bash -c 'exec 3<>/dev/tcp/192.0.2.1/80' 2>&1";
            let (output, code) = run_spec(&sandbox, &ExecSpec { network: true, ..exec(out) }).await;
            assert!(code != 0 && output.contains("unreachable"), "{output}");
            assert!(sandbox.missing().iter().all(|(what, _)| *what != Guarantee::NoNetwork));
        } else {
            assert!(sandbox.missing().iter().any(|(what, _)| *what == Guarantee::NoNetwork));
        }
    }
}

#[tokio::test]
async fn a_missing_program_is_an_error_and_not_a_fallback() {
    let mut bench = bench(World::Namespaces);
    let host = bench.folder.path().join("none");
    bench.spec.programs = vec![Program { host, at: "/opt/none".into(), bin: "bin".into() }];
    let error = Sandbox::start(&bench.helper, &bench.spec).await.unwrap_err();
    assert!(error.to_string().contains("none/bin"), "{error}");
}

#[tokio::test]
async fn files_go_in_and_out() {
    for world in worlds() {
        let bench = bench(world);
        let sandbox = bench.start().await;
        sandbox.write("/workspace/a/run.sh", b"#!/bin/sh\necho \"ran $1\"\n", true).await.unwrap();
        sandbox.write("b", b"\0\xff", false).await.unwrap();
        sandbox.write(".git/HEAD", b"x", false).await.unwrap();
        assert_eq!(run(&sandbox, "a/run.sh 1; ln -s b c").await, ("ran 1\n".into(), 0));
        assert_eq!(sandbox.read("b").await.unwrap(), Some((b"\0\xff".to_vec(), false)));
        assert_eq!(sandbox.read("b/c").await.unwrap(), None);
        assert!(sandbox.is_dir("a").await.unwrap() && !sandbox.is_dir("b").await.unwrap());
        let list = sandbox.list(".").await.unwrap();
        let seen: Vec<_> = list.iter().map(|e| (e.path.as_str(), e.kind, e.executable)).collect();
        let expected = [
            ("a", EntryKind::Dir, false),
            ("a/run.sh", EntryKind::File, true),
            ("b", EntryKind::File, false),
            ("c", EntryKind::Link, false),
        ];
        assert_eq!(seen, expected);
        assert!(sandbox.remove("c").await.unwrap() && !sandbox.remove("c").await.unwrap());
        let error = sandbox.read("a").await.unwrap_err();
        assert_eq!(error.to_string(), "a: is a folder");
        let nowhere = ExecSpec { workdir: "none".into(), ..exec("true") };
        let error = sandbox.start_process(&nowhere).await.unwrap_err();
        assert_eq!(error.to_string(), "none: the working folder is not a folder");
        sandbox.stop().await.unwrap();
        assert!(bench.is_clean());
    }
}

/// Many files at once lie as if they had been written one by one: the later one of a path wins, the
/// order of a folder is that of the calls, and a bad one is named.
#[tokio::test]
async fn many_files_are_written_in_their_order() {
    for world in worlds() {
        let bench = bench(world);
        let (one, many) = (bench.start().await, bench.start().await);
        let names: Vec<String> = (0..300).map(|n| format!("d/{:x}", n * 7919 % 301)).collect();
        let large = vec![b'x'; 9 << 20];
        let mut files: Vec<(&str, &[u8], bool)> =
            names.iter().map(|name| (name.as_str(), name.as_bytes(), false)).collect();
        files.extend([("d/1", &large[..], true), ("d/0", &b"last"[..], true)]);
        for (path, content, executable) in &files {
            one.write(path, content, *executable).await.unwrap();
        }
        many.write_all(files).await.unwrap();
        assert_eq!(many.list(".").await.unwrap(), one.list(".").await.unwrap());
        // Other file systems order a folder as they like.
        if world == World::Namespaces {
            assert_eq!(run(&many, "ls -U d").await, run(&one, "ls -U d").await);
        }
        let error = many.write_all([("e", &b""[..], false), ("d", b"", false)]).await.unwrap_err();
        assert_eq!(error.to_string(), "d: is a folder");
        assert!(many.read("e").await.unwrap().is_some());
        one.stop().await.unwrap();
        many.stop().await.unwrap();
    }
}

#[tokio::test]
async fn kill_reaches_daemons() {
    for world in worlds() {
        let bench = bench(world);
        let sandbox = bench.start().await;
        let daemon =
            "(setsid sh -c 'setsid sleep 4242 >/dev/null 2>&1 & echo $! > pid' &); sleep 4242";
        let process = sandbox.start_process(&exec(daemon)).await.unwrap();
        let until = "while ! test -s pid; do sleep 0.01; done; kill -0 $(cat pid) && echo alive";
        assert_eq!(run(&sandbox, until).await.0, "alive\n", "{world:?}");
        sandbox.kill(process).await.unwrap();
        let seen = sandbox.wait(process, &Until::default()).await.unwrap();
        assert_eq!(seen.exited, Some(Exited { code: 137 }));
        assert_eq!(run(&sandbox, "kill -0 $(cat pid) 2>/dev/null || echo dead").await.0, "dead\n");
    }
}

#[tokio::test]
async fn nothing_survives_a_drop() {
    for (number, world) in worlds().into_iter().enumerate() {
        let bench = bench(world);
        let mark = format!("{}.{number}", 100_000 + std::process::id());
        let sandbox = bench.start().await;
        let cmd = format!("(setsid setsid sleep {mark} >/dev/null 2>&1 &); sleep {mark}");
        sandbox.start_process(&exec(&cmd)).await.unwrap();
        while count(&mark) < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(sandbox);
        assert_eq!(count(&mark), 0);
        assert!(bench.is_clean());
    }
}

/// Processes of this machine that sleep for `mark` seconds.
fn count(mark: &str) -> usize {
    let line = format!("sleep\0{mark}\0");
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .filter(|process| {
            std::fs::read(process.path().join("cmdline")).is_ok_and(|read| read == line.as_bytes())
        })
        .count()
}

#[tokio::test]
async fn there_is_no_network() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for world in worlds().into_iter().filter(|world| *world != World::Off) {
        let bench = bench(world);
        let sandbox = bench.start().await;
        let cmd = format!("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' 2>&1 | head -1");
        let (output, _) = run(&sandbox, &cmd).await;
        assert!(output.contains("Network is unreachable"), "{world:?}: {output}");
        if world == World::Namespaces {
            let (devices, _) = run(&sandbox, "tail -n +3 /proc/net/dev | cut -d: -f1").await;
            assert_eq!(devices.trim(), "lo");
        }
    }
}

#[tokio::test]
async fn processes_run_side_by_side_and_waits_overlap() {
    for world in worlds() {
        let bench = bench(world);
        let sandbox = bench.start().await;
        sandbox.start_process(&exec("mkfifo a b")).await.unwrap();
        sandbox.wait(1, &Until::default()).await.unwrap();
        // Each needs the other: one after the other they would never end.
        let one = sandbox.start_process(&exec("echo 1 > a; cat b")).await.unwrap();
        let two = sandbox.start_process(&exec("cat a; echo 2 > b")).await.unwrap();
        let until = Until::default();
        let (one, two) = tokio::join!(sandbox.wait(one, &until), sandbox.wait(two, &until));
        assert_eq!((one.unwrap().output, two.unwrap().output), (b"2\n".to_vec(), b"1\n".to_vec()));
    }
}

#[tokio::test]
async fn a_session_is_fed_and_waited_for() {
    for world in worlds() {
        let bench = bench(world);
        let sandbox = bench.start().await;
        let cmd = "while printf '> ' && read line; do echo \"got $line\"; done; echo; exit 4";
        let session = ExecSpec { interactive: true, ..exec(cmd) };
        let id = sandbox.start_process(&session).await.unwrap();
        let said = |seen: Progress| (String::from_utf8(seen.output).unwrap(), seen.exited);
        let seen = sandbox.wait(id, &text("> ")).await.unwrap();
        assert_eq!(said(seen), ("> ".into(), None));
        sandbox.feed(id, b"one\ntwo\n", false).await.unwrap();
        assert_eq!(
            said(sandbox.wait(id, &text("> ")).await.unwrap()),
            ("got one\n> ".into(), None)
        );
        assert_eq!(said(sandbox.wait(id, &text("two")).await.unwrap()), ("got two".into(), None));
        sandbox.feed(id, b"three\n", true).await.unwrap();
        assert!(sandbox.feed(id, b"four\n", false).await.is_err());
        let rest = "\n> got three\n> \n".to_owned();
        let seen = sandbox.wait(id, &Until::default()).await.unwrap();
        assert_eq!(said(seen), (rest, Some(Exited { code: 4 })));
        let again = sandbox.wait(id, &text("> ")).await.unwrap();
        assert_eq!(said(again), (String::new(), Some(Exited { code: 4 })));
        assert!(sandbox.wait(77, &Until::default()).await.is_err());
    }
}

#[tokio::test]
async fn a_wait_can_return_by_time() {
    let bench = bench(World::Namespaces);
    let sandbox = bench.start().await;
    let id = sandbox.start_process(&exec("echo first; sleep 1000")).await.unwrap();
    sandbox.wait(id, &text("first")).await.unwrap();
    let seen = sandbox.wait(id, &Until { text: None, millis: Some(30) }).await.unwrap();
    assert_eq!((seen.output, seen.timed_out, seen.exited), (b"\n".to_vec(), true, None));
}

#[tokio::test]
async fn output_that_descendants_hold_open_does_not_hold_up() {
    for world in worlds() {
        let bench = bench(world);
        let sandbox = bench.start().await;
        let began = Instant::now();
        let id = sandbox.start_process(&exec("setsid sleep 1000 & echo on; exit 5")).await.unwrap();
        let seen = sandbox.wait(id, &Until::default()).await.unwrap();
        assert_eq!((seen.output, seen.exited), (b"on\n".to_vec(), Some(Exited { code: 5 })));
        assert!(seen.lingering && began.elapsed() < Duration::from_secs(60));
        let quiet = exec("sleep 1000 >/dev/null 2>&1 & echo $! > pid");
        let id = sandbox.start_process(&quiet).await.unwrap();
        let seen = sandbox.wait(id, &Until::default()).await.unwrap();
        assert!(!seen.lingering);
        // What comes late comes.
        assert_eq!(run(&sandbox, "(sleep 0.1; echo late) & echo on").await.0, "on\nlate\n");
        // A server that was started stays.
        assert_eq!(run(&sandbox, "kill $(cat pid) && echo killed").await.0, "killed\n");
    }
}

#[tokio::test]
async fn huge_output_is_cut_in_the_middle() {
    let mut bench = bench(World::Namespaces);
    bench.spec.limits.output_bytes = 1000;
    let sandbox = bench.start().await;
    let cmd = "echo begin; yes 123456789 | head -c 100000000; echo end";
    let id = sandbox.start_process(&exec(cmd)).await.unwrap();
    let seen = sandbox.wait(id, &Until::default()).await.unwrap();
    assert_eq!((seen.output.len(), seen.omitted_at), (1000, 500));
    assert_eq!(seen.omitted, 6 + 100_000_000 + 4 - 1000);
    assert!(seen.output.starts_with(b"begin\n123") && seen.output.ends_with(b"9\nend\n"));
    let used = peak_memory();
    assert!(used < 200 << 10, "{used} kB");
}

/// Peak memory of all helpers of this process, kB: the largest.
fn peak_memory() -> u64 {
    let own = std::process::id();
    let status =
        |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |status: &str, name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        line.and_then(|line| line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()))
    };
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        entry.ok()?.file_name().into_string().ok().filter(|name| name.parse::<u32>().is_ok())
    });
    let helper = Path::new(env!("CARGO_BIN_EXE_unreel"));
    pids.filter(|pid| *pid != own.to_string())
        .filter(|pid| std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == helper))
        .filter_map(|pid| field(&status(&pid), "RssAnon:"))
        .max()
        .unwrap_or(0)
}

#[tokio::test]
async fn writes_are_limited_where_they_should_be() {
    let mut denied = Vec::new();
    for world in worlds().into_iter().filter(|world| *world != World::Off) {
        let bench = bench(world);
        let sandbox = bench.start().await;
        sandbox.write("out/kept", b"1\n", false).await.unwrap();
        sandbox.write("fixed", b"1\n", false).await.unwrap();
        let cmd = "echo 2 > out/new; mv out/new out/kept; echo 2 > $TMPDIR/t; echo 2 > ~/t; \
                   echo > /dev/null; echo 2 > fixed; mkdir more; rm fixed; cat out/kept fixed";
        let limited = ExecSpec { access: Access::Write(vec!["out".into()]), ..exec(cmd) };
        let (output, code) = run_spec(&sandbox, &limited).await;
        assert_eq!((output.matches("Permission denied").count(), code), (3, 0), "{output}");
        assert!(output.ends_with("2\n1\n"), "{output}");
        let nothing = ExecSpec { access: Access::Write(Vec::new()), ..exec("echo > out/new") };
        assert_eq!(run_spec(&sandbox, &nothing).await.1, 2);
        assert_eq!(run(&sandbox, "echo 3 > fixed; cat fixed").await, ("3\n".into(), 0));
        denied.push(output);
    }
    assert!(denied.iter().all(|other| *other == denied[0]));
}

#[tokio::test]
async fn files_of_this_machine_are_out_of_reach() {
    for world in worlds().into_iter().filter(|world| *world != World::Off) {
        let bench = bench(world);
        let secret = bench.folder.path().join("secret");
        std::fs::write(&secret, "secret").unwrap();
        let sandbox = bench.start().await;
        let cmd = format!(
            "cat '{0}'; ls '{1}'; echo > '{0}'",
            secret.display(),
            bench.folder.path().display()
        );
        let (output, code) = run(&sandbox, &cmd).await;
        assert!(code != 0 && !output.contains("helper"), "{output}");
        assert_eq!(output.lines().count(), 3, "{output}");
    }
}

#[tokio::test]
async fn process_numbers_start_anew_with_each_command() {
    if !namespaces() {
        return;
    }
    let bench = bench(World::Namespaces);
    let mut numbers = Vec::new();
    for before in ["true", "for n in 1 2 3 4 5; do /bin/true; done"] {
        let sandbox = bench.start().await;
        run(&sandbox, before).await;
        numbers.push(run(&sandbox, "echo $$; sh -c 'echo $$'").await.0);
    }
    assert_eq!(numbers[0], numbers[1]);
}

#[tokio::test]
async fn folder_order_follows_the_writes() {
    if !namespaces() {
        return;
    }
    let mut orders = Vec::new();
    for _ in 0..2 {
        let bench = bench(World::Namespaces);
        let sandbox = bench.start().await;
        for name in ["q", "a", "m", "z", "b", "k"] {
            sandbox.write(name, b"", false).await.unwrap();
        }
        orders.push(run(&sandbox, "ls -U; id -un; id -gn; hostname; ls -l").await.0);
    }
    assert!(orders[0].contains("agent\nagent\nunreel\n"), "{}", orders[0]);
    let cut = |order: &str| order.split("total").next().map(str::to_owned);
    assert_eq!(cut(&orders[0]), cut(&orders[1]));
}

#[tokio::test]
async fn scripts_are_never_busy() {
    let bench = bench(World::Namespaces);
    let sandbox = bench.start().await;
    for number in 0..200 {
        let script = format!("#!/bin/sh\necho {number}\n");
        sandbox.write("run", script.as_bytes(), true).await.unwrap();
        let busy = sandbox.start_process(&exec("sleep 0.005")).await.unwrap();
        assert_eq!(run(&sandbox, "./run").await, (format!("{number}\n"), 0));
        sandbox.wait(busy, &Until::default()).await.unwrap();
    }
}

#[tokio::test]
async fn many_sandboxes_at_once_do_not_meet() {
    let mut threads = Vec::new();
    for number in 0..8 {
        threads.push(std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                for world in worlds() {
                    let bench = bench(world);
                    let sandbox = bench.start().await;
                    sandbox.write("n", number.to_string().as_bytes(), false).await.unwrap();
                    let (output, _) =
                        run(&sandbox, "cat n; cp n $TMPDIR/n; cat $TMPDIR/n; ls").await;
                    assert_eq!(output, format!("{number}{number}n\n"));
                }
            });
        }));
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[tokio::test]
async fn killing_everything_kills_only_the_command() {
    if !namespaces() {
        return;
    }
    let bench = bench(World::Namespaces);
    let sandbox = bench.start().await;
    assert_eq!(run(&sandbox, "sleep 1000 & kill -9 -1; echo on").await.1, 137);
    assert_eq!(run(&sandbox, "echo on").await.0, "on\n");
}

/// A real compiler and a real interpreter, bound at fixed paths.
#[tokio::test]
async fn programs_work_at_their_fixed_paths() {
    let ask = |program: &str, args: &[&str]| {
        let said = std::process::Command::new(program).args(args).output().ok()?;
        said.status.success().then(|| String::from_utf8(said.stdout).unwrap().trim().to_owned())
    };
    let Some(sysroot) = ask("rustc", &["--print", "sysroot"]) else { return };
    let program =
        |host: String, at: &str| Program { host: host.into(), at: at.into(), bin: "bin".into() };
    let mut programs = vec![program(sysroot, "/opt/rust")];
    let python = ask("python3", &["-c", "import sys; print(sys.base_prefix)"]);
    // A prefix of the system needs no binding.
    programs.extend(python.filter(|at| at != "/usr").map(|host| program(host, "/opt/python")));
    let source = b"fn main() { println!(\"{}\", 6 * 7); let n: Vec<u8> = vec![]; n[7 % 8]; }";
    let script = b"import sys, json, hashlib, ctypes, socket\nprint(sys.executable, hash('a'))\n\
                   socket.create_connection(('127.0.0.1', 9))\n";
    let mut seen = Vec::new();
    for world in worlds().into_iter().filter(|world| *world != World::Off) {
        let mut bench = bench(world);
        bench.spec.programs.clone_from(&programs);
        let sandbox = bench.start().await;
        sandbox.write("src/main.rs", source, false).await.unwrap();
        sandbox.write("a.py", script, false).await.unwrap();
        let (version, code) = run(&sandbox, "command -v rustc; rustc --version").await;
        assert!(code == 0 && version.starts_with("/opt/rust/bin/rustc\nrustc 1."), "{version}");
        let (output, code) = run(&sandbox, "rustc -C linker=cc src/main.rs -o m && ./m").await;
        assert_eq!(code, 101, "{output}");
        assert!(output.starts_with("42\n") && output.contains("src/main.rs:1"), "{output}");
        let (spoken, code) =
            run(&sandbox, "python3 a.py; python3 -c 'import os; os.getcwd()'").await;
        assert_eq!(code, 0, "{spoken}");
        assert!(spoken.contains("Network is unreachable"), "{spoken}");
        // The call that fails is another one: a socket cannot be had without a network namespace.
        let ends =
            [spoken.lines().next(), spoken.lines().last()].map(|line| line.map(str::to_owned));
        // Rust names its threads by their system number too.
        seen.push((version, output.replace(|c: char| c.is_ascii_digit(), ""), ends));
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
}
