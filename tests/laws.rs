//! The laws of growth on the long session: 120 requests of an append-only conversation.

#![expect(clippy::print_stdout, reason = "the figures are for people")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The rows of a CSV table without quoted fields in the columns asked for.
fn columns(path: &Path, wanted: &[&str]) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at: Vec<usize> =
        wanted.iter().map(|name| head.iter().position(|one| one == name).unwrap()).collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            at.iter().map(|at| cells[*at].parse().unwrap()).collect()
        })
        .collect()
}

/// Slope, intercept and coefficient of determination of `y` over 0, 1, 2, ..
fn line(y: &[f64]) -> (f64, f64, f64) {
    let n = y.len() as f64;
    let mean_x = (n - 1.0) / 2.0;
    let mean_y = y.iter().sum::<f64>() / n;
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in y.iter().enumerate() {
        let (dx, dy) = (x as f64 - mean_x, y - mean_y);
        (xy, xx, yy) = (xy + dx * dy, xx + dx * dx, yy + dy * dy);
    }
    (xy / xx, mean_y - xy / xx * mean_x, xy * xy / (xx * yy))
}

#[test]
fn requests_grow_linearly_and_what_is_sent_quadratically() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let status = Command::new(env!("CARGO_BIN_EXE_unreel"))
        .current_dir(ROOT)
        .args(["run", "long-session", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    let wanted = ["sent_bytes", "new_bytes", "sent_tokens"];
    let rows = columns(&out.join("tables/requests.csv"), &wanted);
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
    let (sent, new) = (column(0), column(1));
    let n = sent.len() as f64;
    assert_eq!(sent.len(), 120);
    let static_tokens = rows[0][2];
    assert!(static_tokens >= 10_000.0, "{static_tokens} static tokens");

    let (s, p, r2) = line(&sent);
    assert!(r2 >= 0.99, "request size: R2 = {r2}");
    let total: f64 = sent.iter().sum();
    let law = sent[0] * n + s * n * (n - 1.0) / 2.0;
    assert!((total / law - 1.0).abs() <= 0.02, "sent {total}, the law says {law}");
    // Cumulative new bytes, from the second request on (the first one is all new).
    let mut sum = 0.0;
    let cumulative: Vec<f64> = new[1..].iter().map(|new| (sum += new, sum).1).collect();
    let (per_request, _, new_r2) = line(&cumulative);
    assert!(new_r2 >= 0.99, "new bytes: R2 = {new_r2}");
    println!(
        "n = {n}, static tokens = {static_tokens}, p = {p:.0} B (first request {}), s = {s:.0} B, \
         R2 = {r2:.6}, sent = {total:.0} B = {:.4} of the law, new per request = {per_request:.0} \
         B (R2 {new_r2:.6})",
        sent[0],
        total / law
    );
}

#[test]
fn the_recording_grows_linearly_and_every_output_is_its_own() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("recordings/long-session.jsonl"));
    let text = text.unwrap();
    // Bytes on disk that each exchange added: its own line and the items right before it.
    let mut sizes = Vec::new();
    let mut outputs = BTreeSet::new();
    let mut patches = 0;
    let mut size = 0;
    for line in text.lines().skip(1) {
        size += line.len() + 1;
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        if value.get("exchange").is_some() {
            sizes.push(size as f64);
            size = 0;
        }
        let item = &value["json"];
        let kind = item["type"].as_str().unwrap_or_default();
        if kind == "function_call_output" {
            let output = item["output"].as_str().unwrap();
            assert!(output.len() >= 400, "an output of {} bytes: {output}", output.len());
            assert!(outputs.insert(output.to_owned()), "an output twice: {output}");
        }
        patches += usize::from(kind == "custom_tool_call" && item["name"] == "apply_patch");
    }
    let quarter = sizes.len() / 4;
    let mean = |sizes: &[f64]| sizes.iter().sum::<f64>() / sizes.len() as f64;
    let second = mean(&sizes[quarter..2 * quarter]);
    let last = mean(&sizes[3 * quarter..]);
    assert!((last / second - 1.0).abs() <= 0.1, "{second} B an exchange, later {last} B");
    assert!(patches >= 6, "{patches} patches");
    println!(
        "{} exchanges, {} outputs, {patches} patches; bytes an exchange: {second:.0} in the second \
         quarter, {last:.0} in the last",
        sizes.len(),
        outputs.len()
    );
}
