"""Asking Telegram who the bot is."""

from cli.config import Config


async def bot_username(config: Config) -> str | None:
    """The bot's user name; None without a token, or while Telegram cannot be reached."""
    if config.telegram_token is None:
        return None
    import telegram  # a third of a second, of all that is done with people for this alone
    from telegram.error import TelegramError

    bot = telegram.Bot(config.telegram_token.get_secret_value(), base_url=f"{config.telegram_api_url.rstrip('/')}/bot")
    try:
        async with bot:
            return bot.username
    except TelegramError:
        return None
