"""What a calibration found, in plain lines."""

from typing import Any


def calibration_text(summary: dict[str, Any], name: str) -> str:
    """Return the result of a calibration for a terminal.

    Parameters
    ----------
    summary : dict
        Of :class:`experiments.calibrate.run.Calibrated`.
    name : str
        Of the fit.
    """
    errors = summary["survey_rmse_pp"]
    conflicts = ", ".join(summary["conflicts"]) or "none"
    lines = [
        f"Fit '{name}': {summary['draws']} draws ({summary['effective_draws']:,} effective) from "
        f"{summary['simulations_in_bank']:,} simulations, {summary['minutes']:g} minutes.",
        f"The data move {summary['parameters_moved']} of {summary['parameters']} parameters; the others "
        "keep their prior.",
        f"Survey answers: {errors['fit']:.1f} points off where fitted, {errors['holdout']:.1f} where held "
        "out (root mean square).",
        f"Direction of change between waves right in {summary['slopes_right']} questions.",
        f"{summary['targets_missed']} of {summary['targets']} fitted numbers lie more than two SD away.",
        f"In conflict with the priors (outside 99 % of what they allow): {conflicts}.",
    ]
    proof = summary.get("proof")
    if proof:
        held = ", ".join(
            f"{100 * float(level):.0f} %: {100 * share:.0f} %" for level, share in proof["coverage"].items()
        )
        lines.append(
            f"Recovery of {proof['replicates']} synthetic truths: intervals of {held} hold the truth "
            f"({proof['parameters']} parameters that the data move)."
        )
    return "\n".join(lines)
