"""A bot of a few fixed answers, for looking at the chat page: a card, its buttons, a digest, files."""

import asyncio
import contextlib
import struct
import zlib
from collections.abc import AsyncIterator

from telegram import Bot, BotCommand, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram import InlineQueryResultArticle as Article
from telegram import InputTextMessageContent as Content
from telegram import ReplyKeyboardMarkup as Keys
from telegram.error import NetworkError

from bot.sandbox.client import Sandbox

TANVIR, NUSRAT, FARHANA, GROUP = 700100001, 700100002, 700100003, -700200001

WELCOME = """👋 <b>Tanvir, স্বাগতম</b>
এজেন্ট · টিম Mirpur
নাম্বার বা নাম পাঠান,
কাস্টমারের কার্ড খুলবে।
কল শেষে কী হলো লিখে দিন:
<code>কথা হইছে ৩ মিনিট, দাম বেশি</code>
সকাল ৯টায় লিস্ট আসবে, শব্দ ছাড়া।"""
CARD = """🔥 <b>রহিম উদ্দিন</b> #123
VIP · লয়াল · আপনার
+880 1712-345678 · Dhaka
সন্ধ্যা ৬–৮টায় ধরে (৪ কলে ৩ বার)
৳১,২৫,০০০ · ৮ অর্ডার · ৫ দিন আগে
Honey 1 kg · ৮/৯ ডেলিভার্ড
Nusrat ২ দিন আগে: “দাম বেশি”
⏰ আজ সন্ধ্যা ৬টা
💡 কার্ট ৳৫,৫০০, ৩ ঘণ্টা আগে (+৪)
আজ কল দেওয়ার কথা (+৩)
২ দিন আগে কল (−১)"""
CARD_EN = """🔥 <b>রহিম উদ্দিন</b> #123
VIP · loyal · yours
+880 1712-345678 · Dhaka
Answers at 18–20 (3 of 4 calls)
৳1,25,000 · 8 orders · last 5 d ago
Honey 1 kg · delivered 8 of 9
Nusrat 2 d ago: “দাম বেশি”
⏰ Today 18:00
💡 Cart ৳5,500, 3 h ago (+4)
promised today (+3)
called 2 d ago (−1)"""
SAVED = """📝 <b>রহিম উদ্দিন</b> #123: সেভ হয়েছে
কল ৩ মিনিট · পরে কল · দাম
⏰ আগামীকাল, সোম ২৩ নভে সন্ধ্যা ৬টা"""
DIGEST = """☀️ <b>Tanvir, মঙ্গল ২৪ নভে</b>
🎂 <b>আজ</b>
১ রহিম উদ্দিন: ছেলে Arif, ৮ বছর
+880 1712-345678 · কল গতকাল
VIP, ৳১,২৫,০০০ · অফার Honey gift box
২ Karim Mia, স্ত্রী Shirin: 💍 ১০ বছর
+880 1512-345678 · কল ৬ দিন আগে
আগামীকাল: Jahid Hasan · ৭ দিন পর: ২

⏰ <b>ফলো-আপ ৪</b>, সময় পার ১
৩ Nasrin Sultana · ১ দিন পার

📞 <b>আগে কল দিন</b>, মোট ১২ জন
৪ Rahim Sheikh · রি-অর্ডার, ৩৫ দিন (৩০)
৫ Mitu Das · কনফার্ম ৳২,১০০ COD, ২ দিন
🛒 <b>কার্ট ২</b>, ৳৭,৩০০"""
ALERT = """🚨 <b>রহিম উদ্দিন</b> #123 · VIP
Payment failed 11:02 · ৳5,500
Honey 1 kg ×2, Ghee 500 g ×2
+880 1712-345678
Unclaimed by 11:12: Farhana (lead)"""
REPLY_KEYS = Keys([["▶️ পরের জন", "📞 কল লিস্ট", "⏰ ফলো-আপ"], ["🎂 বিশেষ দিন", "📊 আমার দিন"]], resize_keyboard=True)


def keyboard(*rows: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=label[:20]) for label in row.split("|")] for row in rows]
    )


CARD_KEYS = keyboard("✅ অর্ডার|📵 ধরেনি|⏰ পরে", "🙅 নেবে না|💬 WhatsApp|👪 পরিবার", "⋯ আরও")
CARD_KEYS_EN = keyboard("✅ Order|📵 No answer|⏰ Later", "🙅 No|💬 WhatsApp|👪 Family", "⋯ More")
DIGEST_KEYS = keyboard("১|২|৩|৪|৫", "▶️ কল শুরু|🎂 সপ্তাহ ৬", "⏰ ফলো-আপ ৪|🛒 কার্ট ২")


def chart(width: int = 480, height: int = 260) -> bytes:
    """A small bar chart as PNG."""
    bars = [46, 38, 52, 61, 44, 70, 58]
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            bar, inside = divmod(x * len(bars) * 10 // width, 10)
            filled = 2 <= inside <= 7 and 20 < height - y < 20 + bars[bar] * 3
            rows += b"\x2b\x87\xc8" if filled else b"\xfa\xfb\xfc"

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


async def _answer(bot: Bot, message: Message) -> None:
    text = message.text or ""
    english = message.chat_id != TANVIR
    if text.startswith("/start"):
        await bot.send_message(message.chat_id, WELCOME, parse_mode="HTML", reply_markup=REPLY_KEYS)
    elif text == "/digest":
        await bot.send_message(
            message.chat_id, DIGEST, parse_mode="HTML", reply_markup=DIGEST_KEYS, disable_notification=True
        )
    elif text == "/chart":
        await bot.send_photo(message.chat_id, chart(), caption="📊 সপ্তাহের কল", disable_notification=True)
        await bot.send_document(message.chat_id, b"a,b\n1,2\n", filename="রিপোর্ট নভেম্বর.csv")
    elif text == "5678":
        card, keys = (CARD_EN, CARD_KEYS_EN) if english else (CARD, CARD_KEYS)
        await bot.send_message(message.chat_id, card, parse_mode="HTML", reply_markup=keys)
    elif text:
        keys = keyboard("↩️ আনডু|✏️ ঠিক করুন|▶️ পরের জন")
        await bot.send_message(message.chat_id, SAVED, parse_mode="HTML", reply_markup=keys)


async def _press(query: CallbackQuery) -> None:
    if query.data == "📵 ধরেনি":
        await query.answer("লেখা হয়েছে")
        await query.edit_message_text(SAVED.replace("সেভ হয়েছে", "ধরেনি (২)"), parse_mode="HTML")
    elif query.data == "⋯ আরও":
        await query.answer("Nusrat আগে নিয়েছেন", show_alert=True)
    else:
        await query.answer()


async def _run(bot: Bot) -> None:
    offset = 0
    while True:
        try:
            updates = await bot.get_updates(offset=offset, timeout=10)
        except NetworkError:
            await asyncio.sleep(0)
            continue
        for update in updates:
            offset = update.update_id + 1
            if update.message:
                await _answer(bot, update.message)
            elif update.callback_query:
                await _press(update.callback_query)
            elif update.inline_query:
                content = Content("<b>রহিম উদ্দিন</b> #123", parse_mode="HTML")
                found = [Article("1", "রহিম উদ্দিন", content, description="VIP · Dhaka")]
                if update.inline_query.query == "many":
                    first = int(update.inline_query.offset or 0)
                    found = [Article(str(n), f"Salma {n}", content) for n in range(first, first + 20)]
                    await update.inline_query.answer(found, cache_time=0, next_offset="" if first else "20")
                    continue
                await update.inline_query.answer(found, cache_time=0)


@contextlib.asynccontextmanager
async def shop_bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    """The bot, polling until left, with its command menu set in both languages."""
    async with Bot(sandbox.token, base_url=f"{sandbox.url}/bot", base_file_url=f"{sandbox.url}/file/bot") as bot:
        english = [BotCommand("customer", "Find a customer"), BotCommand("calls", "Today's call list")]
        bengali = [BotCommand("customer", "কাস্টমার খুঁজুন"), BotCommand("calls", "আজকের কল লিস্ট")]
        await bot.set_my_commands(english)
        await bot.set_my_commands(bengali, language_code="bn")
        polling = asyncio.create_task(_run(bot))
        try:
            yield bot
        finally:
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling
