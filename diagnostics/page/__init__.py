"""A report as one self-contained HTML page: no script, no other host, no file beside it."""

from diagnostics.page.document import document

__all__ = ["document"]
