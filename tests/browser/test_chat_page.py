"""The chat page as people use it, at phone and desktop width."""

import pytest
from playwright.async_api import expect
from telegram import Bot

from bot.sandbox.client import Sandbox
from tests.browser.conftest import OpenPage
from tests.browser.shop_bot import ALERT, FARHANA, GROUP, NUSRAT, TANVIR, chart, keyboard

pytestmark = pytest.mark.browser


async def test_a_day_on_a_phone(sandbox: Sandbox, bot: Bot, open_page: OpenPage) -> None:
    page = await open_page("/?as=tanvir&start=CODE12", 360, 740)
    await page.get_by_role("button", name="শুরু করুন").click()
    await expect(page.locator(".message.own .text").first).to_contain_text("/start CODE12")
    await page.get_by_role("button", name="📞 কল লিস্ট").click()
    await expect(page.locator(".message.own").last).to_contain_text("কল লিস্ট")
    field = page.get_by_role("textbox", name="মেসেজ লিখুন")
    await field.fill("5678")
    await field.press("Enter")
    card = page.locator(".message.other").last
    await expect(card).to_contain_text("রহিম উদ্দিন")
    await expect(card.locator("a", has_text="+880 1712-345678")).to_have_attribute("href", "tel:+8801712345678")
    text = await card.locator(".text").evaluate(
        "e => [e.clientWidth, getComputedStyle(e).fontSize, e.scrollHeight <= e.clientHeight]"
    )
    assert text == [280, "16px", True]
    await card.get_by_role("button", name="ধরেনি").click()
    await expect(page.get_by_role("status")).to_have_text("লেখা হয়েছে")
    await expect(page.locator(".message.other").last).to_contain_text("এডিট করা")
    await card.get_by_role("button", name="⋯ আরও").wait_for(state="detached")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await page.get_by_role("button", name="চ্যাট লিস্টে ফিরুন").click()
    await expect(page.get_by_role("button", name="Team Mirpur")).to_be_visible()


async def test_side_by_side_ringing_and_silent(sandbox: Sandbox, bot: Bot, open_page: OpenPage) -> None:
    for person in ("nusrat", "farhana"):
        await sandbox.say(person, "/start")
        await sandbox.wait_for(person, contains="স্বাগতম")
    page = await open_page("/?as=nusrat,farhana")
    keys = keyboard("🙋 I'll call|⋯ Card")
    sent = await bot.send_message(NUSRAT, ALERT, parse_mode="HTML", reply_markup=keys)
    await bot.send_message(FARHANA, ALERT, parse_mode="HTML", reply_markup=keys)
    columns = page.locator(".column")
    for column in (columns.nth(0), columns.nth(1)):
        await expect(column.locator(".message.other").last).to_contain_text("Payment failed")
        await expect(column.locator(".message.ringing")).to_have_count(1)
    await bot.edit_message_text("🙋 Farhana is calling", NUSRAT, sent.message_id)
    await expect(columns.nth(0).locator(".message.other").last).to_contain_text("Farhana is calling")
    await bot.send_message(NUSRAT, "☀️ digest", disable_notification=True)
    await expect(columns.nth(0).get_by_role("img", name="Came without sound")).to_have_count(1)
    await page.get_by_role("button", name="Close this column").last.click()
    await expect(columns).to_have_count(1)
    await bot.send_message(GROUP, "3 birthdays", disable_notification=True)
    await expect(page.locator(".chat-line", has_text="Team Mirpur").locator(".badge.quiet")).to_have_text("1")
    await sandbox.say("tanvir", "lunch?", chat="mirpur")
    await expect(page.locator(".chat-line", has_text="Team Mirpur").locator(".badge:not(.quiet)")).to_have_text("2")


async def test_nothing_typed_is_markup(sandbox: Sandbox, bot: Bot, open_page: OpenPage) -> None:
    nasty = '<script>document.title="x"</script><img src=x onerror=alert(1)>'
    await sandbox.add_users({"key": "nasty", "first_name": nasty[:60], "title": "<b>boss</b>"})
    await sandbox.say("nasty", nasty)
    page = await open_page("/?as=nasty")
    await expect(page.locator(".message.own .text").first).to_contain_text(nasty)
    assert await page.locator(".message img, .message script").count() == 0
    assert "x" not in await page.title()


async def test_writing_replying_editing(sandbox: Sandbox, bot: Bot, open_page: OpenPage) -> None:
    await sandbox.say("nusrat", "5678")
    await sandbox.wait_for("nusrat", contains="loyal")
    page = await open_page("/?as=nusrat")
    field = page.get_by_role("textbox", name="Message")
    await page.locator(".message.other .bubble").last.hover()
    await page.get_by_role("button", name="Message actions").last.click()
    await page.get_by_role("menuitem", name="Reply").click()
    await field.press_sequentially("dhore nai")
    await field.press("Shift+Enter")
    await field.press_sequentially("abar")
    await field.press("Enter")
    own = page.locator(".message.own").last
    await expect(own.locator(".quote-text")).to_contain_text("রহিম উদ্দিন")
    await expect(own.locator(".text")).to_contain_text("dhore nai\nabar")
    await expect(field).to_have_value("")
    await field.press("ArrowUp")
    await expect(field).to_have_value("dhore nai\nabar")
    await field.fill("dhorse")
    await field.press("Enter")
    await expect(own).to_contain_text("edited")
    await expect(own.locator(".text")).to_contain_text("dhorse")


async def test_commands_and_inline_results(sandbox: Sandbox, bot: Bot, open_page: OpenPage) -> None:
    await sandbox.say("tanvir", "hi")
    page = await open_page("/?as=tanvir")
    field = page.get_by_role("textbox", name="মেসেজ লিখুন")
    await field.press_sequentially("/ca")
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_text(["/callsআজকের কল লিস্ট"])
    await field.press("Tab")
    await expect(field).to_have_value("/calls ")
    await field.fill("@cdm_demo_bot rahim")
    await page.get_by_role("listbox").get_by_role("option", name="রহিম উদ্দিন").click()
    await expect(page.locator(".message.own").last).to_contain_text("@cdm_demo_bot")


async def test_more_inline_results_come_as_the_list_is_scrolled(
    sandbox: Sandbox, bot: Bot, open_page: OpenPage
) -> None:
    await sandbox.say("tanvir", "hi")
    page = await open_page("/?as=tanvir")
    await page.get_by_role("textbox", name="মেসেজ লিখুন").fill("@cdm_demo_bot many")
    found = page.get_by_role("listbox").get_by_role("option")
    await expect(found).to_have_count(20)
    await found.last.scroll_into_view_if_needed()
    await expect(found).to_have_count(40)
    await found.last.click()
    await expect(page.locator(".message.own").last).to_contain_text("@cdm_demo_bot")


async def test_files_contacts_and_pictures(sandbox: Sandbox, bot: Bot, open_page: OpenPage) -> None:
    await sandbox.say("nusrat", "hi")
    await bot.send_photo(NUSRAT, chart(), caption="📊 week")
    await bot.send_document(NUSRAT, b"a,b\n", filename="report.csv")
    page = await open_page("/?as=nusrat")
    await page.get_by_role("button", name="Photo", exact=True).click()
    await expect(page.locator("dialog img")).to_be_visible()
    await page.keyboard.press("Escape")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="report.csv").click()
    assert (await download.value).suggested_filename == "report.csv"
    await page.get_by_role("button", name="Attach").click()
    await page.get_by_role("menuitem", name="A contact…").click()
    await page.get_by_label("Name").fill("Karim Mia")
    await page.get_by_label("Phone").fill("+8801512345678")
    await page.locator("dialog").get_by_role("button", name="Send").click()
    await expect(page.locator(".message.own").last).to_contain_text("Karim Mia")
    await page.get_by_role("button", name="Attach").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("menuitem", name="Photo").click()
    await (await chooser.value).set_files({"name": "shop.png", "mimeType": "image/png", "buffer": chart(60, 40)})
    await expect(page.locator(".message.own img")).to_have_count(1)


async def test_clock_world_and_language(sandbox: Sandbox, bot: Bot, open_page: OpenPage) -> None:
    await sandbox.say("nusrat", "hi")
    page = await open_page("/?as=nusrat")
    bar = page.locator("#bar")
    await expect(bar).to_contain_text("Sun 22 Nov 11:10")
    await bar.get_by_role("button", name="+10 min").click()
    await expect(bar).to_contain_text("Sun 22 Nov 11:20")
    await bar.get_by_role("button", name="Next 09:00").click()
    await expect(bar).to_contain_text("Mon 23 Nov 09:00")
    await bar.get_by_role("button", name="Cart abandoned").click()
    await expect(page.get_by_role("status")).to_have_text("৳5,500 left in the cart")
    await page.get_by_role("button", name="Chat options").click()
    await page.get_by_role("menuitem", name="বাংলা").click()
    await expect(bar).to_contain_text("সোম ২৩ নভে ০৯:০০")
    await expect(page.get_by_role("textbox", name="মেসেজ লিখুন")).to_be_visible()
    await bar.get_by_role("button", name="কার্ট ছেড়ে গেল").click()
    await expect(page.get_by_text("কার্টে ৳৫,৫০০ রয়ে গেল")).to_be_visible()
    await bar.get_by_role("button", name="Telegram ৩০ সে. বন্ধ").click()
    await expect(bar).to_contain_text("Telegram বন্ধ")


async def test_alert_blocking_and_starting_again(sandbox: Sandbox, bot: Bot, open_page: OpenPage) -> None:
    await sandbox.say("tanvir", "5678")
    await sandbox.wait_for("tanvir", contains="রহিম")
    page = await open_page("/?as=tanvir")
    await page.get_by_role("button", name="⋯ আরও").click()
    await expect(page.locator("dialog")).to_contain_text("Nusrat আগে নিয়েছেন")
    await page.get_by_role("button", name="ঠিক আছে").click()
    await page.get_by_role("button", name="চ্যাট অপশন").click()
    await page.get_by_role("menuitem", name="ব্লক").click()
    await page.get_by_role("button", name="আবার শুরু").click()
    await expect(page.locator(".message.own").last).to_contain_text("/start")
    await bot.send_message(TANVIR, "ok")
    await expect(page.locator(".message.other").last).to_contain_text("ok")
