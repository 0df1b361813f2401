"""``/docs`` and what it loads come from the API itself."""

import re

from tests.web.conftest import Clients


async def test_the_page_names_files_of_its_own_alone(client: Clients) -> None:
    stranger = await client(None)
    page = await stranger.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "//" not in re.sub(r"<!-- .* -->", "", page.text)
    named = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    types = []
    for address in named:
        answer = await stranger.get(page.url.join(address))
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"]
        types.append(answer.headers["content-type"].partition(";")[0])
    assert types == ["text/css", "image/png", "text/javascript"]


async def test_the_address_alone_leads_there(client: Clients) -> None:
    stranger = await client(None)
    front = await stranger.get("/", follow_redirects=True)
    assert (front.status_code, front.url.path) == (200, "/docs")


async def test_nothing_else_lies_there(client: Clients) -> None:
    stranger = await client(None)
    folder = (await stranger.get("/docs")).text.partition("swagger-ui.css")[0].rpartition('"')[2].removeprefix(".")
    for name in ("LICENSE", "README.md", "..%2F..%2Fapp.py", "%2e%2e/app.py"):
        answer = await stranger.get(folder + name)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_path")
