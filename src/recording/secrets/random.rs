//! What a value looks like: random, a word, an id or hash, a variable.

/// Ids of the API and of tools, hashes with their kind, sealed blobs.
const IDS: [&str; 26] = [
    "call_",
    "resp_",
    "msg_",
    "fc_",
    "rs_",
    "ws_",
    "item_",
    "toolu_",
    "srvtoolu_",
    "chatcmpl",
    "req_",
    "run_",
    "thread_",
    "asst_",
    "file-",
    "file_",
    "conv_",
    "sess_",
    "cmp_",
    "ctc_",
    "lsc_",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "gAAAA",
];

/// Values that people write where a secret would stand.
const DUMMIES: [&str; 40] = [
    "password",
    "passwd",
    "passphrase",
    "pass",
    "passw0rd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "key",
    "changeme",
    "change-me",
    "example",
    "dummy",
    "fake",
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "string",
    "str",
    "bytes",
    "number",
    "required",
    "optional",
    "default",
    "value",
    "empty",
    "hidden",
    "masked",
    "redacted",
    "removed",
    "test",
    "testing",
    "placeholder",
    "unreel",
    "foobar",
];

/// Whether nobody could find the value by trying: then a few bits of its digest give nothing away.
pub(super) fn is_unguessable(value: &str) -> bool {
    let alphanumeric = value.bytes().filter(u8::is_ascii_alphanumeric).count();
    alphanumeric >= 14 && distinct(value) >= 8 && !is_wordy(value)
}

/// Whether a value looks drawn at random, and is none of the random values that are no secrets.
pub(super) fn is_random(value: &str, shortest: usize) -> bool {
    let value = value.trim_end_matches('=');
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"+/_-.~".contains(&byte);
    if value.len() < shortest || !value.bytes().all(token) || is_id(value) || is_wordy(value) {
        return false;
    }
    let count = |is: fn(&u8) -> bool| value.bytes().filter(is).count();
    let (digits, upper) = (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase));
    let lower = count(u8::is_ascii_lowercase);
    let mixed = match (upper, lower) {
        (0, _) | (_, 0) => digits * 8 >= value.len(),
        _ => digits > 0,
    };
    let marks = value.len() - digits - upper - lower;
    mixed && marks * 5 <= value.len() && distinct(value) >= 10 && changes(value) * 4 >= value.len()
}

/// Ids, hashes, UUIDs, dates, and whatever else is made of hexadecimal digits.
pub(super) fn is_id(value: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_hexdigit() || b"-:._".contains(&byte);
    IDS.iter().any(|id| value.starts_with(id)) || value.bytes().all(hex)
}

/// Values that stand for a secret without being one: words for it, variables, calls, tags.
pub(super) fn is_stand_in(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let begins = ["your", "my-", "my_", "the-", "some-", "insert", "env.", "env:", "process.env"];
    let holds = ["environ", "getenv", "process.env", "secrets.", "://", "example", "placeholder"];
    value.starts_with(['$', '%', '{', '<', '/', '~', '(', '[', '@', '&', '!', '#', '|', '>', '.'])
        || DUMMIES.contains(&lower.as_str())
        || begins.iter().any(|begin| lower.starts_with(begin))
        || holds.iter().any(|part| lower.contains(part))
        || ["${", "{{", "$(", "%s", "..."].iter().any(|part| value.contains(part))
}

/// Words, names of variables, paths: parts of letters, each with at most one number at its end.
pub(super) fn is_wordy(value: &str) -> bool {
    let parts =
        || value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts().all(|part| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - letters.len();
        let humps = letters.bytes().filter(u8::is_ascii_uppercase).count();
        let lower = letters.len() - humps;
        letters.bytes().all(|byte| byte.is_ascii_alphabetic())
            && (digits <= 4 || letters.is_empty())
            && (lower == 0 && letters.len() <= 12 || humps * 3 <= letters.len())
    })
}

/// How many different bytes there are.
fn distinct(value: &str) -> usize {
    let mut seen = [false; 256];
    value.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    seen.iter().filter(|seen| **seen).count()
}

/// How often a byte is of another class than the one before it.
fn changes(value: &str) -> usize {
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let classes: Vec<u8> = value.bytes().map(class).collect();
    classes.windows(2).filter(|pair| pair[0] != pair[1]).count()
}
