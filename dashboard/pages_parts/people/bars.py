"""Groups as bars that say their numbers: text first, the bar beside it is decoration."""

import solara

from dashboard.components import el, heading, paragraph
from dashboard.engine import display
from dashboard.messages import Words
from dashboard.pages_parts.people.composition import WHOLE, GroupRow


def group_name(words: Words, attribute: str, value: str) -> str:
    """Return the name of a value of an attribute."""
    return words.t(f"people.{attribute}_{value}")


def Bars(words: Words, attribute: str, rows: list[GroupRow], baseline: bool) -> solara.Element:
    """Return one attribute: its heading, a sentence about the largest group, and a bar per group.

    Parameters
    ----------
    words : Words
        Language.
    attribute : str
        One of :data:`~dashboard.pages_parts.people.composition.ATTRIBUTES`.
    rows : list of GroupRow
        Its groups.
    baseline : bool
        Whether there is no choice to compare with.
    """
    title = heading(words.t(f"people.group_{attribute}"), 3)
    if not rows:
        return el("div", title, paragraph(words.t("people.nobody")), classes="people-group")
    most = max(rows, key=lambda row: row.share[1])
    sentence = words.t(
        "people.most",
        label=group_name(words, attribute, most.value),
        n=words.number(display(*most.persons)[1]),
        share=words.share(most.share[1]),
        whole=words.t(f"people.of_{WHOLE.get(attribute, 'all')}"),
    )
    bars = [_bar(words, attribute, row, baseline) for row in rows]
    return el(
        "div",
        title,
        paragraph(sentence, classes="small"),
        el("ul", *bars, classes="people-bars"),
        classes="people-group",
        data_attribute=attribute,
    )


def _bar(words: Words, attribute: str, row: GroupRow, baseline: bool) -> solara.Element:
    low, mid, high = display(*row.persons)
    told = [words.t("people.row_band", low=low, high=high)]
    if not baseline:
        change = row.change.value(words)
        told.append(words.t("people.row_change", change=change[:1].lower() + change[1:]))
    marks = [
        el("span", classes="people-fill", style=f"width: {_at(row.share[1])}"),
        el(
            "span",
            classes="people-range",
            style=f"left: {_at(row.share[0])}; width: {_at(row.share[2] - row.share[0])}",
        ),
    ]
    if not baseline:
        marks.append(el("span", classes="people-mark", style=f"left: {_at(row.base_share)}"))
    return el(
        "li",
        el("span", group_name(words, attribute, row.value), classes="people-name"),
        el("span", words.number(mid), el("strong", words.share(row.share[1])), classes="people-number"),
        el("span", *marks, classes="people-track", aria_hidden="true"),
        el("span", "; ".join(told), classes="people-told"),
        data_value=row.value,
    )


def _at(share: float) -> str:
    """Return a share as a length; the whole width is 100 %."""
    return f"{100 * min(max(share, 0.0), 1.0):.1f}%"
