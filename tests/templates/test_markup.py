"""Telegram's lengths, and messages split without harm."""

import re

from hypothesis import given
from hypothesis import strategies as st

from templates.markup import GAP, length, plain, split, tidy

_PIECE = st.sampled_from(
    [
        "<b>",
        "</b>",
        "<blockquote>",
        "</blockquote>",
        "&lt;",
        "&amp;",
        "\n",
        " ",
        "কথা",
        "word",
        "👩‍🌾",
        "x" * 50,
        "e" + "\u0317" * 50,
    ]
)


@st.composite
def markups(draw: st.DrawFn) -> str:
    """Well-formed HTML of nested tags, entities, Bengali and emoji."""
    out, stack = [], []
    for piece in draw(st.lists(_PIECE, max_size=80)):
        if piece.startswith("</"):
            if not stack or stack[-1] != piece[2:-1]:
                continue
            stack.pop()
        elif piece.startswith("<"):
            stack.append(piece[1:-1])
        out.append(piece)
    return "".join(out) + "".join(f"</{name}>" for name in reversed(stack))


def test_length_counts_utf16_units_after_entities() -> None:
    assert length("<b>a&lt;b</b> 👍 ক্ষ") == len("a<b ") + 2 + len(" ক্ষ")
    assert plain('<a href="x?a=1&amp;b=2">T&amp;C</a>') == "T&C"


def test_a_short_message_stays_whole() -> None:
    assert split("<b>one</b>\ntwo") == ["<b>one</b>\ntwo"]


def test_cut_at_line_ends() -> None:
    assert split("aaaa\nbbbb\ncccc", 10) == ["aaaa\nbbbb", "cccc"]


def test_a_long_line_is_cut_at_a_space_and_a_long_word_between_letters() -> None:
    assert split("aaaa bbbb cccc", 10) == ["aaaa bbbb", "cccc"]
    assert split("ক্ষক্ষক্ষ", 7) == ["ক্ষক্ষ", "ক্ষ"]


def test_open_tags_are_closed_and_opened_again() -> None:
    assert split("<blockquote>aaaa\nbbbb</blockquote>", 5) == [
        "<blockquote>aaaa</blockquote>",
        "<blockquote>bbbb</blockquote>",
    ]


@given(markups(), st.integers(30, 60))
def test_pieces_fit_are_balanced_and_lose_only_spaces(markup: str, limit: int) -> None:
    pieces = split(markup, limit)
    assert all(length(piece) <= limit for piece in pieces)
    assert re.sub(r"\s", "", "".join(map(plain, pieces))) == re.sub(r"\s", "", plain(markup))
    for piece in pieces:
        stack: list[str] = []
        for closing, name in re.findall(r"<(/?)([a-z]+)>", piece):
            if closing:
                assert stack.pop() == name
            else:
                stack.append(name)
        assert not stack
        assert not re.search(r"&(?!lt;|amp;)", piece)


def test_tidy_strips_lines_and_keeps_the_wanted_gap_once() -> None:
    assert tidy(f"  a \n\n\n b\n{GAP}\n {GAP}\n\nc\n{GAP}\n") == "a\nb\n\nc"
