"""Metrics, one per file: `of(outputs, targets, form)` scores a whole validation set.

`outputs` are the model's on all samples, `targets` the data set's; the answer is a float.
"""
