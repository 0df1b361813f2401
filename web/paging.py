"""Pages of lists: ``limit``, ``offset``, the total in ``X-Total-Count``, the pages around in ``Link``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response

from cdm_core.listed import Listed, Window
from web.errors import ProblemError

DEFAULT = 100
MOST = 1_000
FARTHEST = 1_000_000

Limit = Annotated[int, Query(ge=1, le=MOST, description="Number of results")]
Offset = Annotated[int, Query(ge=0, le=FARTHEST, description="How many to skip")]
After = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=2_000,
        description="Where the page before ended, as its `Link` tells it; in place of `offset`, with the same `sort`",
    ),
]

_LINK: Mapping[str, Any] = {
    "description": "The `next`, `prev` and `first` page, where there is one",
    "schema": {"type": "string"},
}
TOTAL_HEADERS: Mapping[str, Any] = {
    "X-Total-Count": {
        "description": "How many there are in all; counted to 10,000",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-Total-Capped": {
        "description": "`true` where there are more than X-Total-Count",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Link": _LINK,
}
"""For the ``headers`` of a list's 200 response in OpenAPI."""

LATE_TOTAL_HEADERS: Mapping[str, Any] = {
    **TOTAL_HEADERS,
    "X-Total-Count": {
        "description": "How many there are in all, on the last page alone: nobody counts what is not asked for; at "
        "most 1,000",
        "schema": {"type": "integer", "minimum": 0},
    },
}
"""The same of a list that is not looked through beyond the page."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page asked for, and where its answer is told how many there are."""

    window: Window
    request: Request
    response: Response

    def tell(self, found: Listed[Any]) -> None:
        """Set the headers of the page that was found."""
        if found.total is not None:
            self.response.headers["X-Total-Count"] = str(found.total)
            if found.more:
                self.response.headers["X-Total-Capped"] = "true"
        here, links = self.window, []
        match found.next:
            case str(place):
                links.append(f'<{self._at(after=place)}>; rel="next"')
            case int(offset) if offset <= FARTHEST:
                links.append(f'<{self._at(offset=offset)}>; rel="next"')
        if here.offset:
            links.append(f'<{self._at(offset=max(0, here.offset - here.limit))}>; rel="prev"')
        if here.offset or here.after is not None:
            links.append(f'<{self._at()}>; rel="first"')
        if links:
            self.response.headers["Link"] = ", ".join(links)

    def _at(self, **where: Any) -> str:
        url = self.request.url.remove_query_params(["offset", "after"])
        url = url.include_query_params(limit=self.window.limit, **where)
        return f"{quote(url.path, safe='/:%')}?{url.query}"


def _page(
    request: Request, response: Response, limit: Limit = DEFAULT, offset: Offset = 0, after: After = None
) -> Page:
    if offset and after is not None:
        raise ProblemError(422, "two_places", "Send after or offset, not both.")
    return Page(Window(limit, offset, after), request, response)


def _page_by_offset(request: Request, response: Response, limit: Limit = DEFAULT, offset: Offset = 0) -> Page:
    return Page(Window(limit, offset), request, response)


def _first_ten(request: Request, response: Response, limit: Limit = 10, offset: Offset = 0) -> Page:
    return Page(Window(limit, offset), request, response)


Paging = Annotated[Page, Depends(_page)]
"""Of lists whose pages go on behind the last row, whatever is written meanwhile."""
PagingByOffset = Annotated[Page, Depends(_page_by_offset)]
"""Of lists that are counted from the beginning."""
TopByOffset = Annotated[Page, Depends(_first_ten)]
