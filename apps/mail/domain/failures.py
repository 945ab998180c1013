"""What a mail server's refusal means: try again later, or never (RFC 5321, section 4.2.1)."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected
from typing import Final, NamedTuple

# How long to wait after each try that failed for now; after the last of them it is given up.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))


class Failure(NamedTuple):
    """Why an e-mail did not leave, and whether that may pass."""

    is_temporary: bool
    reason: str


def read_failure(error: Exception) -> Failure:
    """What the error of a sending says."""
    if isinstance(error, SMTPRecipientsRefused) and error.recipients:
        code, text = next(iter(error.recipients.values()))
        return _answered(code, text)
    if isinstance(error, SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error)
    is_temporary = isinstance(error, OSError | SMTPServerDisconnected)
    return Failure(is_temporary, f"{type(error).__name__}: {error}")


def _answered(code: int, text: bytes | str) -> Failure:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Failure(400 <= code < 500, f"{code} {' '.join(words.split())}")
