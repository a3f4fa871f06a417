"""All SQL: functions that take a Session. Nothing here commits.

Locks are taken in one order, lease → study → trials, and whoever changes a trial's state holds
its study's row; so two writers can never wait for each other.
"""
