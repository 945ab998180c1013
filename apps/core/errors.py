"""The error tree: an anticipated failure has a stable code and a sentence for the person who can fix it."""


class AppError(Exception):
    """An anticipated failure; `code` is stable and machine-readable, `message` says what to do."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class NotAllowedError(AppError):
    """The person or key may not do this."""

    code = "not_allowed"


class ConflictError(AppError):
    """The thing has changed meanwhile or is in a state that does not permit this."""

    code = "conflict"


class InvalidError(AppError):
    """A value is wrong; `field` names it."""

    code = "invalid"

    def __init__(self, message: str, *, field: str = "", code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field
