"""Losses, one per file: `build(form)` makes a module of (outputs, targets) → scalar.

It is the mean over the batch. A loss may have weights of its own, which are trained along.
"""
