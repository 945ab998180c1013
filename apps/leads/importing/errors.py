from apps.core.errors import InvalidError


class FileError(InvalidError):
    """The file as a whole cannot be imported; the message says what to do about it."""

    code = "file_unreadable"
