"""What the conversion should give, worked out the slow and plain way from docs/FORMATS.md on top of Python's json.

It shares no code with the converter, keeps everything in memory, and is meant to be read beside the rules.
"""
