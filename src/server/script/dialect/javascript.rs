//! Agents whose only tool runs JavaScript (Codex calls it code mode): other tools are functions of
//! the object `tools` in there, declared in the description, and results are shown with `text` and
//! `image`.

use super::advertised::{Advertised, Tool, ToolKind};
use super::command::Command;
use crate::server::script::mint::Draft;
use serde_json::{Map, Value};

/// The tool that runs JavaScript, if `inner` can be called in it.
pub(super) fn tool<'a>(advertised: &'a Advertised, inner: &str) -> Option<&'a Tool> {
    let tool = advertised.named(ToolKind::Custom, "exec")?;
    let declares = tool.description.contains(&format!("{{ {inner}("));
    (declares && tool.description.contains("JavaScript")).then_some(tool)
}

/// Any tool that runs JavaScript.
pub(super) fn any(advertised: &Advertised) -> Option<&Tool> {
    let tool = advertised.named(ToolKind::Custom, "exec")?;
    tool.description.contains("JavaScript").then_some(tool)
}

/// Runs a command and shows its output, and the exit code if it is not 0. A process that goes on is
/// remembered for [`write_stdin`].
pub(super) fn exec_command(tool: &Tool, command: &Command<'_>, patience_ms: u32) -> Draft {
    let mut arguments = Map::new();
    arguments.insert("cmd".into(), command.cmd.into());
    if let Some(folder) = command.workdir {
        arguments.insert("workdir".into(), folder.into());
    }
    if command.wait_for.is_some() {
        arguments.insert("tty".into(), true.into());
        arguments.insert("yield_time_ms".into(), patience_ms.into());
    }
    let mut code = format!(
        "const result = await tools.exec_command({});\ntext(result.output);\nif (result.exit_code) \
         text(\"Process exited with code \" + result.exit_code);\n",
        Value::Object(arguments)
    );
    if command.wait_for.is_some() {
        code.push_str("if (result.session_id) store(\"session\", result.session_id);\n");
    }
    draft(tool, code)
}

/// Writes to the process that was left running last.
pub(super) fn write_stdin(tool: &Tool, chars: &str, patience_ms: u32) -> Draft {
    let chars = Value::from(chars);
    let code = format!(
        "const result = await tools.write_stdin({{\"session_id\": load(\"session\"), \"chars\": \
         {chars}, \"yield_time_ms\": {patience_ms}}});\ntext(result.output);\n"
    );
    draft(tool, code)
}

/// Applies a patch and shows what came of it.
pub(super) fn apply_patch(tool: &Tool, patch: &str) -> Draft {
    draft(tool, format!("text(await tools.apply_patch({}));\n", Value::from(patch)))
}

/// Shows an image.
pub(super) fn view_image(tool: &Tool, path: &str) -> Draft {
    let arguments = serde_json::json!({"path": path});
    let call = format!("const result = await tools.view_image({arguments});\n");
    draft(tool, call + "image(result.image_url);\n")
}

/// Shows a text.
pub(super) fn text(tool: &Tool, text: &str) -> Draft {
    draft(tool, format!("text({});\n", Value::from(text)))
}

/// A call with arguments as they are, well formed or not.
pub(super) fn verbatim(tool: &Tool, inner: &str, arguments: &str) -> Draft {
    draft(tool, format!("text(await tools.{inner}({arguments}));\n"))
}

fn draft(tool: &Tool, input: String) -> Draft {
    Draft::Custom { name: tool.name.clone(), namespace: tool.namespace.clone(), input }
}
