//! libCacheSim's binary format `oracleGeneral`: records of 24 bytes, least byte first: time (4), object
//! (8), size (4), and the number of the next access to it (8), which is not needed here. A record is a
//! request of one block; sizes are passed over, since all blocks are equal here.
//!
//! Nothing in such a file says what it is, so that its name has to.

use super::intern::Id;

/// Bytes of a record.
pub(super) const RECORD: usize = 24;

/// Whether a file of this name is one.
pub(super) fn is_named(name: &str) -> bool {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name = name.to_ascii_lowercase();
    // `oracleGeneralOpNS` has records of another size.
    let other = [".jsonl", ".txt", ".csv", "oraclegeneralopns"];
    name.contains("oraclegeneral") && !other.iter().any(|other| name.contains(other))
}

/// The object of a record.
pub(super) fn object(record: &[u8; RECORD]) -> Id {
    let mut id = [0; 8];
    id.copy_from_slice(&record[4..12]);
    u64::from_le_bytes(id).into()
}

#[cfg(test)]
mod tests {
    use super::{is_named, object};

    #[test]
    fn names_and_records() {
        assert!(is_named("a/w100.oracleGeneral.bin.zst") && is_named("x.oracleGeneral"));
        assert!(!is_named("oracleGeneral/trace.jsonl") && !is_named("a.oracleGeneral.jsonl"));
        assert!(!is_named("a.oracleGeneralOpNS.zst"));
        let mut record = [0xff; 24];
        record[4..12].copy_from_slice(&7u64.to_le_bytes());
        assert_eq!(object(&record), 7);
    }
}
