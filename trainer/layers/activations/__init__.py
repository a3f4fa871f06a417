"""Activations, one per file: `build()` makes the module, `gain` scales an initialisation."""
