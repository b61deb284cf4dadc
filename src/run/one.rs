//! One run: sandbox, workspace, session, checks, verdict.

use super::observe::Tap;
use super::session::{Session, cancelled};
use super::working::SessionEnd;
use super::{Matrix, OutDir, RunError, RunSpec, Source, Subject};
use crate::external;
use crate::recording::journal::{
    Event, RunFinished, RunKey, RunStarted, RunWriter, Sink, Verdict, check_reason,
};
use crate::recording::secrets::Secrets;
use crate::recording::{Recorder, Recording};
use crate::sandbox::{Guarantee, Sandbox, SandboxSpec};
use crate::scenario::{self, ToolsOrder, Workshop, WorkspaceError};
use crate::wire::Digest;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Where programs find the server: on the loopback of their own network namespace.
const AGENT_PORT: u16 = 4141;

/// What a run came to, beside its journal.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// Which run.
    pub key: RunKey,
    /// The verdict, before expectations.
    pub verdict: Verdict,
    /// One line: why, when not passed.
    pub reason: Option<String>,
    /// Why a failure is expected, if it is.
    pub expect_fail: Option<String>,
    /// Wall-clock milliseconds.
    pub wall_ms: u64,
    /// Programs used and their versions.
    pub programs: Vec<String>,
    /// Guarantees of the sandbox that were missing.
    pub missing: Vec<(Guarantee, String)>,
    /// The recording that was made, if asked for.
    pub recording: Option<Recording>,
}

/// Does one run on a runtime of its own.
pub fn run_one(
    spec: &RunSpec,
    matrix: &Matrix,
    out: &OutDir,
    cancel: &AtomicBool,
) -> Result<RunReport, RunError> {
    let start = Instant::now();
    let writer = Arc::new(RunWriter::create(out.path(), &spec.key, spec.source.secrets())?);
    let mut run = Run {
        spec,
        matrix,
        writer: Arc::clone(&writer),
        cancel,
        programs: Vec::new(),
        missing: Vec::new(),
        recording: None,
        listener: None,
        log: String::new(),
    };
    run.started();
    let end = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run.whole()),
        Err(error) => End::error(format!("cannot start a runtime: {error}")),
    };
    let reason = end.reason.clone();
    writer.event(Event::RunFinished(Box::new(RunFinished {
        verdict: end.verdict,
        reason: end.reason,
        unplayed: end.unplayed,
        unsettled: end.unsettled,
        tree: end.tree,
    })));
    let Run { programs, missing, recording, log, .. } = run;
    writer.failure()?;
    if !log.is_empty() {
        writer.agent_log(&log)?;
    }
    Ok(RunReport {
        key: spec.key.clone(),
        verdict: end.verdict,
        reason,
        expect_fail: spec.effective.expect_fail.clone(),
        wall_ms: start.elapsed().as_millis() as u64,
        programs,
        missing,
        recording,
    })
}

struct Run<'a> {
    spec: &'a RunSpec,
    matrix: &'a Matrix,
    writer: Arc<RunWriter>,
    cancel: &'a AtomicBool,
    programs: Vec<String>,
    missing: Vec<(Guarantee, String)>,
    recording: Option<Recording>,
    listener: Option<TcpListener>,
    log: String,
}

/// How a run ended.
struct End {
    verdict: Verdict,
    reason: Option<String>,
    unplayed: u32,
    unsettled: bool,
    tree: Option<Digest>,
}

impl End {
    fn early(verdict: Verdict, reason: String) -> Self {
        Self { verdict, reason: Some(reason), unplayed: 0, unsettled: false, tree: None }
    }

    fn interrupted() -> Self {
        Self::early(Verdict::Interrupted, "stopped by the user".to_owned())
    }

    fn error(reason: String) -> Self {
        Self::early(Verdict::Error, reason)
    }
}

impl Run<'_> {
    fn started(&self) {
        let (scenario, effective) = (&self.spec.scenario, &self.spec.effective);
        let facts = serde_json::to_string(&scenario.file.facts).unwrap_or_default();
        self.writer.event(Event::RunStarted(Box::new(RunStarted {
            run: self.spec.key.clone(),
            seed: self.spec.seed,
            agent: self.spec.subject.label(),
            provenance: self.spec.source.provenance(),
            scenario_digest: scenario.digest,
            variant_digest: effective.digest(),
            cache: effective.cache.to_string(),
            compaction: effective.compaction.strategy.as_str().to_owned(),
            model: self.spec.subject.model(&scenario.file.model).to_owned(),
            facts: self.writer.object(facts.as_bytes()),
            expect_fail: effective.expect_fail.clone(),
            draws: effective.prompt.tools_order == ToolsOrder::Shuffled,
        })));
    }

    async fn whole(&mut self) -> End {
        let required = &self.spec.scenario.file.requires;
        let host = &self.matrix.host;
        let found = match scenario::resolve(required, &host.path) {
            Ok(found) => found,
            Err(broken) if broken.is_present() => return End::error(broken.to_string()),
            Err(missing) => return End::early(Verdict::Skipped, missing.to_string()),
        };
        self.programs = found.iter().map(|one| format!("{} {}", one.name, one.version)).collect();
        let setup = SandboxSpec {
            mode: host.sandbox,
            programs: found.iter().filter_map(|found| found.program.clone()).collect(),
            env: Vec::new(),
            limits: Default::default(),
            scratch: host.scratch.clone(),
            listen: None,
        };
        let mut spec = setup.clone();
        if let Subject::External(agent) = &self.spec.subject {
            let (scenario, effective) = (&self.spec.scenario, &self.spec.effective);
            if let Some(why) = external::unsupported(&agent.file, scenario, effective) {
                return End::early(Verdict::Skipped, why);
            }
            let more = agent.programs.iter().filter(|more| !setup.programs.contains(more));
            spec.programs.extend(more.cloned());
            spec.listen = Some(AGENT_PORT);
        }
        let workshop =
            Workshop { helper: &host.helper, spec: &setup, found: &found, cache: &host.cache };
        let mut sandbox = match Sandbox::start(&host.helper, &spec).await {
            Ok(sandbox) => sandbox,
            Err(error) => return End::error(error.to_string()),
        };
        self.listener = sandbox.take_listener();
        let sandbox = Arc::new(sandbox);
        self.missing = sandbox.missing().to_vec();
        let end = match scenario::probe(&sandbox, &found).await {
            Ok(Ok(())) => self.inside(&sandbox, &workshop).await.map_err(|error| error.to_string()),
            Ok(Err(broken)) => Err(broken.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let end = end.unwrap_or_else(End::error);
        if let Some(sandbox) = Arc::into_inner(sandbox)
            && let Err(error) = sandbox.stop().await
            && end.verdict == Verdict::Pass
        {
            return End::error(error.to_string());
        }
        end
    }

    async fn inside(
        &mut self,
        sandbox: &Arc<Sandbox>,
        workshop: &Workshop<'_>,
    ) -> Result<End, WorkspaceError> {
        let spec = self.spec;
        let seeded = scenario::fill(sandbox, &spec.scenario, &spec.effective, workshop).await?;
        let recorder = self.matrix.record.then(|| {
            let (key, model) = (&spec.key, &spec.scenario.file.model);
            let mut header = spec.subject.header(model, &key.scenario, &key.variant);
            if let Source::Live(live) = &spec.source {
                header.provenance = "recorded".to_owned();
                header.upstream = Some(live.upstream.host().to_owned());
            }
            Recorder::new(header)
        });
        let writer = Arc::clone(&self.writer);
        let tap = match &spec.subject {
            Subject::Builtin => Tap::new(writer, recorder),
            Subject::External(_) => {
                Tap::for_program(writer, recorder, spec.scenario.file.budgets.clone())
            }
        };
        let tap = Arc::new(tap.within(spec.source.allowance().cloned()));
        let playing = spec.source.model(
            &spec.scenario,
            &spec.effective,
            spec.subject.client(),
            self.matrix.matching,
        );
        let session = Session {
            scenario: &spec.scenario,
            effective: &spec.effective,
            seed: spec.seed,
            host: &self.matrix.host,
            writer: Arc::clone(&self.writer),
            tap: Arc::clone(&tap),
            behind: playing.behind.clone(),
            sandbox: Arc::clone(sandbox),
            subject: &spec.subject,
            listener: self.listener.take(),
            seed_files: seeded.entries,
            cancel: self.cancel,
        };
        let done = session.run().await;
        let kept = |recorder: Recorder| spec.subject.kept(&recorder.finish(), &Secrets::default());
        self.recording = tap.take_recorder().map(kept);
        let done = match done {
            Ok(done) => done,
            Err(reason) => return Ok(End::error(reason)),
        };
        self.log.clone_from(&done.log);
        let mut end = match done.end {
            SessionEnd::Interrupted => {
                return Ok(End::interrupted());
            }
            // It says nothing of the agent that we end its run for money, so this is no failure.
            SessionEnd::Limit(why) => return Ok(End::early(Verdict::Interrupted, why)),
            SessionEnd::Done => End { reason: None, ..End::early(Verdict::Pass, String::new()) },
            SessionEnd::Failed(error) => End::early(Verdict::Fail, error),
            SessionEnd::Budget(which) => {
                let budgets = &spec.scenario.file.budgets;
                let of = match which {
                    "requests" => u64::from(budgets.requests),
                    "bytes" => budgets.bytes,
                    _ => u64::from(budgets.seconds),
                };
                let reason = format!("`budgets.{which}` ({of}) is used up");
                match which {
                    "seconds" => End::early(Verdict::Timeout, reason),
                    _ => End::early(Verdict::Unfinished, reason),
                }
            }
        };
        end.unplayed = playing.unplayed();
        if matches!(spec.subject, Subject::External(_)) {
            let tools = playing.rendered(&tap.exchanges());
            self.writer.event(Event::Rendered { tools });
        }
        end.unsettled = done.unsettled;
        // Before the checks, whose commands may leave files behind.
        end.tree = Some(scenario::final_tree(sandbox).await?);
        let checks = tokio::select! {
            checks = scenario::run_checks(sandbox, &spec.scenario, &done.evidence) => checks?,
            () = cancelled(self.cancel) => return Ok(End::interrupted()),
        };
        for check in checks {
            if !check.passed && end.verdict == Verdict::Pass {
                end.verdict = Verdict::Fail;
                end.reason = Some(check_reason(&check.name, &check.detail));
            }
            self.writer.event(Event::Check(check));
        }
        // Checks that fail here fail because of the answers, or in spite of them.
        if matches!(end.verdict, Verdict::Pass | Verdict::Fail | Verdict::Unfinished)
            && let Some(why) = tap.off_policy()
        {
            end.verdict = Verdict::OffPolicy;
            end.reason = Some(match end.reason.take() {
                Some(reason) => format!("{why}; {reason}"),
                None => why,
            });
        }
        if end.verdict == Verdict::Pass
            && let Some(left) = playing.left(&tap.answered())
        {
            end.verdict = Verdict::Fail;
            end.reason = Some(left);
        }
        Ok(end)
    }
}
