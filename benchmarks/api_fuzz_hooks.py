"""What Schemathesis is told of the shop it tries the API of (``benchmarks.api_fuzz``), by its environment.

``CDM_FUZZ_LIVE``: JSON, ids that are there, by noun. Wherever the documentation has such an id, half of what is tried
are these: of ids at random nearly all are nobody's. ``CDM_FUZZ_SCOPES``: what the key may, with commas between.
"""

import json
import os
from typing import Any

import schemathesis
from schemathesis.checks import CheckContext
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case

from cdm_core.api_keys import opened_by
from cdm_core.words import Scope

LIVE: dict[str, list[Any]] = json.loads(os.environ["CDM_FUZZ_LIVE"])
SCOPES = frozenset(map(Scope, os.environ["CDM_FUZZ_SCOPES"].split(",")))

_NOUNS = {
    "customer_id": "customers",
    "customerId": "customers",
    "relative_id": "relatives",
    "dropoff_id": "dropoffs",
    "note_id": "notes",
    "product": "products",
    "product_id": "products",
    "productId": "products",
    "staff_id": "staff",
    "source": "sources",
    "key": "orders",
    "X-Telegram-Bot-Api-Secret-Token": "secrets",
}
_GOING = ("/merge", "/erase")
"""Whoever is named here is gone afterwards: they are others than those who are read."""


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    for path, operations in raw_schema["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                noun = _NOUNS.get(parameter["name"])
                if parameter["name"] == "id":
                    noun = "customers" if method == "get" else "relatives"
                if path.endswith(_GOING) and noun == "customers":
                    noun = "going"
                if noun is not None and parameter["in"] != "cookie":
                    text = parameter["in"] == "header" or "pattern" in parameter["schema"]
                    parameter["schema"] = _or_live(parameter["schema"], noun, text=text)
    for schema in raw_schema["components"]["schemas"].values():
        fields = schema.get("properties", {})
        if not fields.keys() & {"customerId", "productId"}:
            continue  # an answer: it names ids with an underscore
        for field in fields.keys() & {"customerId", "productId", "staff_id"}:
            fields[field] = _or_live(fields[field], _NOUNS[field], text=False)


def _or_live(schema: dict[str, Any], noun: str, *, text: bool) -> dict[str, Any]:
    values = [str(value) if text else value for value in LIVE.get(noun, ())]
    return {"anyOf": [{"enum": values}, schema]} if values else schema


class ScopeIgnored(Failure):
    """A key did what it may not."""


@schemathesis.check
def ignored_scope(context: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Nothing is done for a key without the scope that the documentation asks for."""
    for way in case.operation.definition.raw.get("security", ()):
        for asked in (scope for scopes in way.values() for scope in scopes):
            may = {Scope.ADMIN, *opened_by(Scope(asked))}
            if not SCOPES & may and response.status_code < 400:
                told = f"It answers {response.status_code} to a key that may {', '.join(sorted(SCOPES))}, not {asked}."
                raise ScopeIgnored(operation=case.operation.label, title="Scope ignored", message=told)
    return None
