"""The Bot API's methods, one module a noun; importing this package registers them all."""

from bot.sandbox.methods import chats, media, messages, polling, profile, queries
from bot.sandbox.methods.registry import METHODS, Call

__all__ = ["METHODS", "Call", "chats", "media", "messages", "polling", "profile", "queries"]
