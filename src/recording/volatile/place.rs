//! JSON pointers with wildcards.

/// A pattern of JSON pointers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Any,
    AnyNumber,
}

impl Place {
    /// Reads `/input/*/id`; `~0` and `~1` as in RFC 6901.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("`at: {text}` is no JSON pointer; begin it with a slash"));
        };
        let step = |part: &str| match part {
            "*" => Step::Any,
            "**" => Step::AnyNumber,
            key => Step::Key(key.replace("~1", "/").replace("~0", "~")),
        };
        Ok(Self(rest.split('/').map(step).collect()))
    }

    /// Whether a path of keys and indexes is meant.
    pub(super) fn is(&self, path: &[String]) -> bool {
        fits(&self.0, path, false)
    }

    /// Whether something below the path, or the path itself, may be meant.
    pub(super) fn reaches(&self, path: &[String]) -> bool {
        fits(&self.0, path, true)
    }
}

fn fits(steps: &[Step], path: &[String], below: bool) -> bool {
    match (steps.first(), path.first()) {
        (None, None) => true,
        (Some(_), None) if below => true,
        (Some(Step::AnyNumber), _) => {
            fits(&steps[1..], path, below) || (!path.is_empty() && fits(steps, &path[1..], below))
        }
        (Some(Step::Any), Some(_)) => fits(&steps[1..], &path[1..], below),
        (Some(Step::Key(key)), Some(part)) => key == part && fits(&steps[1..], &path[1..], below),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    fn path(text: &str) -> Vec<String> {
        text.split('/').skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn wildcards_stand_for_one_or_any_number_of_steps() {
        let is = |pattern: &str, at: &str| Place::parse(pattern).unwrap().is(&path(at));
        assert!(is("/input/*/id", "/input/3/id"));
        assert!(!is("/input/*/id", "/input/3/content/id"));
        assert!(is("/input/**/text", "/input/3/content/0/text"));
        assert!(is("/input/**/text", "/input/text"));
        assert!(is("/metadata/**", "/metadata/a/b"));
        let key = Place::parse("/a~1b/c~0d").unwrap();
        assert!(key.is(&["a/b".to_owned(), "c~d".to_owned()]));
        assert!(!is("/input", "/output"));
    }

    #[test]
    fn only_paths_that_may_lead_there_are_followed() {
        let place = Place::parse("/input/*/id").unwrap();
        for (at, expected) in
            [("/input", true), ("/input/0", true), ("/tools", false), ("/input/0/id/x", false)]
        {
            assert_eq!(place.reaches(&path(at)), expected, "{at}");
        }
        assert!(Place::parse("/a/**").unwrap().reaches(&path("/a/b/c")));
    }

    #[test]
    fn a_pointer_begins_with_a_slash() {
        assert!(Place::parse("input").unwrap_err().contains("begin it with a slash"));
    }
}
