"""The chat page: one HTML file, its style and its scripts, from the folder ``page``."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

_FOLDER = Path(__file__).parent / "page"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


async def page(_: Request) -> Response:
    return FileResponse(_FOLDER / "index.html", headers=_HEADERS)


ROUTES: list[BaseRoute] = [
    Route("/", page),
    Mount("/page", StaticFiles(directory=_FOLDER)),
]
