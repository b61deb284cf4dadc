//! The price list of a command line.

use super::source::NoSource;
use crate::cache::Prices;
use crate::scenario::ScenarioErrorKind;
use std::path::Path;

/// The list in a file of the user's, or that of the program.
pub(super) fn prices(file: Option<&Path>) -> Result<Prices, NoSource> {
    Prices::of(file).map_err(|error| {
        let help = match (file, error.kind()) {
            (None, _) => "this is a defect of unreel",
            (_, ScenarioErrorKind::Io(_)) => "see that the file is there and may be read",
            _ => "mend the price list: docs/caches.md, Money",
        };
        NoSource::of(&error.to_string(), help)
    })
}

/// The same, where money is to be counted as if a model had been asked, which must have a price.
pub(super) fn priced_as(file: Option<&Path>, model: Option<&str>) -> Result<Prices, NoSource> {
    let prices = prices(file)?;
    match model.filter(|model| !prices.knows(model)) {
        None => Ok(prices),
        Some(model) => Err(NoSource::new(
            format!("--price-as {model}: the list of {} has no price for it", prices.date),
            "name a model of the list, or give a list of your own: --prices FILE",
        )),
    }
}
