//! Block traces: a table for people, and the same as JSON, CSV and Markdown.

use super::ReportError;
use super::format::{WIDTH, count, wrap};
use super::grid::{columns, table};
use super::tables::rounded;
use crate::cache::trace::{Capacity, Played, Row};
use polars::prelude::*;
use polars_io::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

const HEAD: [&str; 7] = ["policy", "capacity", "blk", "pfx", "tok", "tokf", "req"];

/// The table of each trace, and what its columns are.
#[must_use]
pub fn block_traces_text(traces: &[Played]) -> String {
    let mut lines = Vec::new();
    for trace in traces {
        lines.extend(wrap(&head(trace), WIDTH, "  "));
        let mut cells = vec![HEAD.map(str::to_owned).to_vec()];
        cells.extend(trace.rows.iter().map(|row| cells_of(trace, row)));
        lines.extend(columns(&cells, &[0]));
        lines.push(String::new());
    }
    for note in notes(traces) {
        lines.extend(wrap(&note, WIDTH, "  "));
    }
    lines.join("\n") + "\n"
}

/// The same for a page.
#[must_use]
pub fn block_traces_markdown(traces: &[Played]) -> String {
    let mut text = String::new();
    for trace in traces {
        text.push_str(&format!("{}\n\n", head(trace)));
        let rows = trace.rows.iter().map(|row| cells_of(trace, row)).collect();
        table(&mut text, &HEAD, rows);
    }
    text.push_str(&notes(traces).join("\n\n"));
    text.push('\n');
    text
}

/// The same for programs, with the counts that the rates are made of.
#[must_use]
pub fn block_traces_json(traces: &[Played]) -> String {
    let traces: Vec<Value> = traces.iter().map(trace_json).collect();
    let value = json!({ "version": 1, "traces": traces, "caveats": [CAVEAT] });
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

/// A row for each trace, policy and capacity.
pub fn block_traces_csv(traces: &[Played]) -> Result<String, ReportError> {
    let rows: Vec<(&Played, &Row)> =
        traces.iter().flat_map(|trace| trace.rows.iter().map(move |row| (trace, row))).collect();
    let text = |of: &dyn Fn(&Played, &Row) -> String| {
        rows.iter().map(|(trace, row)| of(trace, row)).collect::<Vec<String>>()
    };
    let whole = |of: &dyn Fn(&Played, &Row) -> Option<u64>| {
        rows.iter().map(|(trace, row)| of(trace, row)).collect::<Vec<Option<u64>>>()
    };
    let part = |at: usize| {
        rows.iter().map(|(trace, row)| rates(trace, row)[at].map(rounded)).collect::<Vec<_>>()
    };
    let known = |trace: &Played, tokens: u64| has_tokens(trace).then_some(tokens);
    let failed = |cause: PolarsError| ReportError::new(Path::new("standard output"), cause);
    let columns = vec![
        Column::new("trace".into(), text(&|trace, _| trace.name.clone())),
        Column::new("policy".into(), text(&|_, row| row.eviction.as_str().to_owned())),
        Column::new("capacity".into(), whole(&|_, row| row.capacity)),
        Column::new("requests".into(), whole(&|trace, _| Some(trace.counted.requests))),
        Column::new("accesses".into(), whole(&|trace, _| Some(trace.counted.accesses))),
        Column::new("tokens".into(), whole(&|trace, _| known(trace, trace.counted.tokens))),
        Column::new("distinct".into(), whole(&|trace, _| Some(trace.distinct))),
        Column::new("block_hits".into(), whole(&|_, row| Some(row.tally.hits))),
        Column::new("prefix_blocks".into(), whole(&|_, row| Some(row.tally.run))),
        Column::new("tokens_hit".into(), whole(&|trace, row| known(trace, row.tally.tokens))),
        Column::new(
            "full_tokens_hit".into(),
            whole(&|trace, row| known(trace, row.tally.full_tokens)),
        ),
        Column::new("blk".into(), part(0)),
        Column::new("pfx".into(), part(1)),
        Column::new("tok".into(), part(2)),
        Column::new("tokf".into(), part(3)),
        Column::new("req".into(), part(4)),
    ];
    let mut frame = DataFrame::new(rows.len(), columns).map_err(failed)?;
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).finish(&mut frame).map_err(failed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn trace_json(trace: &Played) -> Value {
    let row = |row: &Row| {
        let [blk, pfx, tok, tokf, req] = rates(trace, row).map(|rate| rate.map(rounded));
        let known = |tokens: u64| has_tokens(trace).then_some(tokens);
        json!({
            "policy": row.eviction.as_str(),
            "capacity": row.capacity,
            "capacity_tokens": match row.asked { Capacity::Tokens(tokens) => Some(tokens), _ => None },
            "block_hits": row.tally.hits,
            "prefix_blocks": row.tally.run,
            "tokens_hit": known(row.tally.tokens),
            "full_tokens_hit": known(row.tally.full_tokens),
            "rates": { "blk": blk, "pfx": pfx, "tok": tok, "tokf": tokf, "req": req },
        })
    };
    let totals = |totals: &crate::cache::trace::Totals| {
        json!({
            "requests": totals.requests,
            "accesses": totals.accesses,
            "tokens": has_tokens(trace).then_some(totals.tokens),
        })
    };
    json!({
        "trace": trace.name,
        "format": trace.format.as_str(),
        "block_size": trace.block_size,
        "distinct": trace.distinct,
        "all": totals(&trace.all),
        "counted": totals(&trace.counted),
        "rows": trace.rows.iter().map(row).collect::<Vec<Value>>(),
    })
}

fn has_tokens(trace: &Played) -> bool {
    trace.format.has_tokens()
}

/// In the order of the columns; nothing where the trace does not tell.
fn rates(trace: &Played, row: &Row) -> [Option<f64>; 5] {
    let (counted, tally) = (&trace.counted, &row.tally);
    let known = |rate: Option<f64>| rate.filter(|_| has_tokens(trace));
    [
        counted.block_rate(tally),
        counted.prefix_rate(tally),
        known(counted.token_rate(tally)),
        known(counted.full_token_rate(tally)),
        counted.request_rate(tally),
    ]
}

fn cells_of(trace: &Played, row: &Row) -> Vec<String> {
    let blocks = row.capacity.map_or("inf".to_owned(), count);
    let capacity = match row.asked {
        Capacity::Tokens(tokens) => format!("{} tokens = {blocks}", count(tokens)),
        _ => blocks,
    };
    let mut cells = vec![row.eviction.as_str().to_owned(), capacity];
    let rate = |rate: Option<f64>| rate.map_or(String::new(), |rate| format!("{rate:.4}"));
    cells.extend(rates(trace, row).map(rate));
    cells
}

fn head(trace: &Played) -> String {
    let mut parts = vec![
        trace.name.clone(),
        trace.format.as_str().to_owned(),
        format!("{} requests", count(trace.all.requests)),
        format!("{} block accesses", count(trace.all.accesses)),
        format!("{} distinct ids", count(trace.distinct)),
    ];
    if let Some(size) = trace.block_size {
        parts.push(format!("blocks of {} tokens", count(size.into())));
    }
    let warm = trace.all.requests - trace.counted.requests;
    if warm > 0 {
        parts.push(format!("the first {} requests warm up and are not counted", count(warm)));
    }
    parts.join(" · ")
}

/// What no block trace tells.
const CAVEAT: &str = "a trace holds the blocks of inputs: what a server keeps of outputs is in it \
    only when it comes back as input";

fn notes(traces: &[Played]) -> Vec<String> {
    let mut notes = vec![
        "blk = accesses that find their block, of all accesses; pfx = blocks of the leading run that \
         a request finds, of all accesses; tok = their tokens, of all input tokens; tokf = tok without \
         last blocks that are not full; req = pfx of each request, averaged. capacity in blocks."
            .to_owned(),
        format!("{CAVEAT}."),
    ];
    if traces.iter().any(|trace| !has_tokens(trace)) {
        notes.push("tok, tokf: blank, because this format does not tell how many tokens.".into());
    }
    notes
}
