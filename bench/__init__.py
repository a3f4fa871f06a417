"""Side-by-side benchmarks; each script's result file lies beside it."""
