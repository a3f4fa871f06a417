"""One stopping rule per file; the file stem is its name in a study."""
