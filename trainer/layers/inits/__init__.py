"""Initialisations, one per file: `fill(weight, gain)` sets a weight [out, in, ...] in place."""
