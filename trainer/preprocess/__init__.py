"""Preprocessing, one way per file: `build(form)` makes a module of inputs → inputs of one shape.

`fit(module, inputs)` sets its buffers from the training set's inputs; they travel with the
checkpoint, so that a loaded model takes the inputs that the data set gives. Buffers' shapes follow
from the form alone; unfitted, a module changes nothing.

Augmentation comes first: it sees the data set's own inputs (images of 0..1), and what is measured
here is of samples that are not augmented. Token ids are refused by all but `none`.
"""
