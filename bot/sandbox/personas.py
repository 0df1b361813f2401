"""Who is there when nobody says otherwise: a small sales team, a stranger and a group."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sandbox.model import Bot, User

DEMO_TOKEN = "7000000001:AASandboxOnlyNotASecretTokenForTests"


@dataclass(frozen=True, slots=True)
class Group:
    """A group to be made at start; ``members`` are personas' keys, the first bot is always among them."""

    id: int
    key: str
    title: str
    members: tuple[str, ...]


def default_bots() -> Sequence[Bot]:
    return (Bot(DEMO_TOKEN, "cdm_demo_bot", "CDM"),)


def default_users() -> Sequence[User]:
    return (
        User(700100001, "tanvir", "Tanvir", "Ahmed", "tanvir_sales", "bn", "+8801711000001", "Agent"),
        User(700100002, "nusrat", "Nusrat", "Jahan", "nusrat_sales", "en", "+8801711000002", "Agent"),
        User(700100003, "farhana", "Farhana", "Islam", "farhana_lead", "en", "+8801711000003", "Manager"),
        User(700100004, "rafiq", "Rafiq", "Hasan", "rafiq_admin", "en", "+8801711000004", "Admin"),
        User(700100005, "stranger", "Sohel", "Rana", "", "bn", "+8801911000005", "Stranger"),
    )


def default_groups() -> Sequence[Group]:
    return (Group(-700200001, "mirpur", "Team Mirpur", ("tanvir", "nusrat", "farhana")),)
