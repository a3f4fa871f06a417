"""A whole study trained by Sitter, beside what trains the same points without it.

cases.py      what is trained, for how long, and what is aimed at
networks.py   the networks, written by hand
rivals.py     B0, what a user would write; B1, the best loop over one trial
compiled.py   B1 with its whole step compiled
lanes.py      warm processes that rivals train in; B2 is as many as there are cores
ours.py       service and workers, a study from its submission to its end
table.py      medians, ratios, what was aimed at
"""
