//! `view_image`: an image file as a data URL.

use super::{Body, Outcome, Room, arguments, function};
use crate::agent::folder::join;
use crate::agent::host::Host;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Args {
    path: String,
}

pub(super) fn definition() -> Value {
    function(
        "view_image",
        "Shows an image file (PNG, JPEG, GIF or WebP).",
        &["path"],
        json!({"path": {"type": "string", "description": "The file, relative to the working folder."}}),
    )
}

pub(super) async fn run<H: Host>(room: &Room<'_, H>, text: &str) -> Outcome {
    let args: Args = match arguments(text) {
        Ok(args) => args,
        Err(outcome) => return *outcome,
    };
    let path = &args.path;
    let bytes = match room.host.read(&join(room.folder, path)).await {
        Ok(Some((bytes, _))) => bytes,
        Ok(None) => {
            return Outcome::text(format!("unable to locate image at {path}: no such file"));
        }
        Err(error) => return Outcome::sandbox("view_image", &error),
    };
    let Some(mime) = mime(&bytes) else {
        let why = "neither PNG nor JPEG, GIF or WebP";
        return Outcome::text(format!("unable to process image at {path}: {why}"));
    };
    let url = format!("data:{mime};base64,{}", STANDARD.encode(&bytes));
    let parts = json!([{"type": "input_image", "image_url": url}]);
    Outcome { raw_bytes: bytes.len() as u64, ..Outcome::new(Body::Parts(parts)) }
}

/// By content: the name may lie.
fn mime(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}
