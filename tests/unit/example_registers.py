"""Registers made with known exits: slow exits, late registrations, a clean-up; shared by tests."""

from dataclasses import replace

import numpy as np
from example_run import START, example_world

DE, NL, PL = 0, 1, 2
RATE, LATE = 0.01, -0.02
CLEANED = START + 12
REMOVED = 5_000.0
LAST = START + 28
SPAN = (START + 6, START + 18)

SMALL = 0.01
"""Share of a stock that leaves at once only in a clean-up."""


def made_registers():
    """DE loses 1 % a month, and 5,000 persons in a clean-up; NL registers late; PL publishes no decisions."""
    made = example_world().registers
    n = made.stock.shape[0]
    stock, decisions = np.full_like(made.stock, np.nan), np.full_like(made.stock, np.nan)
    is_break = np.zeros_like(made.is_break)
    is_break[CLEANED, DE] = True
    stock[START] = 100_000.0
    for month in range(START + 1, LAST + 1):
        decisions[month] = 3_000.0
        for host, rate in ((DE, RATE), (NL, LATE), (PL, RATE), (3, RATE)):
            stock[month, host] = stock[month - 1, host] * (1.0 - rate) + 3_000.0
        if month == CLEANED:
            stock[month, DE] -= REMOVED
    decisions[:, PL] = np.nan
    arrivals = np.nan_to_num(decisions)
    arrivals[START] = 100_000.0
    return replace(
        made, stock=stock, decisions=decisions, is_break=is_break, arrivals=arrivals,
        break_completeness=np.where(is_break, 0.8, 0.0), deregistration_lag=np.array([2.0, 1.0, 4.0, 1.0]),
        last_month=min(LAST, n - 1),
    )  # fmt: skip
