"""The controls of one lever in one place: value (first the rule in force), place, first month, for whom."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import solara

from abm.months import month_index, month_label
from abm.policy.change import LeverChange
from dashboard.components.controls import Button, MonthSelect, Radios, Slider
from dashboard.components.element import el, paragraph
from dashboard.engine.choice import Choices, arrived_of, own_lever, with_terms
from dashboard.engine.limits import load_limits
from dashboard.engine.rules import RuleNow, levers_of, rule_now
from dashboard.messages.words import Words
from dashboard.pages.shared.wording import (
    PlaceSelect,
    lever_words,
    now_words,
    place_name,
    switch_words,
    unit_key,
    value_words,
)
from dashboard.shell.session import Session

START, PAST = "start", "past"
"""Settings in the link: the month new levers start in, and whether the past may be changed."""


@solara.component
def LeverEditor(
    session: Session,
    lever: dict[str, Any],
    setting: LeverChange | None,
    left: tuple[str, ...],
    on_set: Callable[[], None] | None,
    full: bool = True,
) -> None:
    """Show the controls of a lever in one place; unless ``full``, the value alone.

    ``setting`` is None for a lever that is not set (yet), ``left`` are the places where it is not, ``on_set``
    is called when one that was not set gets a value.
    """
    words, catalogue = session.words, session.engine.catalogue
    last = month_label(month_index(session.choice.until) - 1)
    draft = solara.use_ref(_draft(session, lever, left, last))
    _, draw_again = solara.use_state(0)
    # What is set here since the last press, drawn yet or not: of two quick changes both must count.
    latest, drawn = solara.use_ref(setting), solara.use_ref(setting)
    if drawn.current != setting:
        drawn.current = latest.current = setting
    if setting is None and left and draft.current.place not in left:
        draft.current = with_terms(draft.current, place=left[0])
    shown = setting or draft.current
    place, start, who = str(shown.place), shown.start, arrived_of(shown)

    now = rule_now(catalogue.root, lever["id"], place, month_index(start))

    def put(new: LeverChange | None) -> None:
        if put_setting(session, latest.current, new):
            latest.current = new

    def set_value(value: float | str | None) -> None:
        before = latest.current
        if before is None and value == now.value and now.following is None:
            return  # the rule in force: nothing changes
        if value is not None:
            put(with_terms(before or draft.current, value=value))
            if before is None and on_set is not None:
                on_set()
        elif before is not None:
            draft.current = before
            put(None)

    def set_terms(**terms: Any) -> None:
        """Change place, month or people; what has a value moves with them."""
        if latest.current is not None:
            put(with_terms(latest.current, **terms))
        else:
            draft.current = with_terms(draft.current, **terms)
            draw_again(lambda times: times + 1)

    with el("div", classes="levers-editor" + (" levers-full" if full else "")):
        with el("div"):
            value_control(words, lever, setting, now, set_value)
        rule = now_words(words, catalogue, lever, place, start)
        if not full:
            terms = {"place": place_name(words, catalogue, place), "month": words.month(start)}
            rule = f"{words.t('levers.terms', **terms)} {rule}"
        paragraph(rule, classes="small muted levers-rule")
        if full:
            with el("div", classes="levers-terms"):
                if len(lever["places"]) > 1:
                    places = tuple(p for p in lever["places"] if p == place or p in left)
                    label = words.t("levers.place")
                    PlaceSelect(session, label, place, lambda new: set_terms(place=new), places)
                else:
                    paragraph(words.t("levers.place_fixed", place=place_name(words, catalogue, place)))
                MonthSelect(
                    words.t("levers.start"),
                    start,
                    lambda new: set_terms(start=new),
                    min(first_start(session), start),
                    # One that starts after the horizon is complained about, and must still show its month.
                    max(last, start),
                )
            who_control(session, lever, who, lambda new: set_terms(who=new))
        if setting is not None:
            Button(
                words.t("levers.remove"),
                lambda: set_value(None),
                kind="secondary",
                described=words.t("levers.remove_what", what=lever_words(words, catalogue, setting)),
            )


def first_start(session: Session) -> str:
    """Return the earliest month a lever may start in: the next, or any after the register if asked for."""
    catalogue = session.engine.catalogue
    return catalogue.earliest if session.setting(PAST, "0", ("0", "1")) == "1" else catalogue.next_month


def start_of(session: Session) -> str:
    """Return the month in which new levers start: one for the scenario."""
    last = month_label(month_index(session.choice.until) - 1)
    chosen = session.setting(START, session.engine.catalogue.fork)
    known = re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", chosen) is not None
    return min(max(chosen if known else "", first_start(session)), last)


def _draft(session: Session, lever: dict[str, Any], left: tuple[str, ...], last: str) -> LeverChange:
    """Return what a lever starts with: place, first month and people count, the value does not yet."""
    wanted = (lever["example_place"], *left, *lever["places"])
    place = next(one for one in wanted if one in (left or lever["places"]))
    return own_lever(lever["id"], place, min(start_of(session), last), lever["example"])


def put_setting(session: Session, old: LeverChange | None, new: LeverChange | None) -> bool:
    """Replace one setting of a lever, add (no ``old``) or remove it (no ``new``), unless there are too many.

    A lever is set once per place: what was set in the new place before goes.
    """
    choice = session.choice
    if old is not None:
        choice = choice.without_lever(old.lever, str(old.place))
    if new is not None:
        choice = choice.with_lever(new)
    today = session.engine.catalogue.next_month
    choice = replace(choice, past=any(one.start < today for one in choice.levers))
    return _put(session, choice, "levers", "levers.most_levers")


def put_package(session: Session, package: str, on: bool) -> None:
    """Switch a policy package on or off, unless there are too many."""
    _put(session, session.choice.with_preset(package, on), "presets", "levers.packages_most")


def _put(session: Session, choice: Choices, part: str, too_many: str) -> bool:
    """Choose, unless a part has more entries than before and than it may have: that is said."""
    most = getattr(load_limits(), f"{part}_per_choice")
    if len(getattr(choice, part)) > max(most, len(getattr(session.choice, part))):
        session.notify("warning", session.words.t(too_many, most=most))
        return False
    session.choose(choice)
    return True


type Numbered = tuple[tuple[int, LeverChange], ...]
"""Settings of a lever with the numbers of their editors, in the order in which they are drawn."""


def in_kept_order(before: Numbered, now: Sequence[LeverChange]) -> Numbered:
    """Return the settings where they stood before: one that changed takes the place of the one that is gone.

    A choice sorts its settings, so a new place or month would else move an editor from under the hand.

    >>> nl, pl = (own_lever("benefit_level", place, "2027-01", 0.5) for place in ("NL", "PL"))
    >>> be = own_lever("benefit_level", "BE", "2027-01", 0.5)
    >>> [(number, one.place) for number, one in in_kept_order(((0, nl), (1, pl)), (be, nl))]
    [(0, 'NL'), (1, 'BE')]
    """
    known = [one for _, one in before]
    new = [one for one in now if one not in known]
    found = []
    for number, one in before:
        if one in now:
            found.append((number, one))
        elif new:
            found.append((number, new.pop(0)))
    first = 1 + max((number for number, _ in found), default=-1)
    return (*found, *enumerate(new, first))


AS_NOW = "now"


def value_control(
    words: Words,
    lever: dict[str, Any],
    setting: Any,
    now: RuleNow,
    set_value: Callable[[float | str | None], None],
) -> None:
    """Show what sets the value: choices for a switch, a month, or a slider."""
    label = words.t("levers.choose_value")
    if lever["is_switch"]:
        in_force = None if now.mixed or now.value is None else bool(now.value)
        as_now = words.t("levers.as_now")
        if in_force is not None:
            as_now = words.t("levers.as_now_is", value=switch_words(words, lever, in_force).lower())
        # The rule in force is offered once, unless another one follows that the user may want to keep out.
        states = [
            state for state in ("1", "0") if now.following is not None or in_force is not (state == "1")
        ]
        if setting is not None and (set_to := "1" if setting.value else "0") not in states:
            states.append(set_to)
        options = [(AS_NOW, as_now), *((state, switch_words(words, lever, state == "1")) for state in states)]
        chosen = AS_NOW if setting is None else "1" if setting.value else "0"
        Radios(
            label, chosen, options, lambda new: set_value(None if new == AS_NOW else float(new)), inline=True
        )
        return
    if lever["is_month"]:
        value = str(now.value or lever["example"])
        MonthSelect(
            words.t("levers.set_month"),
            str(setting.value) if setting else value,
            set_value,
            min(lever["range"]["least"], value),
            lever["range"]["most"],
        )
        return
    if setting is None and now.value is None:
        example = float(lever["example"])
        Button(
            words.t("levers.set_to", value=value_words(words, lever, example)),
            lambda: set_value(example),
            kind="secondary",
        )
        return
    known = None if now.mixed or now.value is None else float(now.value)
    start = lever["neutral"] if now.value is None else now.value
    Slider(
        label,
        float(setting.value if setting else start),
        set_value,
        lever["range"],
        # The unit as configured where no text says what the numbers mean.
        hint=words.t_or(f"scenario.scale_{unit_key(lever['unit'])}", lever["unit"]),
        neutral=known,
        neutral_label=words.t("scenario.now") if known is not None else "",
    )


def who_control(
    session: Session, lever: dict[str, Any], who: str | None, set_who: Callable[[str], None]
) -> None:
    """Show whom the lever concerns, as a choice where there is one."""
    words = session.words
    about = levers_of(session.engine.catalogue.root)[lever["id"]].who
    if lever["newcomers"]:
        options = [(value, words.t(f"levers.who_{value}")) for value in ("everyone", "newcomers")]
        Radios(words.t("levers.who"), who or about.arrived, options, set_who)
        return
    said = []
    if about.sex == "male" and about.ages:
        said.append(words.t("levers.who_men", young=about.ages[0], old=about.ages[1]))
    if about.origins:
        names = [words.label(session.engine.catalogue.units[unit]) for unit in about.origins]
        said.append(words.t("levers.who_origins", names=", ".join(names)))
    if said:
        paragraph(words.t("levers.who_fixed", who=", ".join(said)), classes="small")
