//! What must hold whatever comes in.
