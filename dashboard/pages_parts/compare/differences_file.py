"""The table of differences between all compared scenarios, as a file."""

import csv
import io

from dashboard.pages_parts.compare.compared import FLOWS, STOCKS, Compared

HEADINGS = (
    "scenario",
    "against",
    "place",
    "outcome",
    "kind",
    "difference_low_80",
    "difference_median",
    "difference_high_80",
)


def differences_csv(seen: Compared, link: str = "") -> bytes:
    """Return every difference at the horizon by scenario, place and outcome as CSV (UTF-8 with mark).

    Persons, not rounded. The first lines, which start with ``#``, say what is compared.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    for slot, job in seen.jobs.items():
        writer.writerow([f"# scenario {slot}", job.shown.choice.to_query() or "baseline"])
    for name, value in _notes(seen, link):
        writer.writerow([f"# {name}", value])
    writer.writerow(HEADINGS)
    for slot, contrast in seen.ready.items():
        for place in dict.fromkeys((seen.place, *contrast.mine.places)):
            for outcome in (*STOCKS, *FLOWS):
                kind = f"stock on {seen.until}-01" if outcome in STOCKS else f"flow from {contrast.since}-01"
                figures = [round(value, 1) for value in contrast.at_horizon(outcome, place)]
                writer.writerow([slot, seen.reference, place, outcome, kind, *figures])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _notes(seen: Compared, link: str) -> list[tuple[str, object]]:
    """Return what the file was made of."""
    answer = next(iter(seen.jobs.values())).shown
    runs = min((contrast.mine.n_seeds for contrast in seen.ready.values()), default=answer.n_seeds)
    return [
        ("link", link),
        ("model version", answer.version),
        ("register data to", answer.data_date),
        ("runs (paired seeds)", runs),
        ("final", "no: first, coarse answer" if seen.provisional else "yes"),
        ("unit", "persons, not rounded; a difference whose band includes zero is not established"),
    ]
