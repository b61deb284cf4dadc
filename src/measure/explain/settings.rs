//! Changed settings as places of findings.

use super::spot::Spot;
use super::what::What;
use crate::cache::MissReason;
use crate::measure::settings::all_changed;
use crate::recording::matching::shorten;
use crate::recording::{Exchange, Layer};

/// The settings that changed, in the order of the reasons.
pub(super) fn spots(old: &Exchange, new: &Exchange) -> Vec<(MissReason, Spot)> {
    let show =
        |value: Option<String>| Some(value.map_or("(not set)".into(), |text| shorten(&text)));
    let spot = |(reason, pointer, old, new): (MissReason, &str, _, _)| {
        let what = Spot::at(What::SettingChanged, Layer::Other, pointer);
        (reason, Spot { old: show(old), new: show(new), ..what })
    };
    all_changed(old, new).into_iter().map(spot).collect()
}
