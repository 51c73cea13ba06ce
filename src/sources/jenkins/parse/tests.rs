//! Every recorded answer, read.
