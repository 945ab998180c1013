"""Structured logs: one JSON object a line, with the request id and without phone numbers."""

import logging
import re
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

request_id: ContextVar[str] = ContextVar("request_id", default="")
PHONE = re.compile(r"\+?\d{7,15}(\d{4})")


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonFormatter(BaseJsonFormatter):
    """JSON lines in which anything like a full phone number keeps its last four digits only."""

    def format(self, record: logging.LogRecord) -> str:
        return PHONE.sub(r"…\1", super().format(record))
