"""The questions with ready answers: what each changes in the three numbers, one press away."""

import solara

from dashboard.components.controls import Button
from dashboard.components.element import el, heading, paragraph
from dashboard.engine.answer import Answer
from dashboard.engine.bands import difference
from dashboard.engine.choice import Choices
from dashboard.engine.shipped import Question, whatif_questions
from dashboard.messages.words import Words
from dashboard.pages.shared.finding import causes, grade_words, three
from dashboard.shell.session import Session
from dashboard.shell.view import SLOTS


@solara.component
def WhatIf(session: Session) -> None:
    """Show every question as a card."""
    words = session.words
    heading(words.t("overview.whatif"), id_="overview-whatif")
    paragraph(words.t("overview.whatif_lead", date=words.first_day(session.choice.until)), classes="muted")
    with el("div", classes="whatif"):
        for question in whatif_questions():
            QuestionCard(session, question).key(f"whatif-{question.id}")


@solara.component
def QuestionCard(session: Session, question: Question) -> None:
    """Show one question with its answer, if it is there without a calculation."""
    words = session.words
    choice = question.choices.with_until(session.choice.until)
    answer = session.engine.known(choice)
    name = words.t(f"overview.whatif_{question.id}")
    with el("section", classes="whatif-card", aria_label=name):
        el("h3", name, classes="whatif-name")
        with el("div"):
            if answer is None:
                paragraph(words.t("overview.whatif_later"), classes="small muted")
            else:
                _Rows(session, answer)
        with el("div", classes="row"):
            opened = session.choice == choice
            Button(
                words.t("overview.whatif_opened" if opened else "overview.whatif_open"),
                lambda: session.choose(choice),
                kind="secondary",
                pressed=opened,
                described=words.t("overview.whatif_open_what", what=name),
            )
            if free := next((slot for slot in SLOTS if slot not in session.choices), ""):
                Button(
                    words.t("overview.whatif_compare"),
                    lambda: _compare(session, choice, free),
                    kind="quiet",
                    described=words.t("overview.whatif_compare_what", what=name),
                )


def _compare(session: Session, choice: Choices, free: str) -> None:
    """Put a question beside what is shown, in the first free slot at the press."""
    slot = next((one for one in SLOTS if one not in session.choices), free)
    session.choose(choice, slot)
    session.say(session.words.t("overview.whatif_compared", slot=slot))


def _Rows(session: Session, answer: Answer) -> None:
    words, place, catalogue = session.words, session.place, session.engine.catalogue
    rows = []
    for outcome in three(answer, place):
        change = difference(answer.difference(outcome, place))
        bold = "whatif-sure" if change.is_clear else "muted"
        rows += [
            el("dt", words.t(f"scenario.outcome_{outcome}")),
            el("dd", change.value(words), classes=bold),
        ]
        if change.way:
            rows.append(el("dd", change.band(words), classes="whatif-band"))
    el("dl", *rows, classes="whatif-rows")
    because = _because(words, answer, place)
    grade = words.t("finding.evidence", grade=grade_words(words, catalogue, answer.choice))
    paragraph(f"{because} {grade}".strip(), classes="small")


def _because(words: Words, answer: Answer, place: str) -> str:
    found = {name: difference(answer.difference(name, place)) for name in three(answer, place)}
    first = max(found, key=lambda name: (found[name].is_clear, bool(found[name].way), abs(found[name].mid)))
    if not found[first].way:
        return ""
    listed = ", ".join(f"{name} {words.signed(one.mid)}" for name, one in causes(words, answer, place, first))
    return words.t("finding.through", list=listed) if listed else ""
