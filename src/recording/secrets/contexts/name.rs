//! What a name says about its value.

/// A name before a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Of a password; `plain` where quotes are not customary: variables of a shell, flags, queries.
    Password { plain: bool },
    /// Of a key or token.
    Key,
    /// It might be one: `key`, `token`, `session`.
    Weak,
    /// A header of cookies.
    Cookie,
    /// A flag with its value behind a space.
    Flag(Box<Name>),
    /// Within a sentence.
    Prose(Box<Name>),
    /// None of secrets.
    Other,
}

/// Tokens that are pieces of text, or places in a list.
const COUNTED: [&str; 28] = [
    "next",
    "page",
    "continuation",
    "start",
    "end",
    "max",
    "min",
    "sub",
    "per",
    "pad",
    "eos",
    "bos",
    "first",
    "last",
    "current",
    "prev",
    "previous",
    "input",
    "output",
    "cached",
    "reasoning",
    "total",
    "cancel",
    "cancellation",
    "special",
    "sync",
    "unk",
    "mask",
];

/// Longer names are none.
const LONGEST: usize = 60;

impl Name {
    /// The name of which the last part begins at `at`; `place` is that part and what follows it, up
    /// to the value.
    pub(super) fn before(text: &str, at: usize, place: &str) -> Self {
        let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
        let before = &text.as_bytes()[..at];
        let mut start = at - before.iter().rev().take(LONGEST).take_while(|b| inside(b)).count();
        // The letter of an escape is no part of the name behind it.
        if start > 0 && before[start - 1] == b'\\' && start < at {
            start += 1;
        }
        let part = place.bytes().take_while(inside_part).count();
        let name = &text[start..at + part];
        let between = &place[part..];
        let flag = name.starts_with("--");
        let before = start.checked_sub(1).map(|at| text.as_bytes()[at]);
        let shell = between.starts_with('=') && between.len() == 1;
        let upper = !name.bytes().any(|byte| byte.is_ascii_lowercase());
        let plain = shell && (upper || flag || matches!(before, Some(b'?' | b'&' | b';')));
        let words = words(name);
        let named = Self::of(&words, plain || flag);
        match between.trim() {
            "" if flag => Self::Flag(Box::new(named)),
            "" => Self::Other,
            "is" => Self::Prose(Box::new(named)),
            _ if named == Self::Cookie && !between.contains(':') => Self::Weak,
            // The current folder.
            _ if words == ["pwd"] && upper => Self::Other,
            _ => named,
        }
    }

    fn of(words: &[String], plain: bool) -> Self {
        let Some(last) = words.last() else { return Self::Other };
        let prev = words.len().checked_sub(2).map_or("", |at| words[at].as_str());
        let whole: String = words.concat();
        match last.as_str() {
            "pass" if prev.is_empty() => Self::Other,
            "password" | "passwd" | "passphrase" | "pwd" | "pass" => Self::Password { plain },
            _ if whole.ends_with("password") || whole.ends_with("passwd") => {
                Self::Password { plain }
            }
            "secret" | "keybase" | "credential" | "credentials" => Self::Key,
            "base" if prev == "key" => Self::Key,
            "key"
                if ["api", "access", "secret", "private", "auth", "account", "license"]
                    .contains(&prev) =>
            {
                Self::Key
            }
            "apikey" | "secretkey" | "accesskey" | "privatekey" | "authtoken" | "accesstoken" => {
                Self::Key
            }
            "token" if COUNTED.contains(&prev) => Self::Other,
            "token" if !prev.is_empty() => Self::Key,
            "key"
                if ["cache", "public", "primary", "foreign", "sort", "partition"]
                    .contains(&prev) =>
            {
                Self::Other
            }
            "cookie" => Self::Cookie,
            "token" | "key" | "authorization" | "auth" | "session" | "sid" => Self::Weak,
            _ => Self::Other,
        }
    }

    pub(super) fn is_cookie(&self) -> bool {
        *self == Self::Cookie
    }

    /// What its value is, for people.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Password { .. } => "password",
            Self::Flag(inner) | Self::Prose(inner) => inner.kind(),
            _ => "key or token",
        }
    }

    /// Whether a value is a name of the same thing: `password=new_password`.
    pub(super) fn repeats(&self, value: &str) -> bool {
        let words = words(value);
        !value.bytes().any(|b| b.is_ascii_digit())
            && (Self::of(&words, false) != Self::Other
                || value.to_ascii_lowercase().contains("password"))
    }
}

fn inside_part(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}

/// The words of a name, in lower case, without numbers at their ends.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = '_';
    for c in name.chars() {
        let new =
            !last.is_ascii_alphanumeric() || c.is_ascii_uppercase() && last.is_ascii_lowercase();
        last = c;
        if !c.is_ascii_alphanumeric() {
            continue;
        }
        match words.last_mut().filter(|_| !new) {
            Some(word) => word.push(c.to_ascii_lowercase()),
            None => words.push(c.to_ascii_lowercase().to_string()),
        }
    }
    for word in &mut words {
        word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::Name;

    fn of(text: &str, part: &str) -> Name {
        let at = text.rfind(part).unwrap();
        Name::before(text, at, &text[at..])
    }

    #[test]
    fn the_last_words_of_a_name_say_what_it_is() {
        assert_eq!(of("DB_PASSWORD=", "PASSWORD"), Name::Password { plain: true });
        assert_eq!(of("dbPassword: ", "Password"), Name::Password { plain: false });
        assert_eq!(of("\"openai_api_key\": ", "key"), Name::Key);
        assert_eq!(of("?access_token=", "token"), Name::Key);
        assert_eq!(of("x-api-key: ", "key"), Name::Key);
        assert_eq!(of("\\nsecret: ", "secret"), Name::Key);
        assert_eq!(of("prompt_cache_key: ", "key"), Name::Other);
        assert_eq!(of("next_page_token: ", "token"), Name::Other);
        assert_eq!(of("PWD=", "PWD"), Name::Other);
        assert_eq!(of("the key is ", "key"), Name::Prose(Box::new(Name::Weak)));
        assert_eq!(of("the key ", "key"), Name::Other);
    }
}
