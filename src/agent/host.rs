//! The sandbox as the tools see it: a trait, so that turns are tested against an in-memory host.

use crate::sandbox::{ExecSpec, ProcessId, Progress, Sandbox, SandboxError, Until};
use std::future::Future;

/// Where commands run and files live. The methods mean what those of [`Sandbox`] mean.
///
/// The futures need not be `Send`: a run has its own current-thread runtime.
pub trait Host: std::fmt::Debug {
    /// See [`Sandbox::read`].
    fn read(
        &self,
        path: &str,
    ) -> impl Future<Output = Result<Option<(Vec<u8>, bool)>, SandboxError>>;
    /// See [`Sandbox::write`].
    fn write(
        &self,
        path: &str,
        content: &[u8],
        executable: bool,
    ) -> impl Future<Output = Result<(), SandboxError>>;
    /// See [`Sandbox::remove`].
    fn remove(&self, path: &str) -> impl Future<Output = Result<bool, SandboxError>>;
    /// See [`Sandbox::is_dir`].
    fn is_dir(&self, path: &str) -> impl Future<Output = Result<bool, SandboxError>>;
    /// See [`Sandbox::start_process`].
    fn start_process(
        &self,
        spec: &ExecSpec,
    ) -> impl Future<Output = Result<ProcessId, SandboxError>>;
    /// See [`Sandbox::wait`].
    fn wait(
        &self,
        process: ProcessId,
        until: &Until,
    ) -> impl Future<Output = Result<Progress, SandboxError>>;
    /// See [`Sandbox::feed`].
    fn feed(
        &self,
        process: ProcessId,
        bytes: &[u8],
        close: bool,
    ) -> impl Future<Output = Result<(), SandboxError>>;
    /// See [`Sandbox::kill`].
    fn kill(&self, process: ProcessId) -> impl Future<Output = Result<(), SandboxError>>;
}

impl Host for Sandbox {
    async fn read(&self, path: &str) -> Result<Option<(Vec<u8>, bool)>, SandboxError> {
        Self::read(self, path).await
    }

    async fn write(
        &self,
        path: &str,
        content: &[u8],
        executable: bool,
    ) -> Result<(), SandboxError> {
        Self::write(self, path, content, executable).await
    }

    async fn remove(&self, path: &str) -> Result<bool, SandboxError> {
        Self::remove(self, path).await
    }

    async fn is_dir(&self, path: &str) -> Result<bool, SandboxError> {
        Self::is_dir(self, path).await
    }

    async fn start_process(&self, spec: &ExecSpec) -> Result<ProcessId, SandboxError> {
        Self::start_process(self, spec).await
    }

    async fn wait(&self, process: ProcessId, until: &Until) -> Result<Progress, SandboxError> {
        Self::wait(self, process, until).await
    }

    async fn feed(
        &self,
        process: ProcessId,
        bytes: &[u8],
        close: bool,
    ) -> Result<(), SandboxError> {
        Self::feed(self, process, bytes, close).await
    }

    async fn kill(&self, process: ProcessId) -> Result<(), SandboxError> {
        Self::kill(self, process).await
    }
}
