"""What a search text is taken for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.phones import to_e164
from cdm_core.query import MAX_QUERY, Query, parse_query
from cdm_core.words import QueryKind

RAHIM = "+8801712345678"


@pytest.mark.parametrize(
    "text",
    [
        "01712345678",
        "+880 1712-345678",
        "8801712345678",
        "1712345678",
        "০১৭১২৩৪৫৬৭৮",
        "call 01712345678 Rahim",
        "নাম রহিম, ফোন ০১৭১২৩৪৫৬৭৮, ২ কেজি মধু",
        "a forwarded message " * 10 + "01712345678",
    ],
)
def test_a_full_phone_in_any_format(text: str) -> None:
    assert parse_query(text) == Query(QueryKind.PHONE, RAHIM)


def test_several_phones_in_a_pasted_text() -> None:
    query = parse_query("01712345678 01812345678")
    assert (query.value, query.more) == (RAHIM, ("+8801812345678",))


@pytest.mark.parametrize("text", ["#5678", "# ৫৬৭৮", "#৫৬৭৮", "id 5678", "ID: 5678", "আইডি ৫৬৭৮"])
def test_an_id(text: str) -> None:
    assert parse_query(text) == Query(QueryKind.ID, "5678", customer_id=5678)


@pytest.mark.parametrize(
    ("text", "value", "customer_id", "digits"),
    [
        ("5678", "5678", 5678, "5678"),
        ("৫৬৭৮", "5678", 5678, "5678"),
        ("··5678", "5678", 5678, "5678"),
        ("345-678", "345678", 345678, "345678"),
        ("123", "123", 123, None),
        ("0123", "0123", None, "0123"),
        ("0", "0", None, None),
        ("#0", "0", None, None),
        ("9" * 30, "9" * 30, None, "9" * 30),
        ("01012345678", "01012345678", None, "01012345678"),
    ],
)
def test_a_bare_number_is_an_id_or_last_digits(
    text: str, value: str, customer_id: int | None, digits: str | None
) -> None:
    assert parse_query(text) == Query(QueryKind.NUMBER, value, customer_id=customer_id, digits=digits)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Rahim@Example.com", Query(QueryKind.EMAIL, "rahim@example.com")),
        ("Rahim <rahim@example.com>", Query(QueryKind.EMAIL, "rahim@example.com")),
        ("C-1001", Query(QueryKind.KEY, "C-1001")),
        ("shop:1001", Query(QueryKind.KEY, "1001", source="shop")),
        ("rahim", Query(QueryKind.NAME, "rahim")),
        ("  রহিম   উদ্দিন ", Query(QueryKind.NAME, "রহিম উদ্দিন")),
        ("rahim 5678", Query(QueryKind.NAME, "rahim", digits="5678")),
        ("রহিম ··৫৬৭৮", Query(QueryKind.NAME, "রহিম", digits="5678")),
        ("<script>", Query(QueryKind.NAME, "<script>")),
        ("😀", Query(QueryKind.NAME, "😀")),
        ("", Query(QueryKind.EMPTY)),
        (" \u200b\n", Query(QueryKind.EMPTY)),
        ("kotha " * 30, Query(QueryKind.TOO_LONG)),
    ],
)
def test_everything_else(text: str, query: Query) -> None:
    assert parse_query(text) == query


@given(st.text() | st.text("0123456789০৭৮ #+-.:@aর"))
def test_any_text_is_some_query(text: str) -> None:
    query = parse_query(text)
    assert bool(query.value) == (query.kind not in (QueryKind.EMPTY, QueryKind.TOO_LONG))
    assert query.kind is QueryKind.PHONE or len(query.value) <= MAX_QUERY
    assert query.kind is not QueryKind.PHONE or to_e164(query.value) == query.value
    assert query.digits is None or len(query.digits) >= 4
    assert query.customer_id is None or 0 < query.customer_id < 2**63
