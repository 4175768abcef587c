"""The journal: every fact in one append-only, hash-chained SQLite file; one writer, any number of readers."""
