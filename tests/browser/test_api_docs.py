"""The API's documentation in a browser that reaches no other server."""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Route, expect

from cdm_core.clock import Clock
from web.app import WebConfig, create_app
from web.server import serving

pytestmark = pytest.mark.browser


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Of an API whose database is away: documenting needs none."""
    app = create_app(WebConfig("postgresql://nobody@127.0.0.1:1/none", Clock(ZoneInfo("Asia/Dhaka"))))
    async with serving(app, "127.0.0.1", 0) as running:
        yield running


async def test_it_shows_every_endpoint_without_the_internet(address: str, browser: Browser) -> None:
    elsewhere: list[str] = []
    troubles: list[str] = []

    async def own_alone(route: Route) -> None:
        if route.request.url.startswith((address, "data:")):
            await route.continue_()
        else:
            elsewhere.append(route.request.url)
            await route.abort()

    page = await browser.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    await page.route("**/*", own_alone)
    await page.goto(f"{address}/docs")
    await expect(page.get_by_text("Customer data management over HTTP")).to_be_visible()
    assert await page.locator(".opblock").count() > 40
    await page.locator(".opblock", has_text="/cdm/ai/recommendations").first.click()
    await expect(page.get_by_role("button", name="Try it out").first).to_be_visible()
    await page.close()
    assert (elsewhere, troubles) == ([], [])
