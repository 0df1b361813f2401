"""Messages from templates: ``messages/NAME.j2`` and facts in, Telegram HTML out.

Templates see the facts, ``speech``, gettext, the filters below and ``dots``. Names, notes and other stored text go
through the filter of their kind, which cleans and cuts them; escaping is automatic. A missing fact is an error.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from cdm_core.words import Language
from templates import dates, markup, numbers, phones, text, vocabulary
from templates.speech import Speech
from templates.translations import translations

MESSAGES = Path(__file__).parent / "messages"


def render(name: str, speech: Speech, /, **facts: Any) -> str:
    """The message as Telegram HTML, stripped and without stray blank lines; of any length, see ``markup.split``.

    ``name`` is a path under ``messages`` without its suffix, ``errors/too_long``. Raises
    ``jinja2.TemplateNotFound`` and ``jinja2.UndefinedError``.
    """
    template = _environment(speech.language).get_template(f"{name}.j2")
    return markup.tidy(template.render(facts, speech=speech))


def render_plain(name: str, speech: Speech, /, **facts: Any) -> str:
    """The same as plain text, for toasts and inline results."""
    return markup.plain(render(name, speech, **facts))


def render_both(name: str, speech: Speech, /, **facts: Any) -> str:
    """The message in the language of ``speech``, then in the other, for a reader whose language is not known."""
    languages = sorted(Language, key=lambda language: language is not speech.language)
    return "\n".join(render(name, replace(speech, language=language), **facts) for language in languages)


def dots(*facts: object) -> Markup:
    """The facts that are there on one line, with `` · `` between them; None, False and "" are not there."""
    return Markup(" · ").join(escape(fact) for fact in facts if fact is not None and fact is not False and fact != "")


@lru_cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(MESSAGES),
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(dots=dots, gap=markup.GAP)
    environment.filters.update(_spoken_filters(), **_plain_filters())
    return environment


def _spoken_filters() -> dict[str, Callable[..., object]]:
    """Filters whose result depends on the reader."""
    spoken: dict[str, Callable[..., object]] = {
        "count": numbers.count,
        "money": numbers.money,
        "percent": numbers.percent,
        "weight": numbers.weight,
        "ago": dates.ago,
        "lasting": dates.lasting,
        "span": dates.span,
        "days": dates.days,
        "when": dates.when,
        "when_dated": dates.when_dated,
        "until": dates.until,
        "relative_day": dates.relative_day,
        "day": dates.day,
        "short_date": dates.short_date,
        "full_date": dates.full_date,
        "birth_date": dates.birth_date,
        "weekday": dates.weekday,
        "weekday_day": dates.weekday_day,
        "day_range": _day_range,
        "clock": dates.clock,
        "short_clock": dates.short_clock,
        "clock_at": dates.clock_at,
        "local_date": _local_date,
        "digits": _digits,
        "clock_range": _clock_range,
        "minutes_seconds": _minutes_seconds,
        "month_day": _month_day,
        "word": _word,
        "source": _source,
        "campaign": _campaign,
        "relative": _relative,
    }
    return {name: _with_speech(function) for name, function in spoken.items()}


def _plain_filters() -> dict[str, Callable[..., str]]:
    cuts = {kind: _cut_to(limit) for kind, limit in text.LIMITS.items()}
    return {
        **cuts,
        "clean": text.clean,
        "clean_lines": text.clean_lines,
        "masked": text.masked,
        "unbroken": text.unbroken,
        "cap": _capitalised,
        "phone": phones.phone,
        "last4": phones.last4,
        "icon": lambda code, kind: vocabulary.icon(kind, code),
    }


def _with_speech(function: Callable[..., Any]) -> Callable[..., Any]:
    """A format as a filter: the speech, always its last positional argument, comes from the context."""

    @pass_context
    @wraps(function)
    def spoken(context: Context, *values: Any, **facts: Any) -> Any:
        return function(*values, context["speech"], **facts)

    return spoken


def _cut_to(limit: int) -> Callable[[str], str]:
    return lambda value: text.truncate(value, limit)


def _capitalised(value: str) -> str:
    """Keeps what is safe markup so."""
    capital = text.capitalised(str(value))
    return Markup(capital) if isinstance(value, Markup) else capital


def _local_date(moment: Any, speech: Speech) -> date:
    return speech.local(moment).date()


def _digits(value: object, speech: Speech) -> str:
    return numbers.digits(str(value), speech.language)


def _clock_range(start_and_end: tuple[Any, Any], speech: Speech) -> str:
    start, end = start_and_end
    return dates.clock_range(start, end, speech)


def _day_range(first_and_last: tuple[date, date], speech: Speech) -> str:
    first, last = first_and_last
    return dates.day_range(first, last, speech)


def _minutes_seconds(length: timedelta, speech: Speech) -> str:
    """``0:12``: how long a recording plays."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    return numbers.digits(f"{minutes}:{seconds:02}", speech.language)


def _month_day(month_and_day: tuple[int, int], speech: Speech) -> str:
    month, day_of_month = month_and_day
    return dates.month_day(month, day_of_month, speech)


def _word(code: str, kind: str, speech: Speech, *, form: vocabulary.Form = "label", **facts: str) -> str:
    return vocabulary.render_words(kind, code, speech, form, **facts)


def _source(stored: str, speech: Speech) -> str:
    """Where a customer came from, in words where it is one that we know, else as stored."""
    code = stored.strip().lower()
    known = code in vocabulary.WORDS["source"]
    return vocabulary.render_words("source", code, speech) if known else text.clean(stored)


def _campaign(name: str, speech: Speech) -> str:
    """What a campaign is called: in words where it is one of ours that nobody renamed, else as typed."""
    known = name in vocabulary.WORDS["campaign"]
    return _capitalised(vocabulary.render_words("campaign", name, speech)) if known else name


def _relative(relationship: str, gender: str | None, speech: Speech) -> str:
    return vocabulary.relative(relationship, gender, speech)
