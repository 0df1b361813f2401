"""``/cdm/products``: what is sold, by id or by the shop's SKU."""

from typing import Annotated

from fastapi import Path, Query, Response

from cdm_core import product_keys, products
from cdm_core.products import Product
from web.call import Call, Reading, Writing
from web.etags import CHANGED, ETAG, IfMatch, guard, tagged
from web.models.fields import PRODUCT, PRODUCT_IN_WORDS
from web.models.products import ProductShown, ProductTold
from web.paging import TOTAL_HEADERS, Paging
from web.router import noun

router = noun("Products")

ProductPath = Annotated[
    str,
    Path(
        pattern=PRODUCT,
        description="The product's id, or the shop's SKU as `shop:SKU`",
        examples=["456", "shop:H-1000"],
    ),
    PRODUCT_IN_WORDS,
]


@router.get(
    "/products", summary="List products", response_model=list[ProductShown], responses={200: {"headers": TOTAL_HEADERS}}
)
async def all_products(
    call: Reading,
    page: Paging,
    category: Annotated[str | None, Query(max_length=255, pattern=r"^[^\x00]*$", description="By its name")] = None,
    active: Annotated[bool | None, Query(description="Whether they are still sold")] = None,
) -> tuple[Product, ...]:
    """Products in the order of their ids."""
    found = await products.listed(call.session, category=category, active=active, window=page.window)
    page.tell(found)
    return found.rows


@router.get("/products/{product}", summary="Read a product", response_model=ProductShown, responses={200: ETAG})
async def one_product(call: Reading, product: ProductPath, response: Response) -> ProductShown:
    """A product."""
    return tagged(response, await _shown(call, await product_keys.product_of(call.session, product)))


@router.put(
    "/products/{product}",
    summary="Add or update a product",
    response_model=ProductShown,
    responses={
        200: ETAG,
        201: {"model": ProductShown, "description": "The SKU was new", **ETAG},
        412: CHANGED,
    },
)
async def put_product(
    call: Writing, product: ProductPath, sent: ProductTold, response: Response, if_match: IfMatch = None
) -> ProductShown:
    """Bring a product up to date, or make the one of a new SKU; what is left out stays, null empties. With `If-Match`
    or `updated_at` only one that nobody changed since you read it."""
    _, colon, sku = product.partition(":")
    if not colon or if_match is not None or sent.updated_at is not None:
        product_id, new = await product_keys.product_of(call.session, product), False
        await product_keys.hold(call.session, product_id)
        guard(if_match, await _shown(call, product_id), seen=sent.updated_at)
        await products.change(call.session, product_id, sent.values(), now=call.now)
    else:
        kept, new = await products.put(call.session, sku, sent.values(), now=call.now)
        product_id = kept.product_id
    response.status_code = 201 if new else 200
    call.facts["product"] = product_id
    return tagged(response, await _shown(call, product_id))


async def _shown(call: Call, product_id: int) -> ProductShown:
    return ProductShown.model_validate(await products.one(call.session, product_id))
