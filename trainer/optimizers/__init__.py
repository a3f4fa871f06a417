"""Optimizers, one per file: `over(parameters)` makes the torch optimizer."""
