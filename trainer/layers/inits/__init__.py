"""Initialisations, one per file: `fill(weight, fans, gain)` sets a weight in place.

The weight is as its layer holds it; what it brings together and feeds is in `fans`.
"""
