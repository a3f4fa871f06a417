"""One file per thing measured on a live model: the torch that stored histories do without."""
