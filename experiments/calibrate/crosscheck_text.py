"""What ``ewea calibrate crosscheck`` prints."""

from experiments.calibrate.crosscheck import DIFFERS, Crosschecked


def crosscheck_text(result: Crosschecked) -> str:
    """Return what a terminal shows."""
    table, summary = result.table, result.summary
    lines = [
        f"{'parameter':<30} {'sampler':>14} {'networks':>14}  apart widths  again   bias surprise",
        f"{'':<30} {'mean (SD)':>14} {'mean (SD)':>14}  in SD  ratio  in SD  in SD    in SD",
    ]
    for row in table.to_dict("records"):
        sampler = f"{row['sampler_mean']:+.2f} ({row['sampler_sd']:.2f})"
        network = f"{row['neural_mean']:+.2f} ({row['neural_sd']:.2f})"
        lines.append(
            f"{row['parameter']:<30} {sampler:>14} {network:>14} {row['difference_in_sd']:>+6.1f} "
            f"{row['sd_ratio']:>6.1f} {row['sampler_again_in_sd']:>+6.1f} {row['network_bias_in_sd']:>+6.1f} "
            f"{row['surprise_sd']:>+8.1f}"
            + ("" if not row["differs"] else "  differs, explained" if row["explained"] else "  differs")
        )
    held = ", ".join(
        f"{100 * float(level):.0f} % hold {100 * c:.0f} %" for level, c in summary["coverage"].items()
    )
    passed = 100 * (1 - summary["runs_farther_than_observed"])
    out = summary["outside_prior_predictive"]
    lines += [
        "",
        "In standard normal units of the prior. Again: the sampler with another seed, less the fit.",
        "Bias: the networks less the truth, on data simulated from the posterior of the sampler.",
        "Surprise: their answer to the real data less that to simulated ones, in SDs of the latter.",
        f"{len(summary['differ'])} of {summary['parameters']} differ by more than {DIFFERS} SD of the fit.",
        f"Intervals of the networks on {summary['runs']['unseen']} runs they never saw: {held}.",
        f"Observations outside 99 % of the prior predictive: {len(out)} of {summary['observations']}"
        + (f" ({'; '.join(out)}); there the networks extrapolate." if out else "."),
        f"Together they are farther from the centre than {passed:.1f} % of the bank"
        + (": the networks extrapolate." if summary["together_outside_prior_predictive"] else "."),
    ]
    return "\n".join(lines)
