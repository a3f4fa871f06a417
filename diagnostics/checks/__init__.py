"""One file per check; no torch here, so that stored histories can be judged anywhere."""
