"""What can go wrong with one input, and is that input's outcome rather than the job's."""


class InputError(Exception):
    """An input that cannot be converted. ``reason`` is a word of docs/FORMATS.md."""

    reason = "unreadable"


class Changed(InputError):
    """The version that the manifest pins is no longer there."""

    reason = "conflict"


class Missing(InputError):
    """The input is gone."""

    reason = "missing"


class Unreadable(InputError):
    """A compressed file is damaged or ends too early."""
