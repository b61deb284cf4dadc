//! `unreel pack X --structure-only`: what a session cost, without what was said.

use super::super::project::Project;
use super::super::source::{Found, find};
use super::super::{Exit, console, options};
use super::PackArgs;
use crate::measure::structure_only;
use crate::recording::Recording;
use crate::report::plural;
use crate::run::{RunError, RunErrorKind, Source};
use std::path::Path;

/// Writes the recording of a scenario, or the one in a file, without its texts.
pub(super) fn write(args: &PackArgs) -> Result<Exit, RunError> {
    let bare = structure_only(&recording(args)?);
    bare.save(&args.out)?;
    console::out(&format!(
        "{}: {}, {}, no text\n",
        args.out.display(),
        plural(bare.exchanges.len(), "exchange"),
        plural(bare.items.len(), "item")
    ));
    Ok(Exit::Good)
}

fn recording(args: &PackArgs) -> Result<Recording, RunError> {
    let refuse = |why: String| RunErrorKind::Pack { path: args.out.clone(), why };
    let path = Path::new(&args.scenario);
    if path.is_file() {
        if args.out.canonicalize().is_ok_and(|out| path.canonicalize().is_ok_and(|it| it == out)) {
            let what = "it is the recording itself, whose texts would be lost; name another file";
            return Err(refuse(what.into()).into());
        }
        return match find(path) {
            Ok(Found::Recording(recording)) => Ok(*recording),
            Ok(_) => Err(refuse("a journal has no structure yet; name a recording".into()).into()),
            Err(error) => Err(refuse(error.to_string()).into()),
        };
    }
    let project = Project::here()?;
    let common = args.common();
    let scenarios = options::scenarios(&project, &common)?;
    let subjects = options::subjects(&project, args.agent.as_slice(), args.agent_path.as_deref())?;
    let ([scenario], Some(subject)) = (scenarios.as_slice(), subjects.first()) else {
        return Err(refuse("a pack holds one recording; name one scenario".into()).into());
    };
    let recordings = project.recordings(args.recordings.as_deref());
    match Source::recorded(&recordings, scenario, &args.variant, subject)? {
        Source::Recording(_, recording) => Ok((*recording).clone()),
        _ => Err(refuse("there is no recording".into()).into()),
    }
}
