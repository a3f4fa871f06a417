"""Figures of a study, one per file."""
