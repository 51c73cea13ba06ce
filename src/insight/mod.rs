//! Pure functions from a snapshot to conclusions: why an item waits, capacity, when something starts or ends.
