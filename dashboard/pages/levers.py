"""Levers: choose the war and the rules, and see at once what changes."""

import solara

from dashboard.components import el, lead
from dashboard.pages_parts.levers.assumptions import PackageChoice, ScenarioFile, WarChoice
from dashboard.pages_parts.levers.lever_list import LeverList
from dashboard.pages_parts.levers.summary import ResultMore, ResultNow, ResultPlace, WhatIsSet
from dashboard.shell import Session

ID = "levers"
ORDER = 20
TITLE = "levers.title"
HEADING = "levers.heading"


@solara.component
def Page(session: Session) -> None:
    """Show the controls and, beside or below them, the result."""
    lead(session.words.t("levers.lead"))
    with el("div", classes="levers"):
        with el("div", classes="levers-controls"):
            LeverList(session)
            PackageChoice(session)
            WarChoice(session)
            ScenarioFile(session)
        with el("div", classes="levers-result"):
            ResultPlace(session)
            ResultNow(session)
            with el("div", classes="levers-more"):
                WhatIsSet(session)
                ResultMore(session)
