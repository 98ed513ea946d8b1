"""Set parameters of a world by name: coefficients, and how the register of a host errs.

Names are those of ``configs/coefficients``, or ``register.<figure>.<host>`` for a figure of one host's
register (``deregistration_share``, ``double_share``), or ``register.completeness.<host>.<month>`` for a
clean-up.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from abm.errors import EweaError
from abm.months import month_index
from abm.world import Registers, World

REGISTER = "register."
FIGURES = ("deregistration_share", "double_share")
COMPLETENESS = "completeness"


def with_parameters(world: World, given: Mapping[str, float]) -> World:
    """Return the world, and the baseline it is measured against, with parameters replaced.

    Raises
    ------
    EweaError
        If a register parameter names an unknown figure, host or clean-up.
    """
    base = None if world.base is None else with_parameters(world.base, given)
    coefficients = {name: value for name, value in given.items() if not name.startswith(REGISTER)}
    of_registers = {name: value for name, value in given.items() if name.startswith(REGISTER)}
    registers = _registers(world, of_registers) if of_registers else world.registers
    if "double_registration_ratio" in coefficients:
        before = world.coefficients["double_registration_ratio"]
        ratio = coefficients["double_registration_ratio"] / before
        registers = replace(registers, double_share=np.clip(registers.double_share * ratio, 0.0, 0.9))
    return replace(world, coefficients={**world.coefficients, **coefficients}, registers=registers, base=base)


def _registers(world: World, given: Mapping[str, float]) -> Registers:
    """Return the registers with figures of single hosts replaced."""
    registers, ids = world.registers, world.hosts.ids
    figures = {name: getattr(registers, name).copy() for name in FIGURES}
    completeness = registers.break_completeness.copy()
    for name, value in given.items():
        figure, host, month = _parts(name, ids)
        number = ids.index(host)
        if month is None:
            figures[figure][number] = value
        elif month < len(completeness):
            # A fit may know clean-ups that a shorter world does not hold; they cannot matter there.
            if not registers.is_break[month, number]:
                raise EweaError(f"{name}: no clean-up in configs/registers/breaks.csv. Calibrate again.")
            completeness[month, number] = value
    return replace(registers, break_completeness=completeness, **figures)


def _parts(name: str, ids: tuple[str, ...]) -> tuple[str, str, int | None]:
    """Return figure, host and month (of a clean-up) of a register parameter."""
    figure, _, rest = name.removeprefix(REGISTER).partition(".")
    host, dot, label = rest.partition(".")
    if host in ids and figure in FIGURES and not dot:
        return figure, host, None
    if host in ids and figure == COMPLETENESS and dot:
        try:
            return figure, host, month_index(label)
        except ValueError as error:
            raise EweaError(f"{name}: {error}.") from error
    raise EweaError(
        f"{name}: unknown register parameter; there are {REGISTER}<figure>.<host> with {', '.join(FIGURES)}, "
        f"and {REGISTER}{COMPLETENESS}.<host>.<month>; hosts are {', '.join(ids)}."
    )
