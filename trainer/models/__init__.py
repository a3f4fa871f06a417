"""Models, one per file: `build(form)` makes the module for data of this form.

Weights are drawn from torch's global generator, which the loop seeds. Layers have names that
verdicts can use (`fc1`, `conv2`, `output`). A model that puts out a list, its heads' outputs from
the last to the first, does so in training mode only.
"""
