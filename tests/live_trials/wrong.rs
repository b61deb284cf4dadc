//! Command lines that are wrong, and endpoints that are not there.

use crate::world::World;

#[test]
fn what_cannot_be_asked_is_an_error_of_the_command_line() {
    let world = World::new();
    let live = ["--live", "http://127.0.0.1:9/v1"];
    for (args, told) in [
        (&[live[0], live[1], "--script"][..], "cannot be used with '--script'"),
        (&[live[0], live[1], "--recordings", "x"], "cannot be used with '--recordings"),
        (&[live[0], live[1], "--match", "strict"], "cannot be used with '--match"),
        (&["--live", "nonsense"], "the upstream nonsense"),
        (&["--live", "http://u:secret@h/v1"], "use --key-env"),
        (&[live[0], live[1], "--key-env", "NOT_THERE"], "NOT_THERE"),
        (&[live[0], live[1], "--max-spend", "0"], "not an amount of dollars"),
        (&[live[0], live[1], "--max-requests", "0"], "0 is not in 1.."),
        (&[live[0], live[1], "--prices", "none.yaml"], "none.yaml"),
        (&["--key-env", "X"], "--live"),
        (&["--max-spend", "1"], "--live"),
        (&["--dry-run"], "--live"),
    ] {
        let ran = world.unreel(&[&["run"], args].concat());
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(told) && !ran.err.contains("secret"), "{args:?}: {}", ran.err);
    }
    assert!(!world.path("reports").exists());
}

#[test]
fn an_endpoint_that_is_not_there_fails_the_run() {
    let world = World::new();
    // A port that nobody listens on any more.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let ran = world.unreel(&["run", "--live", &url, "--out", "out"]);
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
    let words = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("cannot be reached"), "{words}");
    assert!(!world.path("out/recordings").exists());
}
