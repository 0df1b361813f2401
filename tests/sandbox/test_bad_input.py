"""Nonsense in any parameter of any call is refused, never an error of the stand-in's own."""

import json
import random
import re

import httpx

from bot.sandbox.methods import METHODS
from bot.sandbox.server import create_app
from bot.sandbox.state import State

TANVIR, GROUP = 700100001, -700200001
VALUES: list[object] = [
    *(None, "", 0, 1, -1, 3.5, True, [], {}, [[]], [{}], {"a": 1}, "x", "[", "{}", "null", "[1]", 10**30, 1e300),
    *(TANVIR, GROUP, str(TANVIR), "<b>x</b>", "<b", "HTML", "\ud83d", "٣", {"message_id": "x"}),
    *(
        {"inline_keyboard": [[1]]},
        {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]},
        {"keyboard": [["a", 1]]},
    ),
    *(
        [{"type": "article", "id": "1"}],
        [{"type": "bold", "offset": 0, "length": 1}],
        [{"command": "a", "description": 1}],
    ),
]
API_NAMES = re.findall(
    r"\w+",
    """chat_id text message_id parse_mode reply_markup reply_parameters entities caption caption_entities
from_chat_id message_ids offset limit allowed_updates url secret_token callback_query_id inline_query_id results
commands scope language_code photo document voice phone_number first_name file_id user_id action menu_button name
description reply_to_message_id""",
)
CONTROL_NAMES = re.findall(
    r"\w+",
    """as chat text message data reply_to contains pattern after gone limit before users key title members
count kind method chat_id probability seconds retry_after ms result blocked code since phone first_name offset raw
button from_chat id""",
)


async def test_nonsense_is_refused() -> None:
    dice = random.Random(7)
    state = State()
    app = create_app(state)
    token = state.first_bot.token
    controls = [
        path for route in app.routes if (path := getattr(route, "path", "")).startswith("/sandbox/") and "{" not in path
    ]

    def nonsense(names: list[str], base: dict[str, object]) -> bytes:
        made = {name: dice.choice(VALUES) for name in dice.sample(names, dice.randint(0, 8))}
        return json.dumps(base | made if dice.random() < 0.5 else made | base).encode()

    headers = {"content-type": "application/json"}
    broken = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as http:
        await http.post("/sandbox/say", json={"as": "tanvir", "text": "hi"})
        for _ in range(700):
            method = dice.choice(list(METHODS))
            body = nonsense(API_NAMES, {"chat_id": TANVIR, "text": "x", "message_id": 1})
            answer = await http.post(f"/bot{token}/{method}", content=body, headers=headers)
            broken += [(method, body)] if answer.status_code >= 500 else []
        for _ in range(500):
            state.faults.clear()
            path = dice.choice([one for one in controls if one not in ("/sandbox/bots", "/sandbox/events")])
            body = nonsense(CONTROL_NAMES, {"as": "tanvir"})[:-1] + b', "timeout": 0.001, "wait": 0}'
            answer = await http.post(path, content=body, headers=headers)
            broken += [(path, body)] if answer.status_code >= 500 else []
    assert broken == []
