"""Forecasts beside what came later: those published for registers, and that of every next survey wave."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import solara

from abm.band import key
from abm.data.settings import load_settings
from abm.policy.scenario import scenario_world
from calibration.validation.rules import load_rules
from dashboard.components.element import details, el, paragraph, section
from dashboard.components.panels import DataTable, table_columns
from dashboard.engine import shipped
from dashboard.messages.words import Words
from dashboard.pages.how_sure.figures import RIVAL, error_percent
from dashboard.shell.session import Session
from experiments.forecast_ledger import ledger_folder, ledger_scores, read_ledger


def published_forecasts(root: Path) -> list[dict[str, Any]]:
    """Return the scored ledger of a checkout; read again when a file of it, or a register, changed."""
    files = sorted([*ledger_folder(root).glob("*.csv"), *(root / "registers").glob("*.csv")])
    return _scored(root, tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=2)
def _scored(root: Path, _: tuple[tuple[Path, int], ...]) -> list[dict[str, Any]]:
    entries = read_ledger(ledger_folder(root))
    if not entries:
        return []
    world = scenario_world(root, load_settings(root).default_until)
    rules = load_rules(root / "validation.yaml", world.hosts.ids, world.registers)
    hosts = world.hosts
    return ledger_scores(entries, world.registers, hosts.ids, hosts.is_eu, rules, automatic=False)


def ledger_rows(words: Words, found: list[dict[str, Any]]) -> list[list[Any]]:
    """Return one row per forecast and month that came later; one for a forecast that waits for its first."""
    rows: list[list[Any]] = []
    for one in reversed(found):
        made = words.t("how_sure.ledger_later") if one["made_later"] else words.date(one["made_on"])
        named = [words.month(one["forecast"]), made]
        if not one["targets"]:
            said = words.t(f"how_sure.ledger_{'changed' if one['changed'] else 'waits'}")
            rows.append([*named, said, "", "", ""])
        for month, row in one["targets"].items():
            errors = (row[name]["median"] for name in ("model", RIVAL))
            held = row[key("coverage")]
            rows.append(
                [
                    *named,
                    words.t("how_sure.ledger_to", month=words.month(month), n=row["months_ahead"]),
                    *((error_percent(words, error), error) for error in errors),
                    (words.share(held), held),
                ]
            )
    return rows


@solara.component
def Ledger(session: Session) -> None:
    """Show every published forecast beside the registers that came later."""
    words = session.words
    found = published_forecasts(session.engine.root)
    with section(words.t("how_sure.ledger_title"), id_="how-sure-ledger"):
        el("p", words.t("how_sure.ledger_text"))
        if not found:
            el("p", words.t("how_sure.ledger_none"))
            return
        DataTable(
            words.t("how_sure.ledger_caption"),
            table_columns(words, "how_sure.ledger_column", "from made to #model #damped #band"),
            ledger_rows(words, found),
        )


def wave_rows(words: Words, waves: list[dict[str, Any]]) -> list[list[Any]]:
    """Return one row per answer of a wave: what was found, and what the waves before let expect."""
    asked = {wave["id"]: one for one in shipped.inventory()["surveys"] for wave in one["waves"]}
    either = f" {words.t('intentions.or')} "
    rows: list[list[Any]] = []
    for wave in reversed(waves):
        name = words.label(asked[wave["id"]]["label"]) if wave["id"] in asked else wave["id"]
        ahead = wave["months_ahead"]
        for row in wave["answers"]:
            parts = [words.t_or(f"intentions.says_{part}", part) for part in row["answer"].split(" or ")]
            found, forecast, low, high = (
                row[end] for end in ("observed", "forecast", key("low"), key("high"))
            )
            rows.append(
                [
                    name,
                    (words.month(wave["month"]), wave["month"]),
                    ("–", None) if ahead is None else (words.number(ahead), ahead),
                    either.join([parts[0], *(part[:1].lower() + part[1:] for part in parts[1:])]),
                    (words.share(found), found),
                    (words.share(forecast), forecast),
                    (f"{words.share(low)} – {words.share(high)}", low),
                    words.t("intentions.yes" if low <= found <= high else "intentions.no"),
                ]
            )
    return rows


@solara.component
def NextWaves(session: Session, figures: dict[str, Any]) -> None:
    """Show how well the next wave of a survey was forecast from the waves before it."""
    words, found = session.words, figures.get(shipped.WAVES)
    with section(words.t("how_sure.waves_title"), id_="how-sure-waves"):
        if found is None:
            paragraph(words.t("how_sure.waves_none"))
            return
        off = {name: words.number(found[f"{name}_rmse_pp"], 1) for name in ("next_wave", "last_wave_again")}
        inside = words.share(found[key("coverage")])
        paragraph(words.t("how_sure.waves_text", n=found["scored"], inside=inside, **off))
        names = "survey month #ahead answer #found #forecast #range inside"
        heads = table_columns(words, "how_sure.waves_column", names)
        table = DataTable(words.t("how_sure.waves_caption"), heads, wave_rows(words, found["waves"]))
        details(words.t("intentions.table_open"), table)
