"""Logging for people or machines; the token is cut out of whatever passes."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal

_TOKEN = re.compile(r"\b\d{3,}:[A-Za-z0-9_-]{6,}")
HIDDEN = "<token>"

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NOISY = ("httpx", "httpcore", "telegram", "aiohttp", "apscheduler", "asyncio", "alembic", "PIL")


def masked(text: str) -> str:
    """Replace everything that looks like a bot token."""
    return _TOKEN.sub(HIDDEN, text)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


class TextFormatter(logging.Formatter):
    """One line: time, level, what happened, its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record as a line for people."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone()
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        line = f"{at:%H:%M:%S} {record.levelname.lower():<7} {record.getMessage()}"
        line += f" ({fields})" if fields else ""
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return masked(line)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for machines that count."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record as a JSON object."""
        value: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            value["traceback"] = self.formatException(record.exc_info)
        return masked(json.dumps(value, default=str, ensure_ascii=False))


def set_up(*, level: str, form: Literal["text", "json"]) -> None:
    """Send log records to stderr; libraries only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
