"""Augmentations, one per file: `apply(inputs, targets, form)` gives a batch of the same form.

Inputs [B, *form.shape] stay on their device; random numbers come from torch's global generators,
which the loop seeds: same seed, same batch, bit for bit. `targets` may become shares of classes
[B, form.outputs].

Augmentation comes before preprocessing: it sees the data set's own inputs, images of 0..1, and
what is black in them is 0. What moves an image moves its mask [B, H, W] with it, and fills in
class 0, the background.
"""
