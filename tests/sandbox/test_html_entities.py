"""Telegram's HTML: what it takes, what it says to the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.errors import ApiError
from bot.sandbox.html_entities import parse_html
from bot.sandbox.texts import clean, found_entities


def test_entities_count_utf16_units() -> None:
    text, entities = parse_html("🔥 <b>রহিম <i>উদ্দিন</i></b> &lt;x&gt; &#39;&#x0995;&#39; &nbsp;")
    assert text == "🔥 রহিম উদ্দিন <x> 'ক' &nbsp;"
    assert entities == [
        {"type": "bold", "offset": 3, "length": 11},
        {"type": "italic", "offset": 8, "length": 6},
    ]


def test_links_code_and_quotes() -> None:
    markup = '<a href="https://x.test/?a=1&amp;b=2">x</a><code>c</code><blockquote expandable>q</blockquote>'
    _, entities = parse_html(markup + '<pre><code class="language-sql">s</code></pre>')
    assert [one["type"] for one in entities] == ["text_link", "code", "expandable_blockquote", "pre"]
    assert entities[0]["url"] == "https://x.test/?a=1&b=2"
    assert entities[3]["language"] == "sql"


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        ("ক <h1>x</h1>", 'Unsupported start tag "h1" at byte offset 4'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_complaints(markup: str, complaint: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_html(markup)
    assert caught.value.description == f"Bad Request: can't parse entities: {complaint}"


@given(st.text(alphabet=st.sampled_from("<>/&;=\"' abpre🔥ক\n")))
def test_any_markup_parses_or_is_refused(markup: str) -> None:
    try:
        text, entities = clean(*parse_html(markup))
    except ApiError:
        return
    size = len(text.encode("utf-16-le")) // 2
    assert all(one["offset"] >= 0 and one["offset"] + one["length"] <= size for one in entities)


def test_what_telegram_finds_by_itself() -> None:
    text = "/start@cdm_demo_bot +880 1712-345678 a@b.co https://x.test/a. @tanvir_sales #123 #honey ৳1,25,000"
    assert [(one["type"], text[one["offset"] : one["offset"] + one["length"]]) for one in found_entities(text)] == [
        ("bot_command", "/start@cdm_demo_bot"),
        ("phone_number", "+880 1712-345678"),
        ("email", "a@b.co"),
        ("url", "https://x.test/a"),
        ("mention", "@tanvir_sales"),
        ("hashtag", "#honey"),
    ]


def test_outer_blanks_go_and_entities_move_along() -> None:
    assert clean(*parse_html("\n <b>x</b>\r\n<i> </i>")) == ("x", [{"type": "bold", "offset": 0, "length": 1}])
