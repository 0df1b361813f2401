"""The application, and running it: in a process of its own or inside a test."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.sandbox import api, control, control_admin, control_files, stream, web_page
from bot.sandbox.client import Sandbox
from bot.sandbox.state import State
from bot.sandbox.webhooks import Webhooks
from bot.sandbox.world import ClockHook, World

KEEP_ALIVE_SECONDS = 75
"""A connection nobody uses is closed after so long, well after those who call let it go (``Sandbox`` and the bot after
5 s). Were it as short, a process held up by load might close it just as it sends over it, and the call were lost."""

ROUTES: list[BaseRoute] = [
    *api.ROUTES,
    *control.ROUTES,
    *control_admin.ROUTES,
    *control_files.ROUTES,
    *stream.ROUTES,
    *web_page.ROUTES,
]


def create_app(
    state: State, world: World | None = None, clock_hook: ClockHook | None = None, zone: str = ""
) -> Starlette:
    """The stand-in over ``state``.

    ``clock_hook(move)`` takes minutes (int) or a wish such as "next 09:00" and returns the new now (aware);
    ``world`` is what can be made to happen. Both are the demo's; without them the page shows no such buttons.
    ``zone`` is the IANA zone the page shows times in; empty: the browser's.
    """
    webhooks = Webhooks(state)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with webhooks.running():
            yield
        state.store.close()

    app = Starlette(routes=ROUTES, lifespan=lifespan)
    app.state.sandbox = state
    app.state.world = dict(world or {})
    app.state.clock_hook = clock_hook
    app.state.zone = zone
    return app


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: whoever runs it decides when it stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Starlette, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve ``app`` in this event loop (``port`` 0: any free one) and yield its address; stops when left.

    OSError when the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off (40 ms an answer) only for sockets that name their protocol
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=2,
            ws="none",
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn offers no event
                await asyncio.sleep(0.005)
            if task.done():
                task.result()
                raise RuntimeError("the server did not start")
            name = f"[{host}]" if ":" in host else host
            yield f"http://{name}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@contextlib.asynccontextmanager
async def running_sandbox(
    state: State | None = None,
    *,
    folder: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    world: World | None = None,
    clock_hook: ClockHook | None = None,
    zone: str = "",
) -> AsyncIterator[Sandbox]:
    """The stand-in, served in this event loop until left; yields a client to it.

    Its state is ``state``, or one that lasts in ``folder``, or a fresh one in memory. OSError when the port is
    taken.
    """
    state = state or State(folder)
    app = create_app(state, world, clock_hook, zone)
    async with serving(app, host, port) as url, Sandbox(url, state.first_bot.token) as client:
        try:
            yield client
        finally:
            state.interrupt()
