"""The controls of an ensemble as data: what each number of a member is, and its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from abm.arrays import Booleans, Floats
from abm.months import month_label
from abm.places import ELSEWHERE

BY_HOST = ("return_utility", "first_share", "again_share", "deregistration", "arrival_split")
"""Controls of every host and half-year."""

OF_BREAK = ("completeness", "recount")
"""Controls of every recorded correction of a register."""

REGIONS = ("NEIGHBOURS", "OTHERS", ELSEWHERE)
"""Regions whose moves onward share a control: neighbours of Ukraine, other Europe, the residual host."""

MONTHS = 6
"""Of a half-year; month 0 is a January, so halves are those of the calendar."""


@dataclass(frozen=True)
class Controls:
    """Controls of one member; ``K`` half-years from 2022-01 on, ``H`` hosts, ``R`` regions, ``B`` breaks."""

    return_utility: Floats  # [K, H] Log odds added to return
    first_share: Floats  # [K, H] Log odds of the share of registrations that are first arrivals
    again_share: Floats  # [K, H] Log odds of the share that are grants again
    deregistration: Floats  # [K, H] Log odds of the share of leavers who deregister as they go
    arrival_split: Floats  # [K, H] Log factor on arrivals of months without decisions of the host
    onward: Floats  # [K, R] Log odds added to moves onward
    completeness: Floats  # [B] Log odds of the completeness of each recorded register correction
    recount: Floats  # [B] Log factor on those counted from a recount on; 0 where a correction was none
    breaks: tuple[tuple[int, int], ...]  # Month and host of each


@dataclass(frozen=True)
class ControlLayout:
    """Where each number of a control vector belongs."""

    ids: tuple[str, ...]  # Hosts
    halves: int
    breaks: tuple[tuple[int, int], ...]  # Month and host of every recorded correction

    @classmethod
    def of(cls, ids: tuple[str, ...], is_break: Booleans, until: int) -> "ControlLayout":
        """Return the layout for hosts whose recorded corrections (bool[T, H]) are known to a month."""
        months, hosts = np.nonzero(is_break[: until + 1])
        return cls(ids, until // MONTHS + 1, tuple(zip(months.tolist(), hosts.tolist(), strict=True)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the name of every number: ``<control>.<host or region>.<half-year or month>``."""
        labels = [half_label(half) for half in range(self.halves)]
        hosts = (f"{name}.{host}.{label}" for name in BY_HOST for label in labels for host in self.ids)
        regions = (f"onward.{region}.{label}" for label in labels for region in REGIONS)
        cells = [f"{self.ids[host]}.{month_label(month)}" for month, host in self.breaks]
        breaks = (f"{name}.{cell}" for name in OF_BREAK for cell in cells)
        return (*hosts, *regions, *breaks)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every control, in the order of the vector."""
        by_host = dict.fromkeys(BY_HOST, (self.halves, len(self.ids)))
        of_break = dict.fromkeys(OF_BREAK, (len(self.breaks),))
        return {**by_host, "onward": (self.halves, len(REGIONS)), **of_break}

    def unpack(self, values: Floats) -> Controls:
        """Return the controls a vector [d] holds."""
        parts, at = {}, 0
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            parts[name] = values[at : at + size].reshape(shape)
            at += size
        return Controls(**parts, breaks=self.breaks)

    @property
    def hosts(self) -> Floats:
        """Return the host number of every value of the vector, -1 for those of a region, int64[d]."""
        by_host = np.tile(np.arange(len(self.ids)), self.halves * len(BY_HOST))
        regions = np.full(self.halves * len(REGIONS), -1)
        breaks = np.array([host for _, host in self.breaks] * len(OF_BREAK), np.int64)
        return np.concatenate([by_host, regions, breaks])


def half_label(half: int) -> str:
    """Return a half-year as text.

    >>> half_label(3)
    '2023-H2'
    """
    return f"{2022 + half // 2}-H{half % 2 + 1}"


@dataclass(frozen=True)
class ControlDraws:
    """The controls of an ensemble, and what they were made from."""

    layout: ControlLayout
    values: Floats  # [member, d]; member ``i`` has seed ``i + 1`` and draw ``i + 1`` of the posterior
    until: int  # Last month whose data they know
    data: str  # Digest of what they were made from (:func:`data_digest`)
    beyond: Mapping[str, float]  # Share of each control that is left a half-year later
    older: str = ""  # Why they are older than the data; empty if they are not
    left_out: tuple[int, ...] = ()  # Members that no control could tie to the registers

    def member(self, seed: int) -> int:
        """Return the member a seed belongs to, counted from 1: seeds walk through them in order."""
        kept = [one for one in range(1, len(self.values) + 1) if one not in self.left_out]
        return kept[(seed - 1) % len(kept)]

    def of_member(self, member: int) -> Controls:
        """Return the controls of a member."""
        return self.layout.unpack(self.values[member - 1])
