"""Pages of lists: ``limit``, ``offset``, the total in ``X-Total-Count``, the pages around in ``Link``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response

DEFAULT = 100
MOST = 1_000
FARTHEST = 1_000_000

TOTAL_HEADERS: Mapping[str, Any] = {
    "X-Total-Count": {
        "description": "How many there are in all; counted to 10,000",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-Total-Capped": {
        "description": "`true` where there are more than X-Total-Count",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Link": {"description": "The `next` and `prev` page, where there is one", "schema": {"type": "string"}},
}
"""For the ``headers`` of a list's 200 response in OpenAPI."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page asked for, and where its answer is told how many there are."""

    limit: int
    offset: int
    request: Request
    response: Response

    def tell(self, total: int, *, more: bool = False) -> None:
        """Set the headers; ``more``: there are more than ``total``."""
        self.response.headers["X-Total-Count"] = str(total)
        if more:
            self.response.headers["X-Total-Capped"] = "true"
        links = []
        if more or self.offset + self.limit < total:
            links.append(f'<{self._at(self.offset + self.limit)}>; rel="next"')
        if self.offset:
            links.append(f'<{self._at(max(0, self.offset - self.limit))}>; rel="prev"')
        if links:
            self.response.headers["Link"] = ", ".join(links)

    def _at(self, offset: int) -> str:
        url = self.request.url.include_query_params(limit=self.limit, offset=offset)
        return f"{quote(url.path, safe='/:%')}?{url.query}"


def _page(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Number of results")] = DEFAULT,
    offset: Annotated[int, Query(ge=0, le=FARTHEST, description="How many to skip")] = 0,
) -> Page:
    return Page(limit, offset, request, response)


Paging = Annotated[Page, Depends(_page)]
