"""Runs the commands in the documents, for the docs test and for refreshing the output shown under them.

The convention: a command stands in a fenced block marked ``console``, on a line that starts with ``$ ``; the lines
below it are what it printed, and ``...`` stands for lines left out. All commands of one document run in order in one
empty directory, and ``$(pidof sessions)`` is the service of ``examples/sessions``, built, loaded and serving.
"""
