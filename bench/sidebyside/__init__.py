"""The parts of the bench.

Whole processes are measured, so the process that starts them imports nothing large.
"""
