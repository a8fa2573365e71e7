"""Errors of one input, which decide that input's outcome and not the job's."""


class InputError(Exception):
    """An input that cannot be converted. ``reason`` is a word of docs/FORMATS.md."""

    reason = "unreadable"


class Changed(InputError):
    """The version that the manifest pins no longer exists."""

    reason = "conflict"


class Missing(InputError):
    """The input no longer exists."""

    reason = "missing"


class Unreadable(InputError):
    """A compressed file is damaged or ends too early."""
