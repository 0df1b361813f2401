"""``/docs``: the documentation as a page, with all that it loads (``web/swagger_ui``): no other server is asked."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

PATH = "/docs"

_VERSION = "5.35.0"
"""In the address of its files, so that browsers may keep them."""

_FILES = Path(__file__).parents[1] / "swagger_ui"
_SCRIPT, _STYLE, _ICON = "swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def front() -> RedirectResponse:
    """Whoever opens the address in a browser finds the documentation."""
    return RedirectResponse(f".{PATH}")


@router.get(PATH)
async def page(request: Request) -> HTMLResponse:
    files = f".{PATH}/{_VERSION}"
    return get_swagger_ui_html(
        openapi_url=f".{request.app.openapi_url}",
        title=request.app.title,
        swagger_js_url=f"{files}/{_SCRIPT}",
        swagger_css_url=f"{files}/{_STYLE}",
        swagger_favicon_url=f"{files}/{_ICON}",
        swagger_ui_parameters={"validatorUrl": None},
    )


@router.get(f"{PATH}/{_VERSION}/{{name}}")
async def file(name: str) -> FileResponse:
    """One of those that the page names."""
    if name not in (_SCRIPT, _STYLE, _ICON):
        raise HTTPException(404)
    return FileResponse(_FILES / name, headers=_KEPT)
