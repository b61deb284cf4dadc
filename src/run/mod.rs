//! The matrix of runs: scenario x variant x trial, over a rayon pool, into a journal.
