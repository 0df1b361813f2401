"""``cdm run --webhook`` says what it needs."""

import pytest

from tests.cli.conftest import Cdm

TOKEN = "4711:" + "x" * 35


async def test_what_is_missing_is_told(cdm: Cdm, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CDM_TELEGRAM_TOKEN", TOKEN)
    told = await cdm("run", "--webhook", status=1)
    assert "CDM_PUBLIC_URL" in told
    assert "CDM_WEBHOOK_SECRET" in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDM_WEBHOOK_SECRET", "short"),
        ("CDM_WEBHOOK_SECRET", "with a space in between"),
        ("CDM_PUBLIC_URL", "cdm.example"),
        ("CDM_PUBLIC_URL", "https://cdm.example/path"),
    ],
)
async def test_what_cannot_be_is_refused(cdm: Cdm, environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv("CDM_TELEGRAM_TOKEN", TOKEN)
    environment.setenv(name, value)
    told = await cdm("run", "--webhook", status=1)
    assert name in told
    assert "Traceback" not in told
