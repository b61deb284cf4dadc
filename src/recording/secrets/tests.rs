use super::{Form, Secrets, placeholder};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

/// Made up here, piece by piece: the file holds no text of the shape of a key.
fn keys() -> Vec<(&'static str, String)> {
    let r = "q7Xk2Vb9Tz4Lm8Rw3Hc6Yd1Nf5Jg0PsA4eU7iB2oC9vE6xK3tZ8yM1hQ5wD0rG7nL4jF2aS9";
    let hex = "0f3a9c27d1e84b65";
    let jwt = |part: &str| URL_SAFE_NO_PAD.encode(part);
    vec![
        ("OpenAI key", format!("sk-{}", &r[..48])),
        ("OpenAI key", format!("sk-proj-{}_{}", &r[..20], &r[20..60])),
        ("Anthropic key", format!("sk-ant-api03-{}", &r[..60])),
        ("GitHub token", format!("ghp_{}", &r[..36])),
        ("GitHub token", format!("github_pat_{}_{}", &r[..22], &r[..59])),
        ("GitLab token", format!("glpat-{}", &r[..20])),
        ("AWS access key id", "AKIA".to_owned() + "Q7XK2VB9TZ4LM8RW"),
        ("Slack token", format!("xoxb-2233445566-{}", &r[..24])),
        ("Google key", format!("AIza{}", &r[..35])),
        ("Stripe key", format!("sk_live_{}", &r[..24])),
        ("npm token", format!("npm_{}", &r[..36])),
        ("PyPI token", format!("pypi-AgEIcHlwaS5vcmc{}", &r[..60])),
        ("Hugging Face token", format!("hf_{}", &r[..34])),
        ("Databricks token", format!("dapi{hex}{hex}")),
        (
            "JSON web token",
            format!(
                "{}.{}.{}",
                jwt(r#"{"alg":"HS256","typ":"JWT"}"#),
                jwt(r#"{"sub":"42","name":"a b"}"#),
                &r[..43]
            ),
        ),
    ]
}

fn kinds(text: &str) -> Vec<&'static str> {
    Secrets::default().scan(text).into_iter().map(|hit| hit.kind).collect()
}

#[test]
fn every_shape_is_found_wherever_it_stands() {
    for (kind, key) in keys() {
        let base64 = STANDARD.encode(format!("user = me\nthe value is {key}\n"));
        for (text, form) in [
            (key.clone(), Form::Plain),
            (format!("use {key}, please"), Form::Plain),
            (format!("{{\"text\":\"first\\n{key}\\nlast\"}}"), Form::Plain),
            (format!("https://host/x?q=1%26k%3D{key}"), Form::Plain),
            (format!("{{\"data\":\"{base64}\"}}"), Form::Base64),
        ] {
            let (new, hits) = Secrets::default().redact(&text);
            assert_eq!(hits.len(), 1, "{kind}: {text}: {hits:?}");
            assert_eq!((hits[0].kind, hits[0].form), (kind, form), "{text}");
            assert_eq!(new.len(), text.len());
            assert!(!new.contains(&key), "{new}");
            assert_eq!(kinds(&new), [""; 0], "{new}");
            if form == Form::Base64 {
                let inside = new.split('"').nth(3).unwrap();
                let decoded = String::from_utf8(STANDARD.decode(inside).unwrap()).unwrap();
                let expected = format!("user = me\nthe value is {}\n", placeholder(&key));
                assert_eq!(decoded, expected);
            }
        }
    }
}

#[test]
fn what_stands_where_secrets_stand_is_found() {
    for (kind, text, secret) in [
        ("password", "DB_PASSWORD=hunter2!", "hunter2!"),
        ("password", "{\"password\": \"swordfish\"}", "swordfish"),
        ("password", "{\\\"password\\\":\\\"p4ssage\\\"}", "p4ssage"),
        ("password", "mysql --password Tr0ub4dor -u me", "Tr0ub4dor"),
        (
            "key or token",
            "api_key: 'a81bc81b-dead-4e5d-abff-90865d1e13b1'",
            "a81bc81b-dead-4e5d-abff-90865d1e13b1",
        ),
        ("key or token", "GET /v1?api_key=k93jd83hs72k&x=1", "k93jd83hs72k"),
        ("key or token", "x-api-key: 9f8a7d6c5b4e3f2a1b0c", "9f8a7d6c5b4e3f2a1b0c"),
        ("key or token", "client_secret = \"Zm9vYmFyLXF1dXg9\"", "Zm9vYmFyLXF1dXg9"),
        ("key or token", "{\"name\":\"x-api-key\",\"value\":\"K3yF0rTheD00r\"}", "K3yF0rTheD00r"),
        ("key or token", "token: q7Xk2Vb9Tz4Lm8Rw3Hc6", "q7Xk2Vb9Tz4Lm8Rw3Hc6"),
        ("bearer token", "Authorization: Bearer abcdef123456", "abcdef123456"),
        ("bearer token", "-H 'authorization: bearer 0123456789abcdef0123'", "0123456789abcdef0123"),
        ("basic credentials", "Authorization: Basic bWU6c2VjcmV0MQ==", "bWU6c2VjcmV0MQ=="),
        ("password in a URL", "git clone https://me:hunter2@host.example/x.git", "hunter2"),
        ("password in a URL", "postgres://app:s3cr3t@db:5432/app", "s3cr3t"),
        ("cookie", "Cookie: theme=dark; sid=q7Xk2Vb9Tz4Lm8Rw3Hc6; x=1", "q7Xk2Vb9Tz4Lm8Rw3Hc6"),
    ] {
        let (new, hits) = Secrets::default().redact(text);
        assert_eq!(hits.len(), 1, "{text}: {hits:?}");
        assert_eq!((hits[0].kind, &text[hits[0].range.clone()]), (kind, secret), "{text}");
        assert_eq!(kinds(&new), [""; 0], "{new}");
        assert_eq!(new.len(), text.len());
    }
}

#[test]
fn what_only_looks_random_or_only_speaks_of_secrets_is_not_found() {
    let blob = format!("gAAAA{}", "Bq7Xk2Vb9Tz4Lm8Rw3Hc6Yd1Nf5Jg0Ps".repeat(9));
    let image = STANDARD.encode((0..900u32).map(|n| (n * n * 7 + n) as u8).collect::<Vec<_>>());
    for text in [
        "call_q7Xk2Vb9Tz4Lm8Rw3Hc6Yd1N and resp_68f0c2d1a7b48190a3e5c7f9",
        "\"prompt_cache_key\":\"019e1625-789d-76c0-80ab-3724b5ddb799\"",
        "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
        "\"integrity\": \"sha512-q7Xk2Vb9Tz4Lm8Rw3Hc6Yd1Nf5Jg0PsA4eU7iB2oC9vE6xK3tZ8yM1hQ5w==\"",
        &format!("\"encrypted_content\":\"{blob}\""),
        &format!("data:image/png;base64,{image}"),
        "00000000: 7f45 4c46 0201 0100 0000 0000 0000 0000  .ELF............",
        "password = get_password()",
        "api_key=os.environ[\"OPENAI_API_KEY\"]",
        "def f(token: str, api_key: Optional[str] = None, password=password):",
        "apiKey: process.env.OPENAI_API_KEY,",
        "export OPENAI_API_KEY=$KEY",
        "{\"max_tokens\": 4096, \"next_page_token\": \"b2Zmc2V0OjEwMA1x\"}",
        "type=\"password\" placeholder=\"Enter your password\"",
        "Authorization: Bearer $TOKEN and Authorization: Bearer <token>",
        "https://user:$PASSWORD@host and https://user:password@host and http://[::1]:80/a@b",
        "class sk-fading-circle-with-dots-and-more { }",
        "-----BEGIN PRIVATE KEY----- is how such a file begins",
        "PWD=/home/agent/project-17a",
        "the key is pressed and the token is consumed by the parser",
        "author: q7Xk2Vb9Tz4Lm8Rw3Hc6",
        "password: REDACTED, password=********, token=xxxxxxxxxxxxxxxx",
    ] {
        assert_eq!(kinds(text), [""; 0], "{text}");
    }
}

#[test]
fn a_private_key_is_found_between_its_markers_even_if_it_was_cut() {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let whole =
        format!("-----BEGIN RSA PRIVATE KEY-----\n{line}\n{line}\n-----END RSA PRIVATE KEY-----\n");
    let cut = format!("-----BEGIN PRIVATE KEY-----\n{line}\nand then");
    let escaped = format!("{{\"t\":{}}}", crate::wire::escape(&whole));
    let twice = format!("{{\"t\":{}}}", crate::wire::escape(&escaped));
    for text in [&whole, &cut, &escaped, &twice] {
        let (new, hits) = Secrets::default().redact(text);
        assert_eq!(hits.len(), 1, "{text}");
        assert_eq!(hits[0].kind, "private key");
        assert!(!new.contains(&line[..30]) && new.len() == text.len(), "{new}");
        assert_eq!(kinds(&new), [""; 0], "{new}");
        if text.starts_with('{') {
            serde_json::from_str::<serde_json::Value>(&new).unwrap();
        }
    }
    let (new, _) = Secrets::default().redact(&whole);
    assert!(new.ends_with("\n-----END RSA PRIVATE KEY-----\n"), "{new}");
}

#[test]
fn the_secret_beside_an_aws_id_and_the_one_under_its_name_are_found() {
    let id = "AKIA".to_owned() + "Q7XK2VB9TZ4LM8RW";
    let secret = "q7Xk2Vb9Tz4Lm8Rw/Hc6Yd1Nf5Jg0PsA4eU7iB+o";
    let csv = format!("me,{id},{secret}\n");
    assert_eq!(kinds(&csv), ["AWS access key id", "AWS secret access key"]);
    let named = format!("aws_secret_access_key = {secret}\n");
    assert_eq!(kinds(&named), ["key or token"]);
    let (a, b) = (Secrets::default().redact(&csv).0, Secrets::default().redact(&named).0);
    assert!(a.contains(&placeholder(secret)) && b.contains(&placeholder(secret)));
}

#[test]
fn a_known_secret_is_found_in_every_form() {
    let secrets = Secrets::new(["correct/horse+staple".to_owned(), "short".to_owned()]);
    let key = "correct/horse+staple";
    for shift in ["", "a", "ab"] {
        let text = format!("x {} y", STANDARD.encode(format!("{shift}{key} and more")));
        let (new, hits) = secrets.redact(&text);
        assert_eq!((hits.len(), hits[0].form), (1, Form::Base64), "{text}");
        let word = new.split(' ').nth(1).unwrap();
        let decoded = String::from_utf8(STANDARD.decode(word).unwrap()).unwrap();
        assert_eq!(decoded, format!("{shift}{} and more", placeholder(key)));
    }
    let (new, hits) = secrets.redact("k=correct%2Fhorse%2Bstaple&x=short");
    assert_eq!((hits.len(), hits[0].form), (1, Form::Url));
    assert_eq!(new, "k=REDACTE%44xxxxx%78xxxxxx&x=short");
    assert_eq!(secrets.redact(&new).1, []);
    assert!(secrets.scan("correct horse").is_empty());
    assert!(!format!("{secrets:?}").contains("horse"));
}

#[test]
fn equal_secrets_have_equal_placeholders_and_only_random_ones_a_mark() {
    let key = "q7Xk2Vb9Tz4Lm8Rw3Hc6Yd1N";
    let (a, _) = Secrets::default().redact("token: q7Xk2Vb9Tz4Lm8Rw3Hc6Yd1N");
    let text = format!("{{\"api_key\":\"{key}\"}}");
    let (b, _) = Secrets::default().redact(&text);
    assert_eq!(a[7..], b[12..36]);
    assert!(placeholder(key).starts_with("REDACTED_") && placeholder(key).len() == key.len());
    assert_ne!(placeholder(key), placeholder("q7Xk2Vb9Tz4Lm8Rw3Hc6Yd1M"));
    assert_eq!(placeholder("swordfish"), "REDACTEDx");
    assert_eq!(placeholder("horse-battery-staple"), "REDACTEDxxxxxxxxxxxx");
    assert_eq!(placeholder("abc"), "xxx");
}

/// Pieces of text, secrets among them.
fn piece() -> impl Strategy<Value = String> {
    let all: Vec<String> = keys().into_iter().map(|(_, key)| key).collect();
    let encoded: Vec<String> = all.iter().map(|key| STANDARD.encode(format!("a {key}"))).collect();
    let words = [
        "password=",
        "\"api_key\":\"",
        "token: ",
        "Bearer ",
        "Basic ",
        "https://u:",
        "@host",
        "\\n",
        "\"",
        "'",
        " ",
        "\n",
        "%3D",
        "%",
        "=",
        "é",
        "hunter2",
        "swordfish",
        "REDACTED",
        "cookie: ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END",
        "\\\\",
        ";",
        "&",
        "sid=",
        "xxxx",
        "--password ",
    ];
    prop_oneof![
        3 => prop::sample::select(words.map(str::to_owned).to_vec()),
        1 => prop::sample::select(all),
        1 => prop::sample::select(encoded),
        1 => "[A-Za-z0-9+/_=-]{1,40}",
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn redacting_keeps_the_length_and_leaves_nothing(pieces in prop::collection::vec(piece(), 0..14)) {
        let text = pieces.concat();
        let (new, hits) = Secrets::default().redact(&text);
        prop_assert_eq!(new.len(), text.len());
        prop_assert_eq!(hits.is_empty(), new == text);
        let again = Secrets::default().redact(&new);
        prop_assert!(again.1.is_empty(), "{} -> {} -> {:?}", text, new, again);
    }

    #[test]
    fn json_stays_json(pieces in prop::collection::vec(piece(), 0..14), twice: bool) {
        let mut json = serde_json::json!({"text": pieces.concat()}).to_string();
        if twice {
            json = serde_json::json!({"arguments": json}).to_string();
        }
        let new = Secrets::default().redact(&json).0.into_owned();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&new).is_ok(), "{} -> {}", json, new);
    }
}
