"""Trains recipes: a recipe in, events out. Stands alone; torch is imported on first use of `run`."""
