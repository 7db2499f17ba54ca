"""``/merchant/practice``: every answer in words, to learn by; nothing is verified here."""

from dataclasses import dataclass

from flask import Blueprint, Response

from gateway.ids import UnverifiedText
from gateway.services.practice import Practise, Wanted
from gateway.services.verdicts import Outcome, Presentation
from gateway.web.admission import Who, open_to, till
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.merchant.scenarios import choices_of
from gateway.web.words import message

bp = Blueprint("merchant_practice", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One answer as the page shows it."""

    name: str
    outcome: str
    message: str
    holder: str | None


@bp.get("/merchant/practice")
@open_to(Who.DEVICE)
@per_visitor
def show() -> Response:
    """Show each answer with its words, and what to do then."""
    here, city, lang = till(), gateway(), page_language()
    choices = choices_of(here, lang)
    scenes = list[Scene]()
    for wanted in Wanted:
        for choice in choices[:1]:
            shown = Presentation(text=UnverifiedText(""), scenario=choice.id, venue=here.venue)
            use = Practise(verify=city.verify)
            verdict = use.answer(wanted, shown, here.serving, city.clock.now())
            # Where nothing is on offer, what would be granted cannot be shown.
            if verdict.outcome is Outcome.RECOGNISED or not wanted.startswith("recognised"):
                scenes.append(
                    Scene(
                        name=wanted.value,
                        outcome=verdict.outcome.value,
                        message=message(verdict, lang, choice.id),
                        holder=verdict.holder,
                    )
                )
    return draw("merchant/practice.html", scenes=scenes)
