//! The page: a row for each session, and a picture with the figures along the way of those that are
//! shown. One file without anything from elsewhere, for light and for dark screens.

use super::{caveats, picture, text};
use crate::measure::growth::Curves;
use crate::report::format::escaped;

/// Sessions with a picture: those with the most requests. A page of hundreds is read by nobody.
pub(super) const SHOWN: usize = 24;

/// The widest name.
const NAME: usize = 60;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#24292f;--soft:#57606a;--back:#fff;--rule:#d8dee4}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--back:#0d1117;--rule:#30363d}}
body{font:15px/1.5 system-ui,'Segoe UI',Helvetica,Arial,sans-serif;color:var(--ink);background:var(--back);max-width:66rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2.5rem;overflow-wrap:anywhere}p{color:var(--soft);max-width:46rem}
.wide{overflow-x:auto}svg{max-width:100%;height:auto;display:block;margin:.5rem 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.85rem;margin:.5rem 0 1rem}
th,td{padding:.2rem .7rem .2rem 0;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
th{color:var(--soft);font-weight:500}.words th:first-child,.words td:first-child{text-align:left}
a{color:inherit}
";

/// The page. `files` are the names of the pictures of those that have one, by the session's place.
pub(super) fn page(all: &[Curves], files: &[(usize, String)]) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>unreel: growth</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>Growth of sessions</h1>\n"
    );
    for line in caveats(all) {
        html.push_str(&format!("<p>{}</p>\n", escaped(&line)));
    }
    if all.len() > 1 {
        html.push_str(&table(&text::rows(all, NAME), true));
    }
    if files.len() < all.len() {
        html.push_str(&format!(
            "<p>{} of {} sessions are shown, those with the most requests.</p>\n",
            files.len(),
            all.len()
        ));
    }
    for (at, file) in files {
        let Some(one) = all.get(*at) else { continue };
        html.push_str(&format!("<h2>{}</h2>\n<div class=\"wide\">\n", escaped(&one.name)));
        html.push_str(&picture::picture(one));
        html.push_str(&format!(
            "</div>\n<p><a href=\"{}\">the picture alone</a></p>\n",
            escaped(file)
        ));
        html.push_str(&table(&text::law(one), true));
        html.push_str(&table(&text::along(one), false));
    }
    html.push_str("</body>\n</html>\n");
    html
}

fn table(rows: &[Vec<String>], words: bool) -> String {
    let class = if words { " class=\"words\"" } else { "" };
    let mut html = format!("<div class=\"wide\"><table{class}>\n");
    for (at, row) in rows.iter().enumerate() {
        let tag = if at == 0 { "th" } else { "td" };
        let cells = row.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)));
        html.push_str(&format!("<tr>{}</tr>\n", cells.collect::<String>()));
    }
    html.push_str("</table></div>\n");
    html
}
