//! Prompt layers, and how their changes are told.

use super::fake_server::{reasoning, run, say, whole};
use super::{Bench, assert_prefix_law, shape};
use crate::scenario::{Permissions, SandboxMode, Skill};
use crate::wire::Raw;

#[tokio::test]
async fn the_layers_stand_in_order() {
    let mut bench = Bench::with(vec![whole(&[say("hi")])], |config| {
        config.developer = Some("DEVELOPER".into());
        config.folder = "app".into();
        let (name, description) = ("s".into(), "d".into());
        config.skills = vec![Skill { name, description, file: "s.md".into() }];
    })
    .await;
    bench.host.put(".git/HEAD", "");
    bench.host.put("AGENTS.md", "root rule");
    bench.host.put("app/AGENTS.md", "shadowed");
    bench.host.put("app/AGENTS.override.md", "app rule");
    assert_eq!(bench.done(1, "USER").await, "hi");
    let request = &bench.server.requests().await[0];
    assert_eq!(
        shape(request),
        [
            "00:message/developer:<PERMISSIONS>",
            "01:message/developer:DEVELOPER",
            "02:message/user:<AGENTS.MD>|<SKILLS>",
            "03:message/user:<ENVIRONMENT>",
            "04:message/user:USER",
        ]
    );
    assert_eq!(request.text_field("instructions").as_deref(), Some("INSTRUCTIONS"));
    let agents = request.input[2].item().texts()[0].to_owned();
    assert!(agents.contains("root rule\n\napp rule") && !agents.contains("shadowed"));
    assert!(agents.starts_with("# AGENTS.md instructions for /workspace/app\n"));
    let environment = request.input[3].item().text();
    assert!(environment.contains("<cwd>/workspace/app</cwd>"));
    assert!(environment.contains("<current_date>2026-01-15</current_date>"));
    assert!(request.input.iter().all(|item| item.item().id().is_none()), "client items have no id");
}

#[tokio::test]
async fn the_repository_above_the_workspace_does_not_count() {
    let mut bench = Bench::with(vec![whole(&[])], |config| config.folder = "app".into()).await;
    bench.host.put("AGENTS.md", "root rule");
    bench.host.put("app/x", "");
    bench.done(1, "USER").await;
    assert!(!shape(&bench.server.requests().await[0]).concat().contains("AGENTS.MD"));
}

#[tokio::test]
async fn only_changes_are_appended_and_the_prefix_holds() {
    let answers = vec![
        whole(&[reasoning("gAAAA1"), run("c1", "print one")]),
        whole(&[say("1")]),
        whole(&[say("2")]),
        whole(&[say("3")]),
        whole(&[say("4")]),
    ];
    let mut bench = Bench::new(answers).await;
    bench.host.put(".git/HEAD", "");
    bench.host.put("AGENTS.md", "root rule");
    bench.host.put("app/AGENTS.md", "app rule");
    bench.host.put("bare/x", "");
    bench.done(1, "ONE").await;
    bench.done(2, "TWO").await;
    bench.agent.set_folder("app");
    bench
        .agent
        .set_permissions(Permissions { sandbox: SandboxMode::ReadOnly, ..Permissions::default() });
    bench.done(3, "THREE").await;
    // The text is the same below a folder without its own file.
    bench.agent.set_folder("app/../bare");
    bench.done(4, "FOUR").await;
    let requests = bench.server.requests().await;
    assert_prefix_law(&requests);
    assert_eq!(requests[2].input.len(), requests[1].input.len() + 2, "answer and message only");
    let new = |at: usize| shape(&requests[at])[requests[at - 1].input.len()..].to_vec();
    assert_eq!(
        new(3),
        [
            "09:message/assistant:2",
            "10:message/developer:<PERMISSIONS>",
            "11:message/user:<AGENTS.MD>",
            "12:message/user:<ENVIRONMENT>",
            "13:message/user:THREE",
        ]
    );
    assert!(requests[3].input[11].item().text().contains("takes the place of every AGENTS.md"));
    let back: Vec<String> = requests[4].input[14..].iter().map(|raw| raw.item().text()).collect();
    assert!(back[1].contains("root rule") && back[2].contains("/workspace/bare</cwd>"));
    assert_eq!(back.len(), 4);
}

#[tokio::test]
async fn another_model_is_told_and_the_instructions_stay() {
    let mut bench = Bench::new(vec![whole(&[say("1")]), whole(&[say("2")])]).await;
    bench.done(1, "ONE").await;
    bench.agent.set_model("m2");
    bench.done(2, "TWO").await;
    let requests = bench.server.requests().await;
    assert_eq!(requests[1].text_field("model").as_deref(), Some("m2"));
    assert_eq!(requests[0].field("instructions"), requests[1].field("instructions"));
    assert_eq!(
        shape(&requests[1])[3..],
        ["03:message/assistant:1", "04:message/developer:<MODEL_SWITCH>", "05:message/user:TWO"]
    );
}

#[tokio::test]
async fn server_items_come_back_verbatim() {
    let mut bench =
        Bench::new(vec![whole(&[reasoning("gAAAA1"), run("c1", "print x")]), whole(&[say("k")])])
            .await;
    bench.done(1, "GO").await;
    let requests = bench.server.requests().await;
    let sent = [reasoning("gAAAA1"), run("c1", "print x")].map(|item| Raw::from_value(&item));
    assert_eq!(requests[1].input[3..5], sent);
    let body = requests[1].to_body();
    assert!(!body.contains("previous_response_id") && body.contains("\"store\":false"));
}
