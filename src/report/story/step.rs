//! The lines of one exchange: figures on the left, the answer on the right; before it, in the full
//! width, what changed since the last one.

use super::{indented, layer_name};
use crate::cache::MissReason;
use crate::measure::story::{CallPart, OutputPart, Part, Step, Story, one_line};
use crate::report::format::{WIDTH, bytes, count, cut, percent, plural, wrap};
use crate::report::paint::Paint;

/// Columns of the figures.
const FIGURES: usize = 33;
/// Columns of a line that stands alone.
const MARK: &str = "      ";
/// So many lines of a text are shown: of the user's, of a last answer, of one that goes on.
const USER: usize = 4;
const LAST: usize = 6;
const SAID: usize = 2;
/// Shorter lines were not broken for want of room.
const PROSE: usize = 50;

/// How a line is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Dim,
    Bad,
    Note,
}

/// A line before it is painted.
#[derive(Clone, Debug)]
pub(super) struct Line {
    text: String,
    style: Style,
}

impl Line {
    pub(super) fn new(style: Style, text: impl Into<String>) -> Self {
        Self { text: text.into(), style }
    }

    pub(super) fn painted(&self, paint: Paint) -> String {
        match self.style {
            Style::Plain => self.text.clone(),
            Style::Dim => paint.dim(&self.text),
            Style::Bad => paint.red(&self.text),
            Style::Note => paint.yellow(&self.text),
        }
    }
}

/// The head of the columns.
pub(super) fn columns() -> String {
    format!("{:>5}  {:>8}  {:>8} {:>6}", "#", "sent", "new", "cached")
}

/// The figures of a row.
pub(super) fn figures(number: &str, sent: u64, new: u64, cached: &str) -> String {
    format!("{number:>5}  {:>8}  {:>8}  {cached:>5} ", bytes(sent), bytes(new))
}

/// What the user said, at the head of a turn: in its first request that says anything new, which
/// need not be its first.
pub(super) fn turn(number: u32, opening: Option<&Step>, paint: Paint) -> Vec<String> {
    let head = format!("turn {number}");
    let text = opening.map(|step| step.user.join("\n\n")).unwrap_or_default();
    let mut lines = folded(&text, WIDTH - head.len() - 2, USER).into_iter();
    let first = format!("{}  {}", paint.bold(&head), lines.next().unwrap_or_default());
    let indent = " ".repeat(head.len() + 2);
    std::iter::once(first).chain(lines.map(|line| format!("{indent}{line}"))).collect()
}

/// What changed since the last exchange.
pub(super) fn before(step: &Step, story: &Story, is_opening: bool, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for event in &step.timeline {
        let what = format!("timeline: {} {}", event.action, one_line(&event.detail));
        lines.push(Line::new(Style::Note, what));
    }
    let own = story.threads.iter().find(|one| one.thread == step.thread && one.thread != 0);
    let begins = own.filter(|thread| {
        let first = story.steps.iter().find(|other| other.thread == thread.thread);
        first.is_some_and(|first| first.exchange == step.exchange)
    });
    if let Some(thread) = begins {
        let tools = match thread.tools {
            0 => "no tools".to_owned(),
            tools => plural(tools as usize, "tool"),
        };
        let size = bytes(thread.first_bytes);
        let requests = plural(thread.exchanges as usize, "request");
        lines.push(Line::new(
            Style::Note,
            format!(
                "thread {} begins: a side conversation of {requests}, {tools}, {size}",
                thread.thread
            ),
        ));
    }
    if let Some(one) = &step.compaction {
        let by = one.made_by.map(|by| format!(", by #{by}")).unwrap_or_default();
        let facts = one.facts_kept.map(|(kept, of)| format!(" · facts {kept}/{of}"));
        lines.push(Line::new(
            Style::Note,
            format!(
                "compaction {} ({}, {}{by}): {} -> {}, {} -> {} tokens{}",
                one.number,
                one.strategy,
                one.phase,
                bytes(one.bytes_before),
                bytes(one.bytes_after),
                count(one.tokens_before),
                count(one.tokens_after),
                facts.unwrap_or_default(),
            ),
        ));
    }
    if let Some(one) = &step.broken {
        let expected = one.cause == MissReason::ContextCompacted;
        lines.push(Line::new(
            if expected { Style::Note } else { Style::Bad },
            format!(
                "prefix broken at {} ({}), {}: {}, {} tokens lost",
                one.pointer,
                layer_name(one.layer),
                one.cause.as_str(),
                bytes(one.bytes_lost),
                count(one.tokens_lost)
            ),
        ));
    }
    for one in &step.drift {
        let head = format!("drift/{} ({})", one.severity.as_str(), layer_name(one.layer));
        lines.push(Line::new(Style::Bad, format!("{head} {one}")));
    }
    for one in &step.context {
        let size = format!(
            "+ {}: {}, {} tokens",
            layer_name(one.layer),
            bytes(one.bytes),
            count(one.tokens)
        );
        lines.push(Line::new(Style::Note, format!("{size} · {}", one_line(&one.text))));
    }
    // At the head of a turn the user's words stand there already.
    if !is_opening {
        for text in &step.user {
            lines.push(Line::new(Style::Plain, format!("user: {}", one_line(text))));
        }
    }
    let wrapped = lines.into_iter().flat_map(|line| {
        let rows = wrap(&line.text, WIDTH - MARK.len(), "  ").into_iter();
        rows.take(2).map(move |row| Line::new(line.style, cut(&row, WIDTH - MARK.len())))
    });
    indented(wrapped.collect(), MARK, paint)
}

/// The row of an exchange.
pub(super) fn rows(step: &Step, paint: Paint) -> Vec<String> {
    let cached = match (step.cached_tokens, step.input_tokens) {
        (Some(cached), Some(input)) => percent(cached, input),
        _ => String::new(),
    };
    let number = step.exchange.to_string();
    let figures = figures(&number, step.sent_bytes, step.new_bytes, &cached);
    let side = match step.thread {
        0 => String::new(),
        thread => format!("t{thread}| "),
    };
    let width = WIDTH - FIGURES - side.len();
    let lines = answer(step, width);
    let mut rows = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let left = if at == 0 { paint.dim(&figures) } else { " ".repeat(FIGURES) };
        rows.push(format!("{left}{}{}", paint.dim(&side), line.painted(paint)));
    }
    rows
}

fn answer(step: &Step, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if step.endpoint == "compact" {
        lines.push(Line::new(Style::Dim, "POST /responses/compact"));
    }
    if step.stale {
        lines.push(Line::new(Style::Note, "stale: this answer was given to an older request"));
    }
    let last = !step.answer.iter().any(Part::is_call);
    for part in &step.answer {
        match part {
            // What is sealed says nothing beside what came of it.
            Part::Thought { text } if text.is_empty() => {
                if step.answer.len() == 1 {
                    lines.push(Line::new(Style::Dim, "thinks  (sealed)"));
                }
            }
            Part::Thought { text } => {
                let text = one_line(text);
                lines.push(Line::new(Style::Dim, cut(&format!("thinks  {text}"), width)));
            }
            Part::Text { text } => {
                let shown = folded(text, width, if last { LAST } else { SAID });
                lines.extend(shown.into_iter().map(|line| Line::new(Style::Plain, line)));
            }
            Part::Call(call) => lines.extend(called(call, width)),
            Part::Other { kind, bytes: size } => {
                lines.push(Line::new(Style::Dim, format!("{kind}, {}", bytes(*size))));
            }
        }
    }
    if let Some(problem) = &step.problem {
        let shown = folded(problem, width, SAID);
        lines.extend(shown.into_iter().map(|line| Line::new(Style::Bad, line)));
    }
    if lines.is_empty() {
        lines.push(Line::new(Style::Dim, "(an empty answer)"));
    }
    lines
}

/// A call and what came of it: on one line, if there is room.
fn called(call: &CallPart, width: usize) -> Vec<Line> {
    let told = format!("{}  {}", call.tool, call.brief);
    let Some(output) = &call.output else {
        return vec![Line::new(Style::Plain, cut(&told, width))];
    };
    let failed = output.exit.is_some_and(|exit| exit != 0);
    let style = if failed { Style::Bad } else { Style::Dim };
    let gave = gave(output);
    let one = format!("{told}  -> {gave}");
    match !failed && one.chars().count() <= width {
        true => vec![Line::new(Style::Plain, one)],
        false => vec![
            Line::new(Style::Plain, cut(&told, width)),
            Line::new(style, cut(&format!("  -> {gave}"), width)),
        ],
    }
}

fn gave(output: &OutputPart) -> String {
    let mut parts = Vec::new();
    parts.extend(output.exit.map(|exit| format!("exit {exit}")));
    parts.push(match output.cut_from {
        Some(all) => format!("{} of {}", bytes(output.bytes), bytes(all)),
        None => bytes(output.bytes),
    });
    if !output.changed.is_empty() {
        parts.push(output.changed.join(", "));
    } else if !output.head.is_empty() {
        let more = match output.lines.saturating_sub(1) {
            0 => String::new(),
            1 => " (+1 line)".to_owned(),
            more => format!(" (+{more} lines)"),
        };
        parts.push(format!("{}{more}", output.head));
    }
    parts.join(" · ")
}

/// A text, wrapped, at most so many lines.
fn folded(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> =
        paragraphs(text).iter().flat_map(|line| wrap(line, width, "")).collect();
    if lines.len() > most {
        let note = format!(" … (+{})", plural(lines.len() - most, "line"));
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            let room = width.saturating_sub(note.chars().count());
            let kept: String = last.chars().take(room).collect();
            *last = format!("{}{note}", kept.trim_end());
        }
    }
    lines.iter().map(|line| cut(line, width)).collect()
}

/// The lines of a text, those of one paragraph put together: they were broken for another width.
fn paragraphs(text: &str) -> Vec<String> {
    let clean: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let mut paragraphs: Vec<String> = Vec::new();
    let mut open = false;
    for line in clean.lines() {
        let goes_on = open && line.chars().next().is_some_and(char::is_alphabetic);
        match paragraphs.last_mut() {
            Some(last) if goes_on => last.push_str(&format!(" {}", line.trim_end())),
            _ if line.trim().is_empty() => {}
            _ => paragraphs.push(line.trim_end().to_owned()),
        }
        // Prose was broken because it was long; a list, a table or code was not.
        open = line.chars().count() >= PROSE && !line.starts_with(' ');
    }
    paragraphs
}
