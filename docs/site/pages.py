"""Pages of the documentation site that are made when it is built, and links that follow them."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(
    r"(?P<open>!?\[)(?P<text>(?:!\[[^\]]*\]\([^)]*\)|\[[^\]]*\]|[^\[\]])*)\]"
    r"\((?P<to>[^)#\s]+)(?P<at>#[^)\s]*)?\)"
)


WIDE = """
.wy-nav-content { max-width: 72rem }
.wy-table-responsive table td, .wy-table-responsive table th { white-space: normal }
.highlight pre { padding: 0; margin: 0 }
"""
"""Tables break their lines and long commands fit."""


def table(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a Markdown table; an upright bar in a cell does not end it."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    cells = ([" ".join(str(cell).split()).replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def api() -> str:
    """Return the page of the package: every public name, functions first."""
    import ewea

    found = {name: getattr(ewea, name) for name in ewea.__all__}
    functions = [name for name, what in found.items() if not isinstance(what, type)]
    results = [name for name, what in found.items() if isinstance(what, type)]
    parts = ["# Package ewea", "`import ewea` gives what the command `ewea` gives, with typed results."]
    parts += [f"::: ewea.{name}" for name in (*functions, *results)]
    return "\n\n".join(parts) + "\n"


def mesa() -> str:
    """Return the page of the Mesa model."""
    names = (
        "model.DisplacementModel",
        "household_set.HouseholdSet",
        "agents.Household",
        "agents.HostCountry",
    )
    return "# Mesa classes\n\n" + "\n\n".join(f"::: abm.mesa.{name}" for name in names) + "\n"


def cards() -> list[tuple[str, Mapping[str, Any]]]:
    """Return the card of every table of the configuration with its place."""
    yaml, found = YAML(typ="safe"), []
    for path in sorted((ROOT / "configs").rglob("*.yaml")):
        card = yaml.load(path.read_text("utf-8"))
        if isinstance(card, dict) and {"label", "unit", "publisher", "licence"} <= set(card):
            found.append((path.relative_to(ROOT / "configs").as_posix(), card))
    return found


def data() -> str:
    """Return the catalogue of data: one row per card."""
    rows = (
        (f"`{place}`", card["label"]["en"], card["unit"], card["publisher"], card.get("date", ""),
         card.get("status", ""), card["licence"])
        for place, card in cards()
    )  # fmt: skip
    return (
        "# Data\n\nEvery table of `configs` with a card. The method stands in the card; "
        "`ewea data check` checks every file and shows coverage and gaps, by host and month. "
        "[Configuration](configuration.md) says what else is data.\n\n"
        + table(("file", "what", "unit", "publisher", "date", "status", "licence"), rows)
    )


def law() -> str:
    """Return the catalogue of law on the day of the settings: one row per rule and place."""
    import ewea

    found = ewea.law()
    rules = found.to_pandas().astype(object).fillna("")
    rules["value"] = [f"{value:g}" if isinstance(value, float) else value for value in rules["value"]]
    columns = ["rule", "place", "value", "unit", "from", "until", "status", "publisher", "checked_on"]
    return (
        f"# Law\n\nThe rules of {found.day}: in force, announced or proposed. `ewea law --place NL` shows "
        "those of a place with their sources and what nobody has checked for 120 days; `ewea law --on DAY` "
        "those of another day.\n\n"
        + table([name.replace("_", " ") for name in columns], rules[columns].itertuples(index=False))
    )


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that do not stand in docs."""
    from mkdocs.structure.files import File
    from pygments.formatters import HtmlFormatter

    for page, place in config.extra["read_from"].items():
        files.append(File.generated(config, page, content=(ROOT / place).read_text("utf-8")))
    for page, name in config.extra["made"].items():
        files.append(File.generated(config, page, content=globals()[name]()))
    style = HtmlFormatter(style="friendly").get_style_defs(".highlight") + WIDE
    files.append(File.generated(config, "highlight.css", content=style))
    return files


def follow(text: str, page: str, read_from: Mapping[str, str]) -> str:
    """Return a page whose links lead to pages of the site; a file that is no page keeps its name only.

    >>> follow("[a](../docs/sources.md#x) [b](../ewea/runs.py)", "odd.md", {"odd.md": "abm/ODD.md"})
    '[a](sources.md#x) b'
    """
    pages = {place: page for page, place in read_from.items()}
    start = posixpath.dirname(read_from.get(page, f"docs/{page}"))
    folder = posixpath.dirname(page) or "."

    def moved(link: re.Match[str]) -> str:
        # The text of a link may be a picture.
        inner = LINK.sub(moved, link["text"])
        if re.match(r"\w+:", link["to"]):
            return f"{link['open']}{inner}]({link['to']}{link['at'] or ''})"
        place = posixpath.normpath(posixpath.join(start, link["to"]))
        inside = pages.get(place) or (place.removeprefix("docs/") if place.startswith("docs/") else None)
        if inside is None:
            return inner
        return f"{link['open']}{inner}]({posixpath.relpath(inside, folder)}{link['at'] or ''})"

    return LINK.sub(moved, text)


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Let links that lead out of docs follow the pages made here."""
    made = page.file.src_uri in config.extra["made"]
    return markdown if made else follow(markdown, page.file.src_uri, config.extra["read_from"])


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Show the names in docstrings without the role before them."""
    return re.sub(r":(?:func|class|mod|meth|attr|data):(?=<code>)", "", html)
