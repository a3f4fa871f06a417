"""Trains K trials of one stack key as one model (DESIGN §7).

loop.py      `train_many`: recipes in, events out
fusion.py    trials that come and go between epochs: continuous batching
fused.py     what is computed for all of them: an epoch of training, and its evaluation
chunk.py     how many are computed at once: what a step needs is there for those only
trial.py     what each has of its own: how it is judged, and when it ends
build.py     K models, made as the single path makes them, with their tensors in [K, *shape] blocks
engines/     two ways to compute a step of all trials at once
optimizers/  the update rules, one per file
scalars.py   numbers in the models that differ between the trials
dropout.py   masks that are the single loop's, though each trial has a rate of its own
clipping.py  per trial
meter.py     the signals of the `cheap` profile, as vectors over the trials
refusals.py  what cannot be stacked, and why
planner.py   whether to stack at all, by which engine, and how many: measured once, then remembered
plans.py     what it decides, out of which timings: arithmetic
stopwatch.py the timings
memory.py    what a trial takes, and what is free
progress.py  a bar
"""
