"""One file per thing measured on a live model; the only torch in diagnostics, with monitor.py."""
