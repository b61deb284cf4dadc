//! Replaces this machine's paths in a stream of output.
//!
//! A read may end in the middle of a path, so the longest end of the data that could still become
//! one is held back until more comes or the stream ends.

/// A replacing filter. With no pairs it passes everything on.
#[derive(Debug, Default)]
pub(super) struct Rewrite {
    /// From, to; longest `from` first, none empty.
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
    held: Vec<u8>,
}

impl Rewrite {
    pub(super) fn new(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Self {
        Self { pairs, held: Vec::new() }
    }

    /// The next piece of the stream, replaced as far as it is certain.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.filter(bytes, false)
    }

    /// What was held back: the stream has ended.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        self.filter(&[], true)
    }

    fn filter(&mut self, bytes: &[u8], last: bool) -> Vec<u8> {
        if self.pairs.is_empty() {
            return bytes.to_vec();
        }
        let mut data = std::mem::take(&mut self.held);
        data.extend(bytes);
        let mut out = Vec::with_capacity(data.len());
        let mut at = 0;
        'bytes: while at < data.len() {
            let rest = &data[at..];
            for (from, to) in &self.pairs {
                if rest.starts_with(from) {
                    out.extend(to);
                    at += from.len();
                    continue 'bytes;
                }
                if !last && from.starts_with(rest) {
                    self.held = rest.to_vec();
                    break 'bytes;
                }
            }
            out.push(data[at]);
            at += 1;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rewrite() -> Rewrite {
        let pair = |from: &str, to: &str| (from.as_bytes().to_vec(), to.as_bytes().to_vec());
        Rewrite::new(vec![pair("/s/u/", "/"), pair("/s/u", "/"), pair("/rs", "/opt")])
    }

    fn whole(text: &str) -> String {
        let mut rewrite = rewrite();
        let mut out = rewrite.push(text.as_bytes());
        out.extend(rewrite.finish());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn folder_and_its_content() {
        assert_eq!(whole("at /s/u/workspace/a: no\n"), "at /workspace/a: no\n");
        assert_eq!(whole("/s/u"), "/");
        assert_eq!(whole("/s/u\n/rs/x /s"), "/\n/opt/x /s");
    }

    #[test]
    fn without_pairs_nothing_is_held() {
        assert_eq!(Rewrite::default().push(b"/s/u"), b"/s/u");
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(text in "[/sur x]{0,40}", cuts in prop::collection::vec(0usize..40, 0..6)) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            cuts.push(text.len());
            let mut rewrite = rewrite();
            let (mut out, mut from) = (Vec::new(), 0);
            for cut in cuts {
                out.extend(rewrite.push(&text.as_bytes()[from..cut]));
                from = cut;
            }
            out.extend(rewrite.finish());
            prop_assert_eq!(String::from_utf8(out).unwrap(), whole(&text));
        }
    }
}
