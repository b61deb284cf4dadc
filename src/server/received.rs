//! What came in, before it is understood.

/// A body as it arrived.
#[derive(Debug)]
pub(super) struct Received {
    /// Bytes before decompression.
    pub(super) wire_bytes: u64,
    pub(super) body: Vec<u8>,
}
