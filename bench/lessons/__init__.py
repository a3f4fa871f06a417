"""Trains the lessons of examples/lessons and asserts what they teach.

`lesson.py` is the format of their files, `quantities.py` what can be seen of a run, `course.py`
trains, `page.py` writes the table. Everything stands on the trainer alone; no service runs.
"""
