"""Callback data: what goes in comes out, and nothing that comes in can break."""

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.words import Outcome
from templates.actions import ACTIONS, MAX_BYTES, Action, Kind, Tab, decode, encode, fits, stamp, unstamp
from tests.templates.speeches import DHAKA, NOW


def _argument(kind: Kind) -> st.SearchStrategy[int | str]:
    if kind is int:
        return st.integers(-(2**63), 2**63 - 1)
    if issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    return st.text(max_size=12)


@st.composite
def actions(draw: st.DrawFn) -> Action:
    name = draw(st.sampled_from(sorted(ACTIONS)))
    return Action(name, tuple(draw(_argument(kind)) for kind in ACTIONS[name]))


def test_looks() -> None:
    assert encode(Action("card", (123, 1))) == "v1:card:123:1"
    assert encode(Action("hits", ("a:b%", 2))) == "v1:hits:a%3Ab%25:2"


@given(actions())
def test_round_trip(action: Action) -> None:
    if fits(action):
        data = encode(action)
        assert len(data.encode()) <= MAX_BYTES
        decoded = decode(data)
        assert decoded == action
        assert decoded is not None
        assert [type(argument) for argument in decoded.args] == list(ACTIONS[action.name])


@given(actions().filter(lambda action: str not in ACTIONS[action.name]))
def test_everything_without_free_text_fits_with_ids_of_ordinary_size(action: Action) -> None:
    small = tuple(value % 10**12 if isinstance(value, int) else value for value in action.args)
    assert fits(Action(action.name, small))


@given(st.one_of(st.text(max_size=70), st.text(max_size=60).map("v1:".__add__), st.text().map("v1:card:".__add__)))
def test_decoding_never_raises(data: str) -> None:
    action = decode(data)
    assert action is None or action.name in ACTIONS


@pytest.mark.parametrize(
    "data",
    ["", "v1", "v0:next", "v1:gone:1", "v1:card:1", "v1:card:1:2:3", "v1:card:x:0", "v1:card:০১:0", "v1:card:01:0",
     "v1:log:1:0:bought", "v1:open:99999999999999999999"],
)  # fmt: skip
def test_old_and_forged_buttons_are_not_known(data: str) -> None:
    assert decode(data) is None


@pytest.mark.parametrize(
    "action",
    [
        Action("gone"),
        Action("open", ("5",)),
        Action("open", (2**63,)),
        Action("open"),
        Action("log", (1, 0, "bought")),
        Action("hits", ("ক" * 30, 0)),
    ],
)
def test_what_no_button_can_carry_is_refused(action: Action) -> None:
    assert not fits(action)
    with pytest.raises(ValueError):
        encode(action)


def test_moments_travel_as_stamps() -> None:
    assert stamp(NOW, DHAKA) == "202611221110"
    assert unstamp("202611221110", DHAKA) == NOW
    assert unstamp("202613221110", DHAKA) is None
    assert unstamp("২০২৬১১২২১১১০", DHAKA) is None
    assert unstamp("", DHAKA) is None


def test_enums_come_back_as_enums() -> None:
    assert decode("v1:log:7:0:no_answer") == Action("log", (7, 0, Outcome.NO_ANSWER))
    decoded = decode("v1:tab:7:0:family:0")
    assert decoded is not None
    assert decoded.args[2] is Tab.FAMILY
