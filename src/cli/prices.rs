//! The price list of a command line.

use super::source::NoSource;
use crate::cache::Prices;
use std::path::Path;

/// The list in a file of the user's, or that of the program.
pub(super) fn prices(file: Option<&Path>) -> Result<Prices, NoSource> {
    let help = if file.is_some() { "mend the price list" } else { "this is a defect of unreel" };
    Prices::of(file).map_err(|error| NoSource::of(&error.to_string(), help))
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
