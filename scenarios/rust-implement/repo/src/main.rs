//! `berths busy FILE` and `berths free FILE MINUTES`.

mod plan;
mod span;

use span::Span;
use std::process::ExitCode;

/// The harbour office is open at these hours.
const OPENING: Span = Span { start: 6 * 60, end: 22 * 60 };

fn bookings(path: &str) -> Result<Vec<Span>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {}", path, error))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(n, line)| Span::parse(line).ok_or_else(|| format!("{}:{}: not a span", path, n + 1)))
        .collect()
}

fn answer(arguments: &[&str]) -> Result<String, String> {
    match arguments {
        ["busy", path] => Ok(format!("{} minutes", plan::busy_minutes(&bookings(path)?))),
        ["hours"] => Ok(OPENING.to_string()),
        _ => Err("usage: berths busy FILE | berths hours".to_string()),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match answer(&arguments) {
        Ok(text) => {
            println!("{}", text);
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("berths: {}", text);
            ExitCode::FAILURE
        }
    }
}
