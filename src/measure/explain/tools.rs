//! What became of a list of tools. They are told apart by their names; hosted ones have only a type.

use super::spot::{Pair, Spot, changed, is_stand_in, quiet};
use super::what::What;
use crate::measure::results::PrefixBreak;
use crate::recording::Layer;
use crate::wire::Raw;

/// So many names are listed.
const NAMES: usize = 6;

pub(super) fn spot(pair: Pair<'_>, one: &PrefixBreak) -> Spot {
    let of = |index: usize| pair.session.exchange(index).request.tools();
    let (old, new) = (of(pair.before), of(pair.index));
    let spot = Spot::at(What::ToolSchema, Layer::Tools, &one.pointer);
    // Left out of a recording, all tools are one value.
    if old.iter().chain(&new).any(is_stand_in) {
        return spot;
    }
    let (names_old, names_new) = (names(&old), names(&new));
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|name| !b.contains(name)).cloned().collect()
    };
    let (gone, come) = (only(&names_old, &names_new), only(&names_new, &names_old));
    let named = |names: &[String]| Some(list(names)).filter(|names| !names.is_empty());
    if gone.is_empty() && come.is_empty() {
        if names_old == names_new {
            return definition(spot, &old, &new, pair.at);
        }
        let mut sorted = (names_old.clone(), names_new.clone());
        sorted.0.sort();
        sorted.1.sort();
        let what = if sorted.0 == sorted.1 { What::ToolsReordered } else { What::ToolsReplaced };
        return Spot { what, old: named(&names_old), new: named(&names_new), ..spot };
    }
    let what = match (gone.is_empty(), come.is_empty()) {
        (true, _) => What::ToolAdded,
        (_, true) => What::ToolRemoved,
        _ => What::ToolsReplaced,
    };
    // Names in another order as well are told, for sorting is then a fix, too.
    let kept = |names: &[String], others: &[String]| -> Vec<String> {
        names.iter().filter(|name| others.contains(name)).cloned().collect()
    };
    let reordered = kept(&names_old, &names_new) != kept(&names_new, &names_old);
    let detail = reordered.then(|| "the others in another order".to_owned());
    Spot { what, old: named(&gone), new: named(&come), detail, ..spot }
}

/// The same tools in the same order: one of them says something else.
fn definition(spot: Spot, old: &[Raw], new: &[Raw], at: usize) -> Spot {
    let (Some(a), Some(b)) = (old.get(at), new.get(at)) else { return spot };
    let name = name(b);
    let here = Spot { pointer: format!("/tools/{at}"), ..spot };
    let (mut spot, _) = changed(here, a, b, true);
    if spot.what == What::ToolSchema && spot.pointer.ends_with("/description") {
        spot.what = What::ToolDescription;
    }
    Spot { detail: Some(name), ..spot }
}

fn name(tool: &Raw) -> String {
    let tool = tool.item();
    quiet(tool.str("name").or(tool.str("type")).unwrap_or_default().to_owned())
}

fn names(tools: &[Raw]) -> Vec<String> {
    tools.iter().map(name).collect()
}

fn list(names: &[String]) -> String {
    let mut text = names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > NAMES {
        text.push_str(&format!(", .. ({})", names.len()));
    }
    text
}
