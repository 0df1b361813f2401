"""What the stand-in refuses: Bot API errors as Telegram words them, and errors of the control API."""

from typing import Any


class ApiError(Exception):
    """A refusal in Telegram's form: HTTP status, description, optional ``parameters``."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(what: str, **parameters: int) -> ApiError:
    return ApiError(400, f"Bad Request: {what}", **parameters)


def forbidden(what: str) -> ApiError:
    return ApiError(403, f"Forbidden: {what}")


def conflict(what: str) -> ApiError:
    return ApiError(409, f"Conflict: {what}")


class ControlError(Exception):
    """A control request that cannot be done; ``status`` is the HTTP status it becomes."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
