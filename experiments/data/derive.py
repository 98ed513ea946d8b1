"""Rebuild every derived table of drivers and registers: ``python -m experiments.data.derive [configs]``."""

import sys
from pathlib import Path

from abm.data.country import load_countries
from abm.data.origins import load_origin_units
from experiments.data import derive_drivers, derive_registers


def main(arguments: list[str]) -> None:
    """Rebuild the tables below a ``configs`` folder (default: the one beside the package)."""
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2] / "configs"
    derive_drivers.write_derived_drivers(root, [unit.pcode for unit in load_origin_units(root)])
    derive_registers.write_derived_registers(root, [country.id for country in load_countries(root)])


if __name__ == "__main__":
    main(sys.argv[1:])
