"""File formats, one per file: `look` is for the service on submit, `read` for a trial."""
