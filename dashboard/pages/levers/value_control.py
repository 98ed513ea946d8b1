"""What sets the value of a lever and whom it concerns, with the rule in force as the starting point."""

from collections.abc import Callable
from typing import Any

from dashboard.components.controls import Button, MonthSelect, Radios, Slider
from dashboard.components.element import paragraph
from dashboard.engine.rules import RuleNow, levers_of
from dashboard.messages.words import Words
from dashboard.pages.shared.wording import switch_words, unit_key, value_words
from dashboard.shell.session import Session

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
