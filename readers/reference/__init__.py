"""The expected result of a conversion, computed slowly and plainly from docs/FORMATS.md with Python's json.

It shares no code with the converter, keeps everything in memory, and is meant to be read next to the rules.
"""
