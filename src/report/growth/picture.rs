//! The picture of a session: what was sent, cached, billed and new over its requests, the size of
//! each, and sent/new, all beside the closed form.

use super::chart::{Area, Line, Panel, short};
use crate::measure::growth::{Curves, Point};
use crate::report::format::escaped;

const WIDTH: u32 = 780;
const HEIGHT: u32 = 560;

/// Colours by what a line is, for both kinds of pages; a blue, an orange, a green and a purple that
/// people with any kind of sight can tell apart.
const STYLE: &str = "\
.g-back{fill:#fff}.g text{font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#24292f}
.g .g-name{font-size:15px;font-weight:600}.g .g-title{font-size:12.5px;font-weight:600}
.g .g-tick,.g .g-key{font-size:11.5px;fill:#57606a}.g .g-label{font-size:12px}
.g-grid{stroke:#e4e7eb}.g-axis{stroke:#8c959f}.g-lead{stroke-width:1;opacity:.6}
.g-line{fill:none;stroke-width:2}.g-dashed{stroke-dasharray:5 4;stroke-width:1.5}
.g-static{fill:#d0d7de;opacity:.75}.g-history{fill:#f3d3bd;opacity:.55}
.g-sent{stroke:#c4460a}.g-new{stroke:#0969b8}.g-cached{stroke:#128260}.g-billed{stroke:#8a4b9e}.g-law{stroke:#24292f}
.g text.g-sent{fill:#b03d06;stroke:none}.g text.g-new{fill:#0860a8;stroke:none}
.g text.g-cached{fill:#0f7154;stroke:none}.g text.g-billed{fill:#7d4190;stroke:none}.g text.g-law{fill:#57606a;stroke:none}
@media (prefers-color-scheme:dark){
.g-back{fill:#0d1117}.g text{fill:#e6edf3}.g .g-tick,.g .g-key{fill:#9da7b3}
.g-grid{stroke:#262c34}.g-axis{stroke:#6e7681}.g-static{fill:#4a525c}.g-history{fill:#5a3a28}
.g-sent{stroke:#ff9455}.g-new{stroke:#6cb6ff}.g-cached{stroke:#4fd1a5}.g-billed{stroke:#d9a3e8}.g-law{stroke:#f0f6fc}
.g text.g-sent{fill:#ff9455}.g text.g-new{fill:#6cb6ff}.g text.g-cached{fill:#4fd1a5}
.g text.g-billed{fill:#d9a3e8}.g text.g-law{fill:#9da7b3}}
";

/// The picture, a whole SVG document.
pub(super) fn picture(curves: &Curves) -> String {
    let last = curves.last();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"g\" role=\"img\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"g-back\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n",
        escaped(&format!("Growth of {}", curves.name))
    );
    svg.push_str(&format!(
        "<text class=\"g-name\" x=\"24\" y=\"28\">{}</text>\n",
        escaped(&format!("{}: {} requests", shortened(&curves.name), last.n))
    ));
    key(&mut svg);
    cumulative(curves).draw(&mut svg);
    sizes(curves).draw(&mut svg);
    ratio(curves).draw(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

/// A name that fits; what is left out stands in the title of the document.
fn shortened(name: &str) -> String {
    let count = name.chars().count();
    match count > 60 {
        true => format!("…{}", name.chars().skip(count - 59).collect::<String>()),
        false => name.to_owned(),
    }
}

/// What areas and dashes mean.
fn key(svg: &mut String) {
    for (at, class, text) in
        [(24, "g-static", "static share, p n"), (154, "g-history", "history share")]
    {
        svg.push_str(&format!(
            "<rect class=\"{class}\" x=\"{at}\" y=\"40\" width=\"14\" height=\"10\"/>\
             <text class=\"g-key\" x=\"{}\" y=\"49\">{text}</text>\n",
            at + 20
        ));
    }
    svg.push_str(
        "<line class=\"g-line g-law g-dashed\" x1=\"262\" y1=\"45\" x2=\"290\" y2=\"45\"/>\
         <text class=\"g-key\" x=\"297\" y=\"49\">closed form of a session that only appends</text>\n",
    );
}

/// A curve from nothing on.
fn from_zero(curves: &Curves, of: impl Fn(&Point) -> u64) -> Vec<(f64, f64)> {
    let points = curves.points.iter().map(|point| (point.n as f64, of(point) as f64));
    std::iter::once((0.0, 0.0)).chain(points).collect()
}

/// The pieces of a curve of counts, with a gap where a request was not counted.
fn counted(curves: &Curves, of: impl Fn(&Point) -> Option<u64>) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = vec![vec![(0.0, 0.0)]];
    let mut uncounted = 0;
    for point in &curves.points {
        match of(point).filter(|_| point.uncounted == uncounted) {
            Some(value) => {
                if let Some(piece) = pieces.last_mut() {
                    piece.push((point.n as f64, value as f64));
                }
            }
            None => pieces.push(Vec::new()),
        }
        uncounted = point.uncounted;
    }
    // Of a single point nothing would be seen.
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

fn cumulative(curves: &Curves) -> Panel {
    let mut lines = Vec::new();
    let mut line = |class, name: &str, dashed, points: Vec<(f64, f64)>| {
        let end = points.last().map_or(0.0, |(_, value)| *value);
        let label = match name {
            "" => String::new(),
            name => format!("{name} {}", short(end)),
        };
        lines.push(Line { class, dashed, label, points });
    };
    let cached = counted(curves, |point| point.cached);
    let billed = counted(curves, |point| point.billed);
    for (class, name, pieces) in [("g-cached", "cached", cached), ("g-billed", "billed", billed)] {
        let last = pieces.len();
        for (at, piece) in pieces.into_iter().enumerate() {
            line(class, if at + 1 == last { name } else { "" }, false, piece);
        }
    }
    line("g-sent", "sent", false, from_zero(curves, |point| point.sent));
    line("g-new", "new", false, from_zero(curves, |point| point.new));
    // On top: where both are equal, both are seen.
    line("g-law", "closed form", true, from_zero(curves, |point| curves.law.at(point.n).0));
    line("g-law", "", true, from_zero(curves, |point| curves.law.at(point.n).1));
    let zero = from_zero(curves, |_| 0);
    let fixed = from_zero(curves, |point| point.static_share.min(point.sent));
    let sent = from_zero(curves, |point| point.sent);
    let areas = vec![
        Area { class: "g-static", lower: zero, upper: fixed.clone() },
        Area { class: "g-history", lower: fixed, upper: sent },
    ];
    Panel {
        title: "input tokens, summed over requests".into(),
        x_title: "request".into(),
        left: 72.0,
        top: 92.0,
        width: 540.0,
        height: 220.0,
        areas,
        lines,
    }
}

fn sizes(curves: &Curves) -> Panel {
    let law = &curves.law;
    let points = |of: &dyn Fn(&Point) -> f64| -> Vec<(f64, f64)> {
        curves.points.iter().map(|point| (point.n as f64, of(point))).collect()
    };
    let fit = points(&|point| (law.p as f64 + law.s * (point.n as f64 - 1.0)).max(0.0));
    let r2 = law.r2.map(|r2| format!(", R² {r2:.3}")).unwrap_or_default();
    let line = |class, dashed, points| Line { class, dashed, label: String::new(), points };
    Panel {
        title: format!(
            "tokens of each request: p {}, s {}{r2}",
            short(law.p as f64),
            signed(law.s)
        ),
        x_title: "request".into(),
        left: 72.0,
        top: 392.0,
        width: 300.0,
        height: 120.0,
        areas: Vec::new(),
        lines: vec![
            line("g-sent", false, points(&|point| point.size as f64)),
            line("g-law", true, fit),
        ],
    }
}

fn ratio(curves: &Curves) -> Panel {
    let points = |of: &dyn Fn(&Point) -> (u64, u64)| -> Vec<(f64, f64)> {
        let shown = curves.points.iter().filter_map(|point| match of(point) {
            (_, 0) => None,
            (sent, new) => Some((point.n as f64, sent as f64 / new as f64)),
        });
        shown.collect()
    };
    let measured = points(&|point| (point.sent, point.new));
    let end = measured.last().map_or(0.0, |(_, value)| *value);
    let line = |class, dashed, points| Line { class, dashed, label: String::new(), points };
    Panel {
        title: format!("sent / new: {end:.1} at the end"),
        x_title: "request".into(),
        left: 444.0,
        top: 392.0,
        width: 300.0,
        height: 120.0,
        areas: Vec::new(),
        lines: vec![
            line("g-sent", false, measured),
            line("g-law", true, points(&|point| curves.law.at(point.n))),
        ],
    }
}

/// A slope, which may fall.
fn signed(value: f64) -> String {
    if value < 0.0 { format!("-{}", short(-value)) } else { short(value) }
}

#[cfg(test)]
mod tests {
    use super::picture;
    use crate::report::growth::testing::{gapped, session};

    /// Whether every tag is closed in order, and every text and attribute is escaped.
    fn is_well_formed(svg: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        let mut rest = svg;
        while let Some(at) = rest.find('<') {
            let Some(end) = rest[at..].find('>') else { return false };
            let tag = &rest[at + 1..at + end];
            match (tag.strip_prefix('/'), tag.ends_with('/')) {
                (Some(name), _) => {
                    if open.pop() != Some(name) {
                        return false;
                    }
                }
                (None, true) => {}
                (None, false) => open.push(tag.split_whitespace().next().unwrap_or_default()),
            }
            if !tag.matches('"').count().is_multiple_of(2) {
                return false;
            }
            rest = &rest[at + end + 1..];
        }
        open.is_empty() && !rest.contains('>')
    }

    #[test]
    fn a_picture_is_well_formed_and_always_the_same() {
        for n in [1, 2, 3, 50, 200, 5_000] {
            let svg = picture(&session("a<b> & c", n, true));
            assert!(is_well_formed(&svg), "{n}");
            assert_eq!(svg, picture(&session("a<b> & c", n, true)), "{n}");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{n}");
            assert!(svg.contains("a&lt;b&gt; &amp; c"), "{n}");
            assert!(svg.len() < 60_000, "{n}: {} bytes", svg.len());
        }
    }

    #[test]
    fn a_request_without_a_count_is_a_gap_and_the_curves_go_on() {
        let (whole, gap) = (picture(&session("s", 20, true)), picture(&gapped("s", 20, &[9])));
        let lines = |svg: &str, class: &str| {
            svg.matches(&format!("<polyline class=\"g-line {class}\"")).count()
        };
        for class in ["g-cached", "g-billed"] {
            assert_eq!((lines(&whole, class), lines(&gap, class)), (1, 2), "{class}");
        }
        assert_eq!((gap.matches(">cached ").count(), gap.matches(">billed ").count()), (1, 1));
        assert!(is_well_formed(&gap));
    }

    #[test]
    fn what_was_not_counted_is_not_drawn() {
        let svg = picture(&session("s", 20, false));
        assert!(!svg.contains(">cached ") && !svg.contains(">billed "));
        assert!(svg.contains(">sent 430 k<") && svg.contains(">new 31 k<"), "{svg}");
    }
}
