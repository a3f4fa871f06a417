"""Figures of a trial, one per file."""
