"""Schedules, one per file: `at(t, total)` is the factor on lr at step t of `total`, from 0."""
