"""Parameters of a Bot API call, however they came: query string, form, multipart or JSON."""

import json
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from bot.sandbox.errors import bad_request
from bot.sandbox.model import Json


class Args:
    """Typed reading of parameters with Telegram's refusals; forms carry structures as JSON text."""

    def __init__(self, values: dict[str, Any], uploads: dict[str, "Upload"]) -> None:
        self.values = values
        self.uploads = uploads

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; anything else counts as absent, as it does for Telegram."""
        value = self.values.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            return default

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "yes", "1")

    def structure(self, name: str, what: str) -> Any:
        """A JSON value or None; ``what`` names it in the refusal of broken JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None

    def mapping(self, name: str, what: str) -> Json:
        """A JSON object, empty when absent."""
        value = self.structure(name, what)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_request(f"can't parse {what}: expected an Object")
        return value

    def items(self, name: str, what: str) -> list[Any] | None:
        """A JSON array, None when absent."""
        value = self.structure(name, what)
        if value is not None and not isinstance(value, list):
            raise bad_request(f"can't parse {what}: expected an Array")
        return value

    def mappings(self, name: str, what: str) -> list[Json] | None:
        """A JSON array of objects, None when absent."""
        value = self.items(name, what)
        if value is not None and not all(isinstance(one, dict) for one in value):
            raise bad_request(f"can't parse {what}: expected an Array of Objects")
        return value

    def upload(self, name: str) -> "Upload | None":
        """The file sent as ``name`` itself or by ``attach://``; None when it is an id or absent."""
        if name in self.uploads:
            return self.uploads[name]
        value = self.text(name)
        return self.uploads.get(value.removeprefix("attach://")) if value.startswith("attach://") else None


class Upload:
    """A file as it was sent."""

    def __init__(self, name: str, mime: str, data: bytes) -> None:
        self.name = name
        self.mime = mime
        self.data = data


def load_object(body: bytes) -> Json:
    """The JSON object in ``body``; UnicodeError for text that is no text, ValueError for all else."""
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    if rb"\u" in body:
        json.dumps(value, ensure_ascii=False).encode()
    return value


async def read_args(request: Request) -> Args:
    """The call's parameters; a body in any of the forms Telegram takes."""
    values: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        body = await request.body()
        try:
            values |= load_object(body) if body else {}
        except UnicodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
        except ValueError:
            raise bad_request("can't parse request body JSON object") from None
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form(max_part_size=64 * 1024 * 1024) as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    mime = part.content_type or "application/octet-stream"
                    uploads[name] = Upload(part.filename or "file", mime, await part.read())
                else:
                    values[name] = part
    return Args(values, uploads)
