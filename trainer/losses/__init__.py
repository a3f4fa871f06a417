"""Losses, one per file: `of(outputs, targets)` is the mean over the batch, a scalar tensor."""
