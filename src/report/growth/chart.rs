//! A small line chart as SVG: axes with round ticks, a label at the end of each line, areas behind.
//!
//! Written here because the one library for it (plotters) has fixed colours, and a picture that is
//! read on a light and on a dark page needs style sheets. No fonts are measured: labels stand where
//! there is room whatever the font. All coordinates are rounded to a tenth, so the same figures give
//! the same bytes.

use crate::report::format::escaped;
use std::fmt::Write;

/// A line.
pub(super) struct Line {
    /// Class in the style sheet: its colour.
    pub(super) class: &'static str,
    /// Whether it is one that was computed and not measured.
    pub(super) dashed: bool,
    /// What stands at its end; empty for nothing.
    pub(super) label: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// An area between two lines of the same abscissas.
pub(super) struct Area {
    pub(super) class: &'static str,
    pub(super) lower: Vec<(f64, f64)>,
    pub(super) upper: Vec<(f64, f64)>,
}

/// A pair of axes and what is drawn on them.
pub(super) struct Panel {
    pub(super) title: String,
    /// Below the horizontal axis.
    pub(super) x_title: String,
    /// Place of the plot itself in the picture.
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) areas: Vec<Area>,
    pub(super) lines: Vec<Line>,
}

/// So many points of a line are drawn; a screen shows no more.
const POINTS: usize = 300;
/// Between labels at the ends of lines.
const LABEL: f64 = 15.0;

impl Panel {
    /// Appends the panel to a picture.
    pub(super) fn draw(&self, svg: &mut String) {
        let all = || self.lines.iter().flat_map(|line| &line.points);
        let x_most = all().map(|(x, _)| *x).fold(1.0, f64::max);
        let y_most = all().map(|(_, y)| *y).fold(0.0, f64::max);
        let y_step = step(y_most, 5.0);
        let y_top = ((y_most / y_step).ceil() * y_step).max(y_step);
        let x = |value: f64| self.left + value / x_most * self.width;
        let y = |value: f64| self.top + self.height - value / y_top * self.height;
        put(
            svg,
            format_args!(
                "<text class=\"g-title\" x=\"{}\" y=\"{}\">{}</text>\n",
                tenth(self.left),
                tenth(self.top - 12.0),
                escaped(&self.title)
            ),
        );
        for area in &self.areas {
            let upper = thinned(&area.upper);
            let lower = thinned(&area.lower);
            let corners = upper.iter().chain(lower.iter().rev());
            put(
                svg,
                format_args!(
                    "<polygon class=\"{}\" points=\"{}\"/>\n",
                    area.class,
                    path(corners.map(|(at, value)| (x(*at), y(*value))))
                ),
            );
        }
        self.axes(svg, x_most, (y_top, y_step), &x, &y);
        for line in &self.lines {
            let dashes = if line.dashed { " g-dashed" } else { "" };
            put(
                svg,
                format_args!(
                    "<polyline class=\"g-line {}{dashes}\" points=\"{}\"/>\n",
                    line.class,
                    path(thinned(&line.points).iter().map(|(at, value)| (x(*at), y(*value))))
                ),
            );
        }
        self.labels(svg, &x, &y);
    }

    fn axes(
        &self,
        svg: &mut String,
        x_most: f64,
        (y_top, y_step): (f64, f64),
        x: &impl Fn(f64) -> f64,
        y: &impl Fn(f64) -> f64,
    ) {
        let (left, right) = (self.left, self.left + self.width);
        let bottom = self.top + self.height;
        for number in 0..=(y_top / y_step).round() as u32 {
            let value = f64::from(number) * y_step;
            let at = y(value);
            put(
                svg,
                format_args!(
                    "<line class=\"g-grid\" x1=\"{}\" y1=\"{at}\" x2=\"{}\" y2=\"{at}\"/>\n\
                 <text class=\"g-tick\" text-anchor=\"end\" x=\"{}\" y=\"{}\">{}</text>\n",
                    tenth(left),
                    tenth(right),
                    tenth(left - 7.0),
                    tenth(at + 4.0),
                    short(value),
                    at = tenth(at)
                ),
            );
        }
        let x_step = step(x_most, (self.width / 90.0).max(2.0)).max(1.0);
        for number in 0..=(x_most / x_step + 1e-9).floor() as u32 {
            let value = f64::from(number) * x_step;
            put(
                svg,
                format_args!(
                    "<line class=\"g-axis\" x1=\"{at}\" y1=\"{}\" x2=\"{at}\" y2=\"{}\"/>\n\
                 <text class=\"g-tick\" text-anchor=\"middle\" x=\"{at}\" y=\"{}\">{}</text>\n",
                    tenth(bottom),
                    tenth(bottom + 4.0),
                    tenth(bottom + 17.0),
                    short(value),
                    at = tenth(x(value))
                ),
            );
        }
        put(
            svg,
            format_args!(
                "<line class=\"g-axis\" x1=\"{}\" y1=\"{at}\" x2=\"{}\" y2=\"{at}\"/>\n\
             <text class=\"g-tick\" text-anchor=\"middle\" x=\"{}\" y=\"{}\">{}</text>\n",
                tenth(left),
                tenth(right),
                tenth((left + right) / 2.0),
                tenth(bottom + 34.0),
                escaped(&self.x_title),
                at = tenth(bottom)
            ),
        );
    }

    /// Labels at the ends of lines, moved apart where they would cover each other.
    fn labels(&self, svg: &mut String, x: &impl Fn(f64) -> f64, y: &impl Fn(f64) -> f64) {
        let mut ends: Vec<(f64, f64, &Line)> = Vec::new();
        for line in self.lines.iter().filter(|line| !line.label.is_empty()) {
            if let Some((at, value)) = line.points.last() {
                ends.push((x(*at), y(*value), line));
            }
        }
        ends.sort_by(|a, b| a.1.total_cmp(&b.1));
        let places = apart(ends.iter().map(|end| end.1), self.top, self.top + self.height);
        for ((from_x, from_y, line), place) in ends.into_iter().zip(places) {
            let at = self.left + self.width + 16.0;
            put(
                svg,
                format_args!(
                    "<line class=\"g-lead {class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n\
                 <text class=\"g-label {class}\" x=\"{}\" y=\"{}\">{}</text>\n",
                    tenth(from_x + 2.0),
                    tenth(from_y),
                    tenth(at - 3.0),
                    tenth(place),
                    tenth(at),
                    tenth(place + 4.0),
                    escaped(&line.label),
                    class = line.class
                ),
            );
        }
    }
}

/// Places from top to bottom, each at least a label's height below the one before, none below the
/// lowest as long as there is room.
fn apart(wanted: impl Iterator<Item = f64>, top: f64, bottom: f64) -> Vec<f64> {
    let mut places: Vec<f64> = Vec::new();
    for place in wanted {
        let least = places.last().map_or(top, |last| last + LABEL);
        places.push(place.max(least));
    }
    let mut most = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - LABEL;
    }
    places
}

/// A round step that gives about so many ticks: 1, 2 or 5 times a power of ten.
fn step(most: f64, ticks: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let rough = most / ticks;
    let mut power = 1.0;
    while power * 10.0 <= rough {
        power *= 10.0;
    }
    while power > rough {
        power /= 10.0;
    }
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= rough * 0.999);
    times.unwrap_or(10.0) * power
}

/// `0`, `2.5`, `500 k`, `22.3 M`: three digits.
pub(super) fn short(value: f64) -> String {
    let (scaled, unit) = match value {
        value if value >= 999.5e6 => (value / 1e9, " G"),
        value if value >= 999.5e3 => (value / 1e6, " M"),
        value if value >= 999.5 => (value / 1e3, " k"),
        value => (value, ""),
    };
    let digits = match scaled {
        scaled if scaled >= 99.95 => format!("{scaled:.0}"),
        scaled if scaled >= 9.995 => format!("{scaled:.1}"),
        scaled => format!("{scaled:.2}"),
    };
    let digits = match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => &digits,
    };
    format!("{digits}{unit}")
}

/// As many points as can be seen, the first and the last among them.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let every = points.len().div_ceil(POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let kept = points.iter().enumerate().filter(|(at, _)| at % every == 0 || *at == last);
    kept.map(|(_, point)| *point).collect()
}

fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    points.map(|(x, y)| format!("{},{}", tenth(x), tenth(y))).collect::<Vec<_>>().join(" ")
}

/// A coordinate.
fn tenth(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = svg.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::{apart, escaped, short, step, tenth, thinned};

    #[test]
    fn ticks_are_round_and_few() {
        for (most, ticks, expected) in [
            (22_300_000.0, 5.0, 5_000_000.0),
            (200.0, 6.0, 50.0),
            (9.0, 6.0, 2.0),
            (105.7, 5.0, 50.0),
            (1.3, 5.0, 0.5),
            (0.0, 5.0, 1.0),
        ] {
            assert_eq!(step(most, ticks), expected, "{most}");
        }
        for most in [1.0, 7.0, 12.0, 99.0, 4_321.0, 1e9] {
            let number = (most / step(most, 5.0)).ceil();
            assert!((2.0..=6.0).contains(&number), "{most}: {number}");
        }
    }

    #[test]
    fn figures_and_coordinates_are_short() {
        let shown = [0.0, 2.5, 999.0, 1_000.0, 211_000.0, 22_300_000.0, 2.5e9].map(short);
        assert_eq!(shown, ["0", "2.5", "999", "1 k", "211 k", "22.3 M", "2.5 G"]);
        assert_eq!([1.0, -0.04, 2.25, 2.35].map(tenth), ["1", "0", "2.2", "2.4"]);
        assert_eq!(escaped("a<b> & \"c\"\u{7}"), "a&lt;b&gt; &amp; &quot;c&quot; ");
    }

    #[test]
    fn labels_do_not_cover_each_other() {
        let places = apart([10.0, 12.0, 13.0, 98.0, 99.0].into_iter(), 0.0, 100.0);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 15.0), "{places:?}");
        assert!(places.iter().all(|place| (0.0..=100.0).contains(place)), "{places:?}");
        assert_eq!(places[0], 10.0);
    }

    #[test]
    fn long_lines_are_thinned_and_keep_their_ends() {
        let points: Vec<(f64, f64)> = (0..4_321).map(|at| (f64::from(at), 1.0)).collect();
        let kept = thinned(&points);
        assert!(kept.len() <= 301, "{}", kept.len());
        assert_eq!((kept[0], *kept.last().unwrap()), ((0.0, 1.0), (4_320.0, 1.0)));
    }
}
