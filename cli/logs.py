"""How processes log: one line an event, for people on a terminal, JSON otherwise; tokens and bodies never."""

import logging
import sys

import structlog


def set_up(level: str) -> None:
    """Send all logging, the libraries' too, to standard error at ``level``."""
    number = logging.getLevelNamesMapping()[level]
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    for chatty in ("httpx", "httpcore", "apscheduler"):
        # httpx logs addresses at INFO, and the address holds the token.
        logging.getLogger(chatty).setLevel(logging.WARNING)
