//! Each list once: columns, filters, sorting, JSON; the screen and the command print the same thing.
