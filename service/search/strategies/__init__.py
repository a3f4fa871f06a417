"""One strategy per file; the file stem is its name in a study."""
