"""Runs of known outcome, watched by preflight and Monitor, beside the rules of others.

grammar.py        case files as dataclasses; every error says where it is
schedules.py      learning rates as expressions in `epoch`
faults.py         what a loop can be told to do wrong, in words
datasets.py       the data sets of the case files; pictures.py, those of our own cases
networks.py       layers as a case names them; architectures.py, networks of our own cases
losses.py         the losses, and the targets each of them takes
setup.py          a case and a seed become a model, an optimizer and data
corruption.py     faults in the data
loop.py           the training loop, as a user would write it
truth.py          what a run is worth without the faults of its loop
watchers.py       preflight and Monitor beside the loop; contest.py, everybody on one case
rivals/           rules as others ship them, from their documentation
scoring.py        what a run comes to, and what all runs come to; table.py, the same as text
measure.py        the runs without any watcher: are the labels true?
own.yaml          our own single faults and their healthy twins
"""
