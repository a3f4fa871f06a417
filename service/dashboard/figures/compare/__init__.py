"""Figures of trials or studies that are compared, one per file."""
