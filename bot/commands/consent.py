"""What a customer allows: /dnc, the channels behind [🔏 Consent], and allowing calls again."""

from bot import questions
from bot.call import Call
from bot.commands import card, changes, echoes, taps, waiting
from bot.commands.whom import whom
from bot.registry import Replies, button, command
from bot.reply import Reply
from cdm_core import consents, profile_writes, tab_head
from cdm_core.access import CustomerRef
from cdm_core.contacts import Contact
from cdm_core.note_contacts import read, short_id_and_what, who_and_what
from cdm_core.words import ConsentChannel, InteractionType
from templates.actions import Consent, Tab
from templates.keyboards import profile as keyboards

_ALLOWED = {Consent.YES: True, Consent.NO: False, Consent.UNSAID: None}


@command("dnc", args="[who] [why]")
async def stop_calls(call: Call) -> Replies:
    """Asks, as the button does, and keeps why as a note. Who is not called any more is shown, with the way back."""
    who, why = await _who_and_why(call)
    ref = await whom(call, who)
    if isinstance(ref, Reply):
        return ref
    if why:
        said = await _note(call, ref, why)
        if said is not None:
            return said
    head = await tab_head.head(call.session, call.staff, call.thresholds, ref.customer_id, now=call.now)
    if head.do_not_call:
        return await card.show_tab(call, ref.customer_id, Tab.PROFILE, edit=False)
    return await taps.ask_do_not_call(call, ref)


async def _who_and_why(call: Call) -> tuple[str, str]:
    """All of the text is whom, if it finds anybody; else what stands before the words that say why."""
    if not call.text or (await waiting.find(call, call.text)).hits:
        return call.text, ""
    note = read(call.text, call.said_at, call.thresholds)
    who, why = who_and_what(call.text, note, call.thresholds.country)
    if not why:
        who, why = short_id_and_what(call.text, call.said_at, call.thresholds)
    return (who, why) if who and why else (call.text, "")


async def _note(call: Call, ref: CustomerRef, why: str) -> Reply | None:
    """Keep why, and ask whether no more calls follow from it; None where none are made already."""
    remark = Contact(
        at=call.said_at,
        type=InteractionType.OTHER,
        description=why,
        origin=echoes.message_key(call),
        asks_no_calls=True,
    )
    logged = await echoes.log(call, ref, remark)
    if await consents.calls_forbidden(call.session, ref.customer_id):
        return None
    return await echoes.ask_do_not_call(call, ref, logged.interaction_id, kept=True)


@button("consents")
async def allowed(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return card.behind(
        call,
        ref,
        "profile/consents",
        keyboards.consents(call.speech, customer_id=ref.customer_id, from_queue=card.queued(call)),
        edit=True,
        said=await consents.said(call.session, ref.customer_id),
    )


@button("consent")
async def ask(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    channel = ConsentChannel(str(call.action.args[1]))
    said = await consents.said(call.session, ref.customer_id)
    return card.behind(
        call,
        ref,
        "profile/consent",
        keyboards.consent(call.speech, channel, customer_id=ref.customer_id),
        edit=True,
        channel=channel,
        allowed=said.get(channel),
    )


@button("allow")
async def allow(call: Call) -> Reply:
    """Whoever refuses calls is asked about as everywhere: that ends what was promised too."""
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    channel, answer = ConsentChannel(str(call.action.args[1])), Consent(str(call.action.args[2]))
    if channel is ConsentChannel.CALL and answer is Consent.NO:
        return await taps.ask_do_not_call(call, ref)
    change = await profile_writes.set_consent(call.session, call.staff, ref, channel, _ALLOWED[answer], now=call.now)
    if channel is ConsentChannel.CALL:
        await questions.retell(call, ref.customer_id)
    if change is not None:
        return await changes.show(call, change, edit=True)
    from_queue = card.queued(call)
    return await card.show_tab(call, ref.customer_id, Tab.PROFILE, from_queue=from_queue)
