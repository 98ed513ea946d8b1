"""Controls: what an ensemble smoother found that the registers ask of a run, by half-year and host.

Households are never edited: a control is a number of the world (log odds added to return, of a share of
the registrations, of deregistration, of the completeness of a correction), so keyed draws and the difference
between two scenarios stay what they are. A member of the ensemble is a seed, its draw of the posterior
and its controls; ``ewea assimilate`` writes them to ``coefficients/<fit>_controls.csv``.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Literal

import numpy as np

from abm.arrays import Floats
from abm.data.config import Strict, load, read_text
from abm.data.control_draws import BY_HOST, MONTHS, OF_BREAK, ControlDraws, ControlLayout, Controls
from abm.data.figures import Share, Sourced
from abm.data.tables import read_members
from abm.data.world import Hosts, Registers, World
from abm.errors import ConfigError
from abm.months import month_index, month_label
from abm.places import ELSEWHERE

REMEDY = "Run 'ewea assimilate'."


Persistence = Sourced[Share, Literal["ratio"], Literal["derived", "assumed"]]
"""What is left of a control a half-year after the last one with data."""


class Beyond(Strict):
    """How controls go on after the last half-year with data (``beyond`` in ``assimilation.yaml``)."""

    return_utility: Persistence
    first_share: Persistence
    again_share: Persistence
    deregistration: Persistence
    onward: Persistence


def controls_path(root: Path, fit: str, until: int | None = None) -> Path:
    """Return the file of the controls of a fit; those of an earlier origin have a folder of their own."""
    folder = root / "coefficients"
    if until is None:
        return folder / f"{fit}_controls.csv"
    return folder / "origins" / f"{fit}_controls_{month_label(until)}.csv"


def _origins(root: Path, fit: str) -> list[int]:
    start = f"{fit}_controls_"
    found = (root / "coefficients" / "origins").glob(f"{start}[0-9]*.csv")
    return [month_index(path.stem.removeprefix(start)) for path in found]


def data_digest(root: Path, registers: Registers, until: int) -> str:
    """Return the SHA-256 of all (not of files) that controls to the end of a month are made from."""
    total = hashlib.sha256()
    for field in fields(registers):
        values = getattr(registers, field.name)
        if isinstance(values, np.ndarray):
            known = values[: until + 1] if len(values) == len(registers.stock) else values
            total.update(f"{field.name}{known.shape}".encode())
            total.update(np.ascontiguousarray(known, np.float64).tobytes())
    total.update((root / "account" / "observed.csv").read_bytes())
    return total.hexdigest()


def _extended(values: Floats, n_months: int, left: float) -> Floats:
    """Return a control [K, n] by month, float64[T, n]; what is left of it after K shrinks by half-year."""
    half = np.arange(n_months) // MONTHS
    after = np.maximum(half - (len(values) - 1), 0)
    return np.asarray(values[np.minimum(half, len(values) - 1)] * left ** after[:, None])


LEAST, MOST = 0.005, 0.995
"""Shares are kept off 0 and 1 before their log odds move."""


def _moved(share: Floats, log_odds: Floats) -> Floats:
    """Return shares whose log odds were moved; where nothing is added they are as they were."""
    kept = np.clip(share, LEAST, MOST)
    moved = 1.0 / (1.0 + (1.0 - kept) / kept * np.exp(-log_odds))
    return np.asarray(np.where(log_odds == 0.0, share, moved))


def region_of(hosts: Hosts) -> Floats:
    """Return the region of every host as its number in :data:`REGIONS`, int64[H]."""
    ids = np.array(hosts.ids)
    return np.where(ids == ELSEWHERE, 2, np.where(hosts.is_neighbour, 0, 1))


def _registers(world: World, by_month: Mapping[str, Floats], controls: Controls) -> Registers:
    """Return the registers with shares and corrections as the controls have them."""
    registers = world.registers
    completeness = registers.break_completeness.copy()
    for (month, host), odds in zip(controls.breaks, controls.completeness.tolist(), strict=True):
        # A correction that has left the file since must not come back, nor one beyond a short horizon.
        if month < len(completeness) and registers.is_break[month, host]:
            completeness[month, host] = _moved(completeness[month, host], np.array(odds))
    counts = np.ones_like(completeness)
    for (month, host), odds in zip(controls.breaks, controls.recount.tolist(), strict=True):
        counts[month:, host] *= np.exp(odds)
    again, late = registers.again_share, registers.late_share
    other = again + late
    scaled = np.where(other > 0, _moved(other, -by_month["first_share"]) / np.maximum(other, LEAST), 1.0)
    again = np.where(again > 0, _moved(again * scaled, by_month["again_share"]), 0.0)
    return replace(
        registers,
        again_share=again,
        late_share=late * scaled,
        deregistration_share=_moved(registers.deregistration_share, by_month["deregistration"]),
        break_completeness=completeness,
        count_share=counts if controls.recount.any() else registers.count_share,
        arrivals=_split(world, by_month["arrival_split"]),
    )


def _split(world: World, log_factor: Floats) -> Floats:
    """Return arrivals whose estimates are split otherwise over the EU's hosts; the published total stays."""
    registers = world.registers
    published = np.isfinite(registers.decisions)
    last = np.where(
        published.any(axis=0), len(published) - 1 - published[::-1].argmax(axis=0), len(published)
    )
    months = np.arange(len(published))[:, None]
    guessed = registers.arrivals_derived & (months > last)
    moved = np.where(guessed, registers.arrivals * np.exp(log_factor), registers.arrivals)
    split = guessed & world.hosts.is_eu
    before, after = (np.where(split, values, 0.0).sum(axis=1) for values in (registers.arrivals, moved))
    kept = np.where(after > 0, before / np.maximum(after, 1.0), 1.0)
    return np.asarray(np.where(split, moved * kept[:, None], moved))


def with_controls(world: World, controls: Controls, beyond: Mapping[str, float]) -> World:
    """Return the world with controls applied; what it is measured against stays without them."""
    by_month = {
        name: _extended(getattr(controls, name), world.n_months, beyond.get(name, 1.0))
        for name in (*BY_HOST, "onward")
    }
    fitted = {
        "return_utility": by_month["return_utility"],
        "onward_utility": by_month["onward"][:, region_of(world.hosts)],
    }
    return replace(
        world,
        policy=replace(world.policy, fitted=fitted),
        registers=_registers(world, by_month, controls),
        base=world if world.base is None else world.base,
    )


def load_controls(root: Path, fit: str, world: World, *, is_present: bool = True) -> ControlDraws | None:
    """Return the controls of a fit; None where there is no file.

    ``world`` has the registers as they are read: what controls are compared with to say if they are older.
    Where it knows them to an earlier origin only (not ``is_present``), the newest controls of an origin not
    after it are taken.
    """
    last = world.registers.last_month
    path = controls_path(root, fit)
    if not is_present:
        origins = [month for month in _origins(root, fit) if month <= last]
        path = controls_path(root, fit, max(origins, default=last))
    if not path.is_file():
        return None
    head, layout, values = read_controls(path, world.hosts.ids)
    end, data = month_index(head["until"]), head["data"]
    older = ""
    if is_present and end != last:
        older = f"it knows data to {head['until']}, the registers reach to {month_label(last)}"
    elif end == last and data != data_digest(root, world.registers, end):
        older = "the registers have changed since"
    return ControlDraws(
        layout, values, end, data, load_beyond(root), older, _left_out(path, head, len(values))
    )


def _left_out(path: Path, head: Mapping[str, str], n: int) -> tuple[int, ...]:
    """Return the members the head of a file leaves out, counted from 1; checked."""
    said = head.get(LEFT_OUT, "none")
    try:
        found = () if said == "none" else tuple(int(one) for one in said.split(","))
    except ValueError:
        found = (0,)
    if len(set(found)) == n or any(not 1 <= one <= n for one in found):
        raise ConfigError(
            f"{path}: {LEFT_OUT}: found {said!r}; allowed are none, or members of 1 to {n} with commas, not "
            "all. Run 'ewea assimilate'."
        )
    return found


def read_controls(path: Path, ids: tuple[str, ...]) -> tuple[dict[str, str], ControlLayout, Floats]:
    """Return the head, the layout and the values of a file of controls."""
    head, names, values = _read(path)
    try:
        end = month_index(head["until"])
        head["data"]
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"{path}:1: the comment lines must say until (YYYY-MM) and data (a digest); {error}. {REMEDY}"
        ) from error
    layout = ControlLayout(ids, end // MONTHS + 1, _breaks_in(path, names, ids))
    if layout.names != names:
        found, wanted = set(names) - set(layout.names), set(layout.names) - set(names)
        what = ", ".join(sorted(found or wanted)[:3]) or "the order of columns"
        raise ConfigError(
            f"{path}: {what}: {'unknown' if found else 'missing' if wanted else 'wrong'}; it belongs to "
            f"other hosts or another version of the model. {REMEDY}"
        )
    return head, layout, values


def _read(path: Path) -> tuple[dict[str, str], tuple[str, ...], Floats]:
    """Return the head, the names and the values of a file of controls."""
    comments = [line[1:].partition(":") for line in read_text(path).splitlines() if line.startswith("#")]
    head = {name.strip(): value.strip() for name, _, value in comments}
    names, values = read_members(path, "member", REMEDY)
    if head.get("members", str(len(values))) != str(len(values)):
        raise ConfigError(
            f"{path}:1: found {len(values)} members, its head says {head['members']}; one is lost. {REMEDY}"
        )
    return head, names, values


def _breaks_in(path: Path, names: Sequence[str], ids: Sequence[str]) -> tuple[tuple[int, int], ...]:
    found = []
    for name in names:
        control, _, rest = name.partition(".")
        if control == OF_BREAK[0]:
            host, _, month = rest.partition(".")
            try:
                found.append((month_index(month), ids.index(host)))
            except ValueError as error:
                raise ConfigError(f"{path}: {name}: {error}. {REMEDY}") from error
    return tuple(found)


class _Part(Strict, extra="ignore"):
    beyond: Beyond


def load_beyond(root: Path) -> dict[str, float]:
    """Return what is left of each control half a year after the last one with data."""
    part = load(root / "assimilation.yaml", _Part).beyond
    return {name: getattr(part, name).value for name in Beyond.model_fields}


LEFT_OUT = "left out"
"""Line of the head that names the members left out."""


def controls_text(draws: ControlDraws, fit: str, head: Mapping[str, object]) -> str:
    """Return the file of controls as text; three digits of a log odds are more than any register tells."""
    left_out = ", ".join(map(str, draws.left_out)) or "none"
    known = {"until": month_label(draws.until), "data": draws.data, LEFT_OUT: left_out, **head}
    lines = [
        f"# Controls of the fit {fit}, one line a member: what registers ask for. See assimilation.yaml."
    ]
    lines += [f"# {name}: {value}" for name, value in known.items()]
    lines.append(",".join(draws.layout.names))
    lines += [",".join(f"{value:.3f}" for value in row) for row in draws.values]
    return "\n".join(lines) + "\n"


def notice_on_controls(world: World) -> str | None:
    """Return what every face says where runs do not start from what was observed; None if they do."""
    if world.draws is None:
        return None
    controls = world.controls
    if controls is None:
        return f"no controls for the fit {world.draws.fit}: runs are not tied to the registers. {REMEDY}"
    return f"the ensemble is older than its data: {controls.older}. {REMEDY}" if controls.older else None
