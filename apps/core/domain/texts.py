"""Texts that are said on the telephone or stand in headers of e-mails."""

import re
from typing import Final

# What XML takes in no writing, so that a document for the carrier could not hold it; line ends among them.
_UNSPEAKABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff]")


def one_line(text: str) -> str:
    """The text on one line, without control characters and doubled spaces."""
    return " ".join(_UNSPEAKABLE.sub(" ", text).split())
