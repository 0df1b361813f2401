"""A local stand-in for Telegram: the Bot API over HTTP, people to play, and a chat page to play them in.

It knows nothing of the product: a bot is told its address (``http://127.0.0.1:8080``) instead of Telegram's and
behaves the same. See ``server.py`` for running it and ``client.py`` for driving it from tests.
"""
