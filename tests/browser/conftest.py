"""Headless Chromium before a stand-in with a bot of fixed answers behind it."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, async_playwright
from telegram import Bot

from bot.sandbox.client import Sandbox
from bot.sandbox.server import running_sandbox
from tests.browser.shop_bot import shop_bot

DHAKA = ZoneInfo("Asia/Dhaka")
OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    now = [datetime(2026, 11, 22, 11, 10, tzinfo=DHAKA)]

    async def move(wish: int | str) -> datetime:
        later = now[0] + (timedelta(minutes=wish) if isinstance(wish, int) else timedelta(days=1))
        now[0] = later if isinstance(wish, int) else later.replace(hour=9, minute=0)
        return now[0]

    async def cart() -> tuple[str, str]:
        return "৳5,500 left in the cart", "কার্টে ৳৫,৫০০ রয়ে গেল"

    world = {"cart": ("Cart abandoned", "কার্ট ছেড়ে গেল", cart)}
    async with running_sandbox(clock_hook=move, world=world, zone="Asia/Dhaka") as running:
        await running.move_clock(0)
        yield running


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with shop_bot(sandbox) as running:
        yield running


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("these tests need Chromium: install it or set CHROMIUM_PATH")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=path, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        await chromium.close()


@pytest.fixture
async def open_page(sandbox: Sandbox, browser: Browser) -> AsyncIterator[OpenPage]:
    """``await open_page("/?as=tanvir", width, height)``: a page that is ready and never logs an error."""
    contexts = []
    troubles: list[str] = []

    async def opened(path: str, width: int = 1280, height: int = 800) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, has_touch=width < 600, is_mobile=width < 600, locale="en-GB"
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
        await page.goto(sandbox.url + path)
        await page.wait_for_selector("body[data-ready]")
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert troubles == []
