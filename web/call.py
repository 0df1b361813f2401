"""What an endpoint is handed, and the scopes it can ask for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, SecurityScopes
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import access, customer_keys, summary
from cdm_core.access import CustomerRef
from cdm_core.api_keys import ApiKey
from cdm_core.db.away import OvertakenError
from cdm_core.errors import CdmError
from cdm_core.query import LARGEST_ID
from cdm_core.thresholds import Thresholds
from cdm_core.words import Scope
from web.auth import bearer, forbidden, key_header
from web.models.fields import CUSTOMER, IN_WORDS


@dataclass(slots=True)
class Call:
    """One request, in one transaction that the frame commits; ``actor`` is whom the audit log and writes name.

    ``about`` and ``listed`` are the customers the answer shows, ``facts`` what else it shows or changed, for the audit
    log.
    """

    session: AsyncSession
    key: ApiKey
    now: datetime
    thresholds: Thresholds
    currency: str
    about: int | None = None
    listed: list[int] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def actor(self) -> str:
        return self.key.actor

    async def customer(self, customer: int | str) -> CustomerRef:
        """The customer by id or ``source:key``, for an id that was merged the one it leads to.

        Raises ``CdmError`` ``no_such_customer`` or ``no_such_customer_key``.
        """
        text = str(customer)
        source, colon, external_id = text.partition(":")
        if colon:
            customer_id = await customer_keys.customer_of(self.session, source, external_id)
        elif (customer_id := int(text)) > LARGEST_ID:
            raise CdmError("no_such_customer", customer_id=text)
        ref = await access.access_customer(self.session, None, self.thresholds, customer_id)
        self.about = ref.customer_id
        return ref

    async def held(self, customer: int | str) -> CustomerRef:
        """``customer``, locked until the transaction ends: what is read of them now stands.

        Raises ``OvertakenError`` too, where they were merged while others had the lock: run it again.
        """
        ref = await self.customer(customer)
        await summary.begin_write(self.session, [ref.customer_id])
        stands = await self.customer(customer)
        if stands.customer_id != ref.customer_id:
            raise OvertakenError
        return stands

    def shows(self, customer_ids: Iterable[int]) -> None:
        """Note which customers a list shows."""
        self.listed.extend(dict.fromkeys(customer_ids))


async def _call(
    request: Request,
    scopes: SecurityScopes,
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    _header: Annotated[str | None, Security(key_header)],
) -> Call:
    call = request.state.call
    assert isinstance(call, Call)
    for scope in map(Scope, scopes.scopes):
        if not call.key.may(scope):
            raise forbidden(call.key, scope)
    return call


Reading = Annotated[Call, Security(_call, scopes=[Scope.READ.value])]
Writing = Annotated[Call, Security(_call, scopes=[Scope.WRITE.value])]
Ruling = Annotated[Call, Security(_call, scopes=[Scope.ADMIN.value])]
Telling = Annotated[Call, Security(_call, scopes=[Scope.INGEST.value])]

CustomerPath = Annotated[
    str,
    Path(
        pattern=CUSTOMER,
        description="The customer's id, or what another system calls them: `source:key`",
        examples=["123", "shop:C-1001"],
    ),
    IN_WORDS,
]
