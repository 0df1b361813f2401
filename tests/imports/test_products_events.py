"""Products and events out of files."""

from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.imports.values import Fault
from tests import factories
from tests.imports.conftest import Ask, Bring

PRODUCTS = (
    "SELECT sku, p.name, c.name, price, stock, pack_days FROM products p LEFT JOIN categories c ON c.id = category_id"
    " ORDER BY sku"
)
EVENTS = "customer_id,occurred_at,behavior_type,dropoff_stage,sku,category,search_query,cart_value,reason\n"


async def test_products_are_made_and_kept_up_to_date(bring: Bring, ask: Ask) -> None:
    head = "sku,name,category,price,stock,pack_days\n"
    file = head + 'H1,Honey 1 kg,Honey,"৳১,২২৫",86,40\nG1,Ghee 500 g,Ghee,1450,12.0,\n'
    assert (await bring("products", file)).created == 2
    assert (await bring("products", file)).unchanged == 2
    result = await bring("products", head + "H1,Honey 1 kg,,1300,,\nC1,Chia seed,Seeds,650,5,35\n")
    assert (result.created, result.changed, result.unchanged) == (1, 1, 0)
    assert await ask(PRODUCTS) == [
        ("C1", "Chia seed", "Seeds", 650, 5, 35),
        ("G1", "Ghee 500 g", "Ghee", 1450, 12, None),
        ("H1", "Honey 1 kg", "Honey", 1300, 86, 40),
    ]


async def test_products_of_orders_get_their_details_later(bring: Bring, ask: Ask) -> None:
    await bring("orders", "order_id,customer_id,ordered_at,sku,unit_price\nA1,c1,2026-10-01,H1,100\n")
    result = await bring("products", "sku,name,price\nH1,Honey 1 kg,1225\nG1,,1\nH1,Honey,2\nC1,Chia,dear\n")
    assert (result.created, result.changed, result.rejected) == (0, 1, 3)
    assert result.faults == {Fault.MISSING: 1, Fault.DUPLICATE: 1, Fault.BAD_NUMBER: 1}
    assert await ask(PRODUCTS) == [("H1", "Honey 1 kg", None, 1225, None, None)]


async def test_events_are_known_by_their_content(bring: Bring, ask: Ask) -> None:
    view = "c1,2026-11-20 10:00,product_view,,H1,Honey,,,\n"
    search = "c1,2026-11-20 10:01,search,,,,খেজুর,,\n"
    cart = 'c1,2026-11-20 10:05,,checkout_initiated,H1,,,"5,500",High shipping cost\n'
    result = await bring("events", EVENTS + view + view + search + cart)
    assert (result.created, result.unchanged) == (4, 0)
    assert await ask(
        "SELECT behavior_type, sku, c.name, search_query FROM customer_behavior b LEFT JOIN products p ON p.id ="
        " product_id LEFT JOIN categories c ON c.id = b.category_id ORDER BY b.id"
    ) == [("product_view", "H1", "Honey", None)] * 2 + [("search", None, None, "খেজুর")]
    assert await ask("SELECT stage, cart_value, reason FROM customer_dropoff_tracking") == [
        ("checkout_initiated", Decimal(5500), "High shipping cost")
    ]
    assert (await bring("events", EVENTS + cart + search + view + view)).unchanged == 4
    result = await bring("events", EVENTS + view + view + view)
    assert (result.created, result.unchanged) == (1, 2)
    assert await ask("SELECT product_views, search_count FROM customer_summary") == [(3, 1)]


async def test_a_row_is_a_behaviour_or_a_dropoff(bring: Bring) -> None:
    both = "c1,2026-11-20,search,payment_failed,,,,,\n"
    result = await bring("events", EVENTS + both + "c1,2026-11-20,,,,,,,\n" + "c1,2026-11-20,danced,,,,,,\n")
    assert result.faults == {Fault.BOTH_KINDS: 1, Fault.MISSING: 1, Fault.UNKNOWN_WORD: 1}


async def test_an_import_is_on_record(bring: Bring, ask: Ask, session: AsyncSession) -> None:
    admin = await factories.staff(session, name="Rafiq", role="admin")
    await session.commit()
    await bring("products", "sku,name\nH1,Honey\n,Ghee\n", staff_id=admin, name="list.csv")
    assert await ask("SELECT kind, source, file_name, staff_id, rows, accepted, rejected, changed FROM imports") == [
        ("products", "shop", "list.csv", admin, 2, 1, 1, 1)
    ]
    assert await ask("SELECT actor, action, details FROM audit_log") == [
        ("Rafiq", "import", {"kind": "products", "file": "list.csv", "rows": 1})
    ]
