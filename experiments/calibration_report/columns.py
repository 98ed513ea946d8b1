"""The files of a fit folder: what the report needs of each, and how a missing one is made."""

from dataclasses import dataclass

AGAIN = "Run 'ewea calibrate baseline' again; it continues from the simulations that are there"
PROOF = "run 'ewea calibrate baseline' with --proof"


@dataclass(frozen=True)
class Expected:
    """Columns of one table.

    Attributes
    ----------
    text, numbers, flags : tuple of str
        Columns by type; a number may be empty (not defined), a flag is ``True`` or ``False``.
    remedy : str
        How the file is made, as part of a sentence.
    required : bool
        Whether there is no report without it.
    may_be_empty : bool
        Whether a file without any column means that there was nothing to list.
    """

    text: tuple[str, ...]
    numbers: tuple[str, ...]
    flags: tuple[str, ...] = ()
    remedy: str = AGAIN
    required: bool = True
    may_be_empty: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Return all columns."""
        return (*self.text, *self.numbers, *self.flags)


def quantiles(name: str) -> tuple[str, ...]:
    """Return the columns of a distribution: ends of the central 95 and 80 %, and the median between."""
    return (f"{name}_low_95", f"{name}_low", name, f"{name}_high", f"{name}_high_95")


TABLES = {
    "parameters": Expected(
        ("parameter", "unit", "meaning"),
        (*quantiles("prior"), *quantiles("posterior"), "sd_ratio", "shift", "central", "low_90", "high_90"),
        ("moved",),
    ),
    "targets": Expected(
        ("target", "label"),
        ("observed", "sd", *quantiles("prior"), *quantiles("posterior"), "distance_sd"),
        ("sd_is_relative", "missed", "conflict"),
    ),
    "predictions": Expected(
        ("target", "label", "kind", "family", "use", "unit"),
        (
            "month", "observed", "model", "model_low", "model_high", "predicted_low", "predicted_high",
            "p_above", "sd",
        ),
    ),
    "slopes": Expected(
        ("family", "label"), ("months", "observed_change", "model_change"), ("same_sign",), may_be_empty=True
    ),
    "emulator": Expected(("output",), ("sd_over_prior", "explained", "error_sd", "chance_sd")),
    "recovery": Expected(
        ("parameter",),
        ("replicates", "coverage_50", "coverage_80", "coverage_95", "sd_ratio"),
        remedy=PROOF,
        required=False,
    ),
    "ranks": Expected(
        ("parameter",), ("replicate", "rank", "truth", "mean", "sd"), remedy=PROOF, required=False
    ),
    "sensitivity": Expected(
        ("outcome", "parameter"), ("correlation", "sd_ratio"), ("stays_at_prior",),
        remedy=PROOF, required=False, may_be_empty=True,
    ),
}  # fmt: skip
"""Tables of a fit folder by name; ``<name>.csv`` holds them."""

SUMMARY = (
    "draws", "parameters", "parameters_moved", "targets", "targets_missed", "conflicts", "survey_rmse_pp",
    "slopes_right", "simulations_in_bank", "effective_draws", "minutes",
)  # fmt: skip
"""Keys of the summary in ``manifest.json``."""

COUNTS = {
    "parameters": ("parameters", None),
    "parameters_moved": ("parameters", "moved"),
    "targets": ("targets", None),
    "targets_missed": ("targets", "missed"),
}
"""Counts of the summary that a table must confirm: its name, and the flag counted (None: its rows)."""
