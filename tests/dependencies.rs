//! What we build on: licences, crates that are there twice, crates that must not be there, crates
//! that nothing uses, and that tests do not compile Polars a second time.
//!
//! Done with cargo's own output, so that it runs with the other tests on a machine that has
//! nothing but Rust. Licences are those of the crates for this platform, since cargo has downloaded
//! no others; everything else is read from `Cargo.lock` and holds for all platforms.

use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Licences that go with MIT OR Apache-2.0.
const LICENCES: [&str; 10] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    // Of data: Mozilla's list of root certificates.
    "CDLA-Permissive-2.0",
    "ISC",
    "Unicode-3.0",
    "Zlib",
];

/// Crates in two incompatible versions, with who holds on to the older one. A line that no longer
/// applies is an error too.
const TWICE: [(&str, &str); 15] = [
    ("base64", "0.22: polars-parquet, tiktoken-rs and wiremock"),
    ("block-buffer", "0.10: digest 0.10"),
    ("cpufeatures", "0.2: aes, under aes-siv 0.7"),
    ("crypto-common", "0.1: digest 0.10"),
    ("digest", "0.10: aes-siv 0.7, whose next version is not out"),
    ("foldhash", "0.1: hashbrown 0.15"),
    ("getrandom", "0.2: polars and polars-arrow; 0.3: rand 0.9"),
    ("hashbrown", "0.15: planus, under polars-arrow-format"),
    ("itertools", "0.13: criterion"),
    ("r-efi", "5: getrandom 0.3"),
    ("rand", "0.9: tungstenite"),
    ("rand_core", "0.6: crypto-common 0.1; 0.9: rand 0.9"),
    ("similar", "2.7: insta"),
    ("syn", "2: derive macros that have not moved to 3"),
    ("windows-sys", "0.52: ring; nothing of it is built elsewhere than on Windows"),
];

/// Crates that must not come in, and why.
const UNWANTED: [(&str, &str); 10] = [
    ("async-std", "unmaintained (RUSTSEC-2025-0052)"),
    ("aws-lc-rs", "35 CPU seconds of a cold build; ring, which does the same here, takes 8"),
    ("aws-lc-sys", "35 CPU seconds of a cold build; ring, which does the same here, takes 8"),
    ("native-tls", "links the system's OpenSSL"),
    ("openssl", "links the system's OpenSSL"),
    ("openssl-sys", "links the system's OpenSSL"),
    ("plotters", "charts are not in the product yet"),
    ("polars-stream", "the streaming engine: a hundred crates more, see Cargo.toml"),
    ("rmcp", "MCP is not in the product yet"),
    ("serde_yml", "unsound (RUSTSEC-2025-0068)"),
];

/// Crates whose features differ between the program and its tests: compiled twice, with axum and
/// reqwest above them, some seconds. To unify them would put HTTP/2 into the program.
const REBUILT_FOR_TESTS: [&str; 3] = ["hyper", "hyper-util", "tokio-util"];

/// Declared for its features alone; the reason stands in Cargo.toml.
const FEATURES_ONLY: [&str; 1] = ["slab"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The output of cargo, which must not touch the network or the lock file.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).args(["--offline", "--locked"]).current_dir(root());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn metadata() -> Value {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let text = cargo(&["metadata", "--format-version", "1", "--filter-platform", host]);
    serde_json::from_str(&text).unwrap()
}

/// Names and versions in `Cargo.lock`.
fn locked() -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let mut packages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in text.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let prefix = format!("{name} = \"");
            let value = package.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap();
            value.trim_end_matches('"').to_owned()
        };
        packages.entry(field("name")).or_default().push(field("version"));
    }
    packages
}

/// What must be equal for cargo to hold two versions for compatible.
fn compatible(version: &str) -> String {
    let mut numbers = version.split('.');
    let (major, minor, patch) = (numbers.next(), numbers.next(), numbers.next());
    match (major, minor) {
        (Some("0"), Some("0")) => format!("0.0.{}", patch.unwrap_or_default()),
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (major, _) => major.unwrap_or_default().to_owned(),
    }
}

#[test]
fn every_licence_is_allowed() {
    let allowed: Vec<Licensee> =
        LICENCES.iter().map(|licence| Licensee::parse(licence).unwrap()).collect();
    let mut refused = Vec::new();
    for package in metadata()["packages"].as_array().unwrap() {
        let name = format!("{} {}", package["name"], package["version"]);
        let Some(licence) = package["license"].as_str() else {
            refused.push(format!("{name}: no licence named"));
            continue;
        };
        // Lax, for the older spelling MIT/Apache-2.0.
        let expression = Expression::parse_mode(licence, ParseMode::LAX).unwrap();
        if !expression.evaluate(|wanted| allowed.iter().any(|one| one.satisfies(wanted))) {
            refused.push(format!("{name}: {licence}"));
        }
    }
    assert!(refused.is_empty(), "licences that are not allowed: {refused:#?}");
}

#[test]
fn crates_that_are_there_twice_are_known() {
    let found: BTreeSet<String> = locked()
        .into_iter()
        .filter(|(_, versions)| {
            let kinds: BTreeSet<String> =
                versions.iter().map(|version| compatible(version)).collect();
            kinds.len() > 1
        })
        .map(|(name, _)| name)
        .collect();
    let known: BTreeSet<String> = TWICE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, known, "`cargo tree --duplicates --target all` shows who wants which");
}

#[test]
fn unwanted_crates_stay_out() {
    let locked = locked();
    let found: Vec<_> = UNWANTED.iter().filter(|(name, _)| locked.contains_key(*name)).collect();
    assert!(found.is_empty(), "`cargo tree --invert NAME` shows who wants them: {found:#?}");
}

#[test]
fn polars_and_its_io_crate_move_together() {
    let locked = locked();
    assert_eq!(locked["polars"], locked["polars-io"]);
    assert_eq!(locked["polars"].len(), 1);
}

#[test]
fn tests_do_not_compile_polars_again() {
    let tree = |edges: &str| -> BTreeSet<String> {
        let format = "{p} [{f}]";
        let text = cargo(&["tree", "--edges", edges, "--prefix", "none", "--format", format]);
        text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
    };
    let (program, tests) = (tree("normal"), tree("normal,dev"));
    assert!(program.iter().any(|line| line.starts_with("polars-core ")));
    let changed: BTreeSet<&str> =
        program.difference(&tests).filter_map(|line| line.split(' ').next()).collect();
    let known = BTreeSet::from(REBUILT_FOR_TESTS);
    assert_eq!(changed, known, "tests change the features of these; name them in Cargo.toml too");
}

#[test]
fn every_declared_crate_is_used() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let own = packages.iter().find(|package| package["source"].is_null()).unwrap();
    let mut code = String::new();
    for folder in ["src", "tests", "benches"] {
        gather(&root().join(folder), &mut code);
    }
    let unused: BTreeSet<String> = own["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dependency| dependency["rename"].as_str().or(dependency["name"].as_str()).unwrap())
        .map(|name| name.replace('-', "_"))
        .filter(|name| {
            let path = format!("{name}::");
            !code.match_indices(&path).any(|(at, _)| {
                !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
            })
        })
        .collect();
    let known = FEATURES_ONLY.map(str::to_owned);
    assert_eq!(unused, BTreeSet::from(known));
}

fn gather(folder: &Path, code: &mut String) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}
