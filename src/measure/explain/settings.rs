//! A changed setting as the place of a finding.

use super::spot::Spot;
use super::what::What;
use crate::cache::MissReason;
use crate::measure::settings::first_changed;
use crate::recording::matching::shorten;
use crate::recording::{Exchange, Layer};

/// The first setting that changed.
pub(super) fn spot(old: &Exchange, new: &Exchange) -> Option<(MissReason, Spot)> {
    let (reason, pointer, old, new) = first_changed(old, new)?;
    let show =
        |value: Option<String>| Some(value.map_or("(not set)".into(), |text| shorten(&text)));
    let spot = Spot {
        old: show(old),
        new: show(new),
        ..Spot::at(What::SettingChanged, Layer::Other, pointer)
    };
    Some((reason, spot))
}
