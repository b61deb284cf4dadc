//! Tables, summaries and terminal output, all computed from journals.
