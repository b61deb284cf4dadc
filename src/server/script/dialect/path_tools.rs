//! Function tools that take the path of a file.

use super::advertised::{Advertised, Tool};
use super::arguments::Arguments;
use crate::server::script::mint::Draft;

/// What such tools call the path.
pub(super) const PATHS: [&str; 3] = ["filePath", "file_path", "path"];

/// The function tool of one of these names that takes a path, with the path's argument.
pub(super) fn with_path<'a>(
    advertised: &'a Advertised,
    names: &[&str],
) -> Option<(&'a Tool, &'static str)> {
    let tool = advertised.function(names)?;
    Some((tool, tool.first_of(&PATHS)?))
}

/// The call of a tool that writes whole files.
pub(super) fn with_write_tool(advertised: &Advertised, path: &str, content: &str) -> Option<Draft> {
    let (tool, name) = with_path(advertised, &["write", "write_file", "create_file"])?;
    let text = tool.first_of(&["content", "contents", "text", "file_text"])?;
    let arguments = Arguments::default().with(name, path).with(text, content);
    Some(arguments.call(tool, "Write a file"))
}
