"""What ``ewea calibrate crosscheck`` prints."""

from experiments.calibrate.crosscheck import DIFFERS, Crosschecked


def crosscheck_text(result: Crosschecked) -> str:
    """Return what a terminal shows."""
    table, summary = result.table, result.summary
    lines = [
        f"{'parameter':<44} {'sampler':>14} {'networks':>14} {'apart':>6} {'widths':>6}",
        f"{'':<44} {'mean (SD)':>14} {'mean (SD)':>14} {'in SD':>6} {'ratio':>6}",
    ]
    for row in table.to_dict("records"):
        sampler = f"{row['sampler_mean']:+.2f} ({row['sampler_sd']:.2f})"
        network = f"{row['neural_mean']:+.2f} ({row['neural_sd']:.2f})"
        lines.append(
            f"{row['parameter']:<44} {sampler:>14} {network:>14} {row['difference_in_sd']:>+6.1f} "
            f"{row['sd_ratio']:>6.1f}{'  differs' if row['differs'] else ''}"
        )
    held = ", ".join(
        f"{100 * float(level):.0f} % hold {100 * c:.0f} %" for level, c in summary["coverage"].items()
    )
    passed = 100 * (1 - summary["runs_farther_than_observed"])
    out = summary["outside_prior_predictive"]
    lines += [
        "",
        "In standard normal units of the prior.",
        f"{len(summary['differ'])} of {summary['parameters']} differ by more than {DIFFERS} SD of the fit.",
        f"Intervals of the networks on {summary['runs']['unseen']} runs they never saw: {held}.",
        f"Observations outside 99 % of the prior predictive: {len(out)} of {summary['observations']}"
        + (f" ({'; '.join(out)}); there the networks extrapolate." if out else "."),
        f"Together they are farther from the centre than {passed:.1f} % of the bank"
        + (": the networks extrapolate." if summary["together_outside_prior_predictive"] else "."),
    ]
    return "\n".join(lines)
