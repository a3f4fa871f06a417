"""Augmentations, one per file: `apply(inputs, targets, form)` gives a batch of the same form.

Inputs [B, *form.shape] stay on their device; random numbers come from torch's global generators,
which the loop seeds. `targets` may become shares of classes [B, form.outputs].
"""
