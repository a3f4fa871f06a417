"""Norms, one per file: `build(channels, dims)` for [N, C] (dims 1) or [N, C, H, W] (dims 2)."""
