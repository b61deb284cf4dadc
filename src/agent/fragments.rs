//! The texts of the prompt layers, as pure functions.
//!
//! The tags are those of the Codex loop, so that one reader recognises the layers of both; the prose is
//! our own. Every function gives the whole text of one message part: equal arguments, equal bytes.
//! A layer that changes in mid-session is rendered again and appended, never edited in place.

use crate::scenario::{SandboxMode, Skill};

pub use super::base_prompt::DEFAULT_INSTRUCTIONS;

/// Part of the developer message: what commands may write, and who is asked. `writable` are the folders
/// besides the workspace (told in workspace-write mode only); `approval` is the policy's name.
#[must_use]
pub fn permissions(mode: SandboxMode, writable: &[String], approval: &str) -> String {
    let (name, files) = match mode {
        SandboxMode::ReadOnly => (
            "read-only",
            "Commands may read every file and write temporary files only. Changes to the workspace \
             are refused, patches included.",
        ),
        SandboxMode::WorkspaceWrite => (
            "workspace-write",
            "Commands may read every file and write in the workspace and in temporary folders. \
             Other changes are refused.",
        ),
        SandboxMode::DangerFullAccess => {
            ("danger-full-access", "Commands may read and write every file.")
        }
    };
    let mut text = format!(
        "<permissions instructions>\nThe sandbox mode is `{name}`. {files} There is no network.\n"
    );
    if mode == SandboxMode::WorkspaceWrite && !writable.is_empty() {
        text.push_str("These folders may be written too:\n");
        for folder in writable {
            text.push_str(&format!("- `{folder}`\n"));
        }
    }
    let asked = match approval {
        "never" => {
            "Nobody can be asked: what the sandbox refuses stays refused, so find another way \
                    or report what is in the way."
        }
        "on-request" => {
            "You may ask the user to allow a command that the sandbox refuses; say why it \
                         is needed."
        }
        "untrusted" => "The user is asked before every command that is not known to be harmless.",
        _ => "Respect it for everything that the sandbox refuses.",
    };
    text.push_str(&format!(
        "The approval policy is `{approval}`. {asked}\n</permissions instructions>"
    ));
    text
}

/// Part of the user message: what AGENTS.md says for the working folder `dir`.
#[must_use]
pub fn agents_md_message(dir: &str, text: &str) -> String {
    format!("# AGENTS.md instructions for {dir}\n\n<INSTRUCTIONS>\n{text}\n</INSTRUCTIONS>")
}

/// The same after a change of folder: other instructions apply from here on.
#[must_use]
pub fn agents_md_replaced(dir: &str, text: &str) -> String {
    let note = "The working folder has changed. What follows takes the place of every AGENTS.md text \
                given before.";
    agents_md_message(dir, &format!("{note}\n\n{text}"))
}

/// The same after a change to a folder without instructions.
#[must_use]
pub fn agents_md_removed(dir: &str) -> String {
    let note = "The working folder has changed. No AGENTS.md applies here; those given before are no \
                longer in force.";
    agents_md_message(dir, note)
}

/// Part of the developer message: the list of skills. Only names and purposes; the files are read when
/// they are needed.
#[must_use]
pub fn skills(skills: &[Skill]) -> String {
    let mut text = String::from(
        "<skills_instructions>\n## Skills\nA skill is a file with instructions for one kind of task. \
         When the user names a skill, or the task is what it is for, read its file before you start \
         and follow it; otherwise leave it unread.\n### Available skills\n",
    );
    for Skill { name, description, file } in skills {
        text.push_str(&format!("- {name}: {description} (file: {file})\n"));
    }
    text.push_str("</skills_instructions>");
    text
}

/// Part of the user message: where the agent works. `date` is `YYYY-MM-DD`, `timezone` an IANA name.
/// The values are escaped for XML.
#[must_use]
pub fn environment(cwd: &str, shell: &str, date: &str, timezone: &str) -> String {
    let mut text = String::from("<environment_context>\n");
    for (tag, value) in
        [("cwd", cwd), ("shell", shell), ("current_date", date), ("timezone", timezone)]
    {
        text.push_str(&format!("  <{tag}>{}</{tag}>\n", escaped(value)));
    }
    text.push_str("</environment_context>");
    text
}

/// Part of a user message: the time, in the form of RFC 3339.
#[must_use]
pub fn clock(time: &str) -> String {
    format!(
        "<environment_context>\n  <current_time>{}</current_time>\n</environment_context>",
        escaped(time)
    )
}

/// A developer message after a change of the model: the base instructions in the prompt stay as they
/// are (the cached prefix depends on them), so the new model's own are appended.
#[must_use]
pub fn model_switch(model: &str, instructions: &str) -> String {
    format!(
        "<model_switch>\nFrom here on the conversation is continued by the model `{model}`; earlier \
         answers are another model's. Carry on with the task. These instructions take the place of \
         the base instructions at the start:\n\n{instructions}\n</model_switch>"
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_name_mode_folders_and_policy() {
        let folders = ["/var/cache".to_owned(), "/srv".to_owned()];
        assert_eq!(
            permissions(SandboxMode::WorkspaceWrite, &folders, "never"),
            "<permissions instructions>\n\
             The sandbox mode is `workspace-write`. Commands may read every file and write in the \
             workspace and in temporary folders. Other changes are refused. There is no network.\n\
             These folders may be written too:\n- `/var/cache`\n- `/srv`\n\
             The approval policy is `never`. Nobody can be asked: what the sandbox refuses stays \
             refused, so find another way or report what is in the way.\n\
             </permissions instructions>"
        );
    }

    #[test]
    fn permissions_differ_by_mode_and_policy() {
        let folders = ["/srv".to_owned()];
        let mut texts: Vec<String> = Vec::new();
        for mode in
            [SandboxMode::ReadOnly, SandboxMode::WorkspaceWrite, SandboxMode::DangerFullAccess]
        {
            for approval in ["never", "on-request", "untrusted", "house-rule"] {
                let text = permissions(mode, &folders, approval);
                assert!(text.contains(&format!("`{approval}`")));
                assert_eq!(text.contains("/srv"), mode == SandboxMode::WorkspaceWrite);
                assert!(!texts.contains(&text));
                texts.push(text);
            }
        }
    }

    #[test]
    fn modes_are_told_by_the_names_of_the_scenario() {
        for name in ["read-only", "workspace-write", "danger-full-access"] {
            let mode: SandboxMode = serde_json::from_str(&format!("\"{name}\"")).unwrap();
            assert!(permissions(mode, &[], "never").contains(&format!("`{name}`")));
        }
    }

    #[test]
    fn agents_md_has_one_frame_for_all_forms() {
        assert_eq!(
            agents_md_message("/w", "be brief"),
            "# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\nbe brief\n</INSTRUCTIONS>"
        );
        for update in [agents_md_replaced("/w", "be brief"), agents_md_removed("/w")] {
            let inner = update
                .strip_prefix("# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\n")
                .and_then(|rest| rest.strip_suffix("\n</INSTRUCTIONS>"))
                .unwrap();
            assert!(inner.starts_with("The working folder has changed. "));
        }
        assert!(agents_md_replaced("/w", "be brief").contains("\n\nbe brief\n"));
    }

    #[test]
    fn skills_are_listed_one_per_line() {
        let skill = |name: &str| Skill {
            name: name.into(),
            description: format!("for {name}"),
            file: format!("skills/{name}.md"),
        };
        let text = skills(&[skill("b"), skill("a")]);
        assert!(text.starts_with("<skills_instructions>\n## Skills\n"));
        assert!(text.ends_with(
            "### Available skills\n- b: for b (file: skills/b.md)\n- a: for a (file: skills/a.md)\n\
             </skills_instructions>"
        ));
    }

    #[test]
    fn environment_is_indented_and_escaped() {
        assert_eq!(
            environment("/w/a&b <\"c'>", "sh", "2026-01-15", "Etc/UTC"),
            "<environment_context>\n  <cwd>/w/a&amp;b &lt;&quot;c&apos;&gt;</cwd>\n  \
             <shell>sh</shell>\n  <current_date>2026-01-15</current_date>\n  \
             <timezone>Etc/UTC</timezone>\n</environment_context>"
        );
    }

    #[test]
    fn model_switch_carries_the_new_instructions() {
        let text = model_switch("m-2", "new prompt");
        assert!(text.starts_with("<model_switch>\n"));
        assert!(text.contains("`m-2`"));
        assert!(text.ends_with(":\n\nnew prompt\n</model_switch>"));
    }
}
