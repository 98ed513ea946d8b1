"""Whether the bands hold what they promise."""

from typing import Any

import solara

from dashboard.components import (
    Chart,
    el,
)
from dashboard.pages_parts.how_sure.figure import PROMISED, coverage_figure
from dashboard.shell import Session

_FRAME = 90


_ROW_HEIGHT = 24


@solara.component
def Coverage(session: Session, figures: dict[str, Any]) -> None:
    """Show whether the bands hold what they promise."""
    words, hosts = session.words, session.engine.catalogue.hosts
    held = figures["windows"]["held_out"]
    shares = {
        host: one["coverage_80"] for host, one in held["hosts"].items() if one.get("coverage_80") is not None
    }
    order = sorted(shares, key=lambda host: shares[host])
    poor = [words.label(hosts[host]) for host in order if shares[host] < 0.5]
    pooled = words.share(held["coverage_80_pooled"])
    with el("section", classes="section", aria_labelledby="how-sure-coverage"):
        el("h2", words.t("how_sure.coverage_title"), classes="heading-2", id="how-sure-coverage")
        el("p", words.t("how_sure.coverage_text", share=pooled, promised=words.share(PROMISED / 100)))
        if poor:
            el("p", words.t("how_sure.coverage_poor", places=", ".join(poor)))
        Chart(
            coverage_figure(
                words, [words.label(hosts[host]) for host in order], [shares[host] for host in order]
            ),
            name=words.t("how_sure.coverage_chart"),
            description=words.t(
                "how_sure.coverage_line",
                share=pooled,
                lowest=words.label(hosts[order[0]]),
                low=words.share(shares[order[0]]),
            ),
            note=words.t("how_sure.note_held_out"),
            file_name=f"ewea-coverage-{words.language}",
            height=_FRAME + _ROW_HEIGHT * len(order),
        )
