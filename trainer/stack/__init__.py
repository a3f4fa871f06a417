"""Trains K trials of one stack key as one model (DESIGN §7).

build.py     K models, made as the single path makes them, with their tensors in [K, *shape] blocks
scalars.py   numbers in the models that differ between the trials
dropout.py   masks that are the single loop's, though each trial has a rate of its own
step.py      forward and backward of all trials at once
clipping.py  per trial
optimizers/  the update rules, one per file
meter.py     the signals of the `cheap` profile, as vectors over the trials
refusals.py  what cannot be stacked, and why
loop.py      `train_many`: what happens when, epoch by epoch
"""
