"""Preprocessing, one way per file: `build(form)` makes a module of inputs → inputs of one shape.

`fit(module, inputs)` sets its buffers from the training set's inputs; they travel with the
checkpoint, so that a loaded model takes the inputs that the data set gives.
"""
