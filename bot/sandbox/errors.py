"""What the Bot API answers when it refuses a call."""

from __future__ import annotations


class ApiError(Exception):
    """A refused call: the HTTP status and the words that the caller gets."""

    def __init__(
        self,
        code: int,
        description: str,
        *,
        retry_after: int | None = None,
        migrate_to_chat_id: int | None = None,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id

    def to_json(self) -> dict[str, object]:
        """Build the body of the answer."""
        body: dict[str, object] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        elif self.migrate_to_chat_id is not None:
            body["parameters"] = {"migrate_to_chat_id": self.migrate_to_chat_id}
        return body


def bad_request(reason: str, *, migrate_to_chat_id: int | None = None) -> ApiError:
    """Make a 400 out of `reason`, which is written as Telegram writes it."""
    return ApiError(400, f"Bad Request: {reason}", migrate_to_chat_id=migrate_to_chat_id)


def forbidden(reason: str) -> ApiError:
    """Make a 403 out of `reason`."""
    return ApiError(403, f"Forbidden: {reason}")


def too_many_requests(retry_after: int) -> ApiError:
    """Make a 429 that asks for a pause of `retry_after` seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
