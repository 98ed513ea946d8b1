"""How sure are we: the model against held-out months and rivals, what is assumed, what it cannot say."""

from typing import Any

import solara

from calibration.validation.metrics import POOLED_COVERAGE
from dashboard.components.charts import Chart
from dashboard.components.controls import setting_radios, setting_select
from dashboard.components.element import (
    bullets,
    details,
    el,
    lead,
    page_link,
    paragraph,
    section,
    with_meanings,
)
from dashboard.components.panels import (
    ColumnHead,
    DataTable,
    NoticeBox,
    noted_cards,
    table_columns,
)
from dashboard.engine import shipped
from dashboard.pages.how_sure import figures as scores
from dashboard.pages.how_sure.figures import PROMISED, Assumed, Coverage, error_percent, errors_figure
from dashboard.pages.how_sure.ledger import Ledger, NextWaves
from dashboard.shell.session import Session

ID = "how-sure"
ORDER = 80
TITLE = "how_sure.title"
HEADING = "how_sure.heading"

HEADLINE = "6"
"""Months ahead of the headline."""

MILLION = 1e6


@solara.component
def Page(session: Session) -> None:
    """Show how good the model is, and what it cannot say."""
    words = session.words
    figures = shipped.figures()
    held = figures["windows"]["held_out"]
    errors = scores.typical_errors(held)
    intentions = figures["intentions"]
    first, last = words.month(held["first"]), words.month(held["last"])
    lead(
        words.t(
            "how_sure.lead", n=int(HEADLINE), model=error_percent(words, errors[HEADLINE][scores.MODEL]),
            persistence=error_percent(words, errors[HEADLINE]["persistence"]),
        )
    )  # fmt: skip
    if shipped.old_evidence():
        NoticeBox("warning", words.t("shell.old_evidence"), words=words)
    paragraph(*with_meanings(words, words.t("how_sure.what", first=first, last=last), "what"))
    points = intentions["survey_rmse_pp"]
    counts = scores.counted_by_status(figures["parameters"])
    off = {use: words.t("intentions.points", n=round(points[use])) for use in ("fit", "holdout")}
    moved = words.t("intentions.of", some=counts[scores.FITTED], all=sum(counts.values()))
    ahead = {"n": int(HEADLINE), "first": first, "last": last}
    cards = {
        "error": (error_percent(words, errors[HEADLINE][scores.MODEL]), ahead),
        "band": (words.share(held[POOLED_COVERAGE]), {"promised": words.share(PROMISED / 100)}),
        "surveys": (off["holdout"], {"fit": off["fit"]}),
        "data": (moved, {}),
    }
    noted_cards(words, "how_sure.card", cards)
    seen = words.t("how_sure.seen_text", data=words.date(session.engine.baseline.data_date))
    NoticeBox("warning", words.t("how_sure.seen_title"), seen, words=words)
    Misses(session, figures)
    Rolling(session, figures)
    Rivals(session, figures)
    Ledger(session)
    NextWaves(session, figures)
    Countries(session, figures)
    Coverage(session, figures)
    Assumed(session, figures)
    with section(words.t("how_sure.cannot_title"), id_="how-sure-cannot"):
        bullets([words.t(f"how_sure.cannot_{n}") for n in range(1, 7)])
        with el("p"):
            page_link(words.t("how_sure.to_data"), session, "about-data")


@solara.component
def Misses(session: Session, figures: dict[str, Any]) -> None:
    """Say first what the model does not do well."""
    words, hosts = session.words, session.engine.catalogue.hosts
    held, intentions = figures["windows"]["held_out"], figures["intentions"]
    points = intentions["survey_rmse_pp"]
    said = []
    for host, better in scores.beaten_hosts(held):
        rivals = f" {words.t('intentions.or')} ".join(words.t(f"how_sure.by_{name}") for name in better)
        said.append(words.t("how_sure.miss_host", place=words.label(hosts[host]), rival=rivals))
    home = scores.error_of_host(held, "NL", HEADLINE)
    if home is not None and home[scores.best_naive(home)] < home[scores.MODEL]:
        rival = scores.best_naive(home)
        said.append(
            words.t(
                "how_sure.miss_nl", n=int(HEADLINE), rival=words.t(f"how_sure.by_{rival}"),
                better=error_percent(words, home[rival]), model=error_percent(words, home[scores.MODEL]),
            )
        )  # fmt: skip
    said.append(
        words.t(
            "how_sure.miss_surveys",
            points=words.number(points["holdout"], 1),
            fit=words.number(points["fit"], 1),
        )
    )
    for row in shipped.simulated_against_surveys():
        if row["label"] == "net_outflow" and not row["inside"]:
            said.append(
                words.t(
                    "how_sure.miss_outflow", year=row["month"][:4],
                    observed=words.number(row["observed"] / MILLION, 2),
                    model=words.number(row["model"] / MILLION, 2),
                )
            )  # fmt: skip
    said.append(words.t("how_sure.miss_peace"))
    with section(words.t("how_sure.misses_title"), id_="how-sure-misses"):
        bullets(said)
        with el("p"):
            page_link(words.t("how_sure.to_intentions"), session, "intentions")


@solara.component
def Rivals(session: Session, figures: dict[str, Any]) -> None:
    """Show typical errors of the model and its rivals by months ahead."""
    words = session.words
    with section(words.t("how_sure.rivals_title"), id_="how-sure-rivals"):
        el("p", words.t("how_sure.rivals_text"))
        with el("div", classes="columns"):
            windows = [(one, words.t(f"how_sure.window_{one}")) for one in scores.WINDOWS]
            name = setting_radios(session, "window", words.t("how_sure.window"), windows)
            months = [(one, words.t(f"how_sure.months_{one}")) for one in ("plain", "breaks")]
            kind = setting_radios(session, "months", words.t("how_sure.months"), months)
        window = figures["windows"][name]
        errors = scores.typical_errors(window) if kind == "plain" else scores.errors_across_breaks(window)
        first, last = words.month(window["first"]), words.month(window["last"])
        Chart(
            errors_figure(words, errors),
            name=words.t("how_sure.rivals_chart", first=first, last=last),
            description=" ".join(
                words.t(
                    "how_sure.rivals_line", n=int(months), model=error_percent(words, line[scores.MODEL]),
                    persistence=error_percent(words, line["persistence"]),
                    constant_inflow=error_percent(words, line["constant_inflow"]),
                )
                for months, line in errors.items()
            ),
            note=words.t(f"how_sure.note_{name}"),
            file_name=f"ewea-errors-{name}-{words.language}",
            height=430,
        )  # fmt: skip
        details(
            words.t("intentions.table_open"),
            DataTable(
                words.t("how_sure.rivals_caption", first=first, last=last),
                [words.t("how_sure.column_ahead")]
                + [ColumnHead(words.t(f"how_sure.by_{one}"), True) for one in errors[HEADLINE]],
                [
                    [words.t("how_sure.ahead", n=int(months))]
                    + [(error_percent(words, error), error) for error in line.values()]
                    for months, line in errors.items()
                ],
            ),
        )
        met, asked = scores.levels_met(window)
        el("p", words.t("how_sure.levels", met=met, asked=asked))


@solara.component
def Rolling(session: Session, figures: dict[str, Any]) -> None:
    """Show the errors of forecasts made month after month, the model beside the strongest rule of thumb."""
    words = session.words
    with section(words.t("how_sure.rolling_title"), id_="how-sure-rolling"):
        if not shipped.has_rolling(figures):
            paragraph(words.t("how_sure.rolling_none"))
            return
        rows = scores.rolling_errors(figures["rolling"])
        better = [months for months, (model, rival) in rows.items() if model <= rival]
        worse = [months for months in rows if months not in better]
        first, *_, last = rows.items()
        said = words.t(
            "how_sure.rolling_text",
            first=first[0], first_model=error_percent(words, first[1][0]),
            first_rival=error_percent(words, first[1][1]),
            last=last[0], last_model=error_percent(words, last[1][0]),
            last_rival=error_percent(words, last[1][1]),
        )  # fmt: skip
        which = "both" if better and worse else "model" if better else "rival"
        listed = {"better": ", ".join(map(str, better)), "worse": ", ".join(map(str, worse))}
        paragraph(f"{said} {words.t(f'how_sure.rolling_{which}', **listed)}")
        DataTable(
            words.t("how_sure.rolling_caption"),
            [words.t("how_sure.column_ahead")]
            + [ColumnHead(words.t(f"how_sure.by_{one}"), True) for one in (scores.MODEL, scores.RIVAL)],
            [
                [words.t("how_sure.ahead", n=months)]
                + [(error_percent(words, error), error) for error in errors]
                for months, errors in rows.items()
            ],
            sortable=False,
        )


@solara.component
def Countries(session: Session, figures: dict[str, Any]) -> None:
    """Show for every host whether the model or a naive rival was better."""
    words, hosts = session.words, session.engine.catalogue.hosts
    months = session.setting("ahead", HEADLINE, scores.HORIZONS)
    held = figures["windows"]["held_out"]
    table, won = [], 0
    scored = held["horizons"][months]["mean_error_pct_by_host"]
    for host in sorted(scored, key=lambda one: words.label(hosts[one])):
        errors = scores.error_of_host(held, host, months)
        if errors is None:
            continue
        rival = scores.best_naive(errors)
        model, best = errors[scores.MODEL], errors[rival]
        won += model <= best
        table.append(
            [
                words.label(hosts[host]), (error_percent(words, model), model),
                (error_percent(words, best), best),
                words.t(f"how_sure.by_{rival}"),
                words.t("how_sure.wins_model" if model <= best else "how_sure.wins_rival"),
            ]
        )  # fmt: skip
    with section(words.t("how_sure.countries_title"), id_="how-sure-countries"):
        options = [(one, words.t("how_sure.ahead", n=int(one))) for one in scores.HORIZONS]
        setting_select(session, "ahead", words.t("how_sure.column_ahead"), months, options, compact=True)
        el("p", words.t("how_sure.countries_text", n=int(months), won=won, all=len(table)), id="how-sure-won")
        DataTable(
            words.t("how_sure.countries_caption"),
            table_columns(words, "how_sure.column", "country #model #best which winner"),
            table,
        )
