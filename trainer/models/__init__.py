"""Models, one per file: `build(shape, classes)` makes the module for inputs of `shape`.

Weights are drawn from torch's global generator, which the loop seeds. Layers have names that
verdicts can use (`fc1`, `conv2`, `output`).
"""
