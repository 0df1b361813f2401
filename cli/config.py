"""The settings of the environment, read once: all are ``CDM_…``; nothing but ``cli`` reads them."""

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")


def _secret(given: SecretStr) -> SecretStr:
    if not _SECRET.fullmatch(given.get_secret_value()):
        raise ValueError("a webhook secret has 16 to 256 letters, digits, - and _; try: openssl rand -hex 32")
    return given


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone; try Asia/Dhaka") from error
    return name


class Config(BaseSettings):
    """Where things are, and the secrets; a ``.env`` in the working folder counts too, the environment first."""

    model_config = SettingsConfigDict(env_prefix="CDM_", env_file=".env", extra="ignore")

    database_url: str | None = None
    data_dir: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "cdm")
    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Dhaka"
    country: str = Field(default="BD", pattern="^[A-Z]{2}$")
    currency: str = Field(default="BDT", pattern="^[A-Z]{3}$")
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=3001, ge=1, le=65535)
    web_origins: str = Field(
        default="", description="Of pages that may ask the API from a browser, with commas between"
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is reached from outside, without a path: https://cdm.example",
    )
    webhook_secret: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
