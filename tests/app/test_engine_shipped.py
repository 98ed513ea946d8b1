"""What is shipped belongs to the model and the configuration that are here."""

from pathlib import Path

import pytest

from abm.data.folder import WORLD_FILES, config_files, default_configs
from abm.errors import EweaError
from dashboard.engine import shipped
from dashboard.engine.branches import BaselineBranches
from dashboard.engine.bundle import bundle_of, from_bytes, identity, seed_digest, to_bytes
from dashboard.engine.choice import Choices
from dashboard.engine.limits import load_limits
from dashboard.pages.how_sure import figures as scores


def test_the_shipped_baseline_is_of_this_model_and_configuration():
    assert shipped.shipped_manifest()["identity"] == identity(), (
        "the model or the configuration changed since dashboard/shipped was made. Make it anew: "
        f".venv/bin/{shipped.REMAKE} (add --quick to keep the validation), and commit the folder."
    )


def test_the_shipped_evidence_is_what_is_here(monkeypatch):
    assert shipped.old_evidence() == [], (
        f"surveys, scorecards or sources changed since dashboard/shipped was made: .venv/bin/{shipped.REMAKE}"
    )
    made = shipped.shipped_manifest()
    older = {**made, "evidence": {**made["evidence"], "scorecards": "0" * 64}}
    monkeypatch.setattr(shipped, "shipped_manifest", lambda: older)
    assert shipped.old_evidence() == ["scorecards"]


def test_every_table_and_text_of_the_configuration_that_is_shipped_has_a_digest():
    root = default_configs()
    patterns = [*WORLD_FILES, *(pattern for some in shipped.EVIDENCE.values() for pattern in some)]
    watched = set(config_files(root, patterns))
    assert [
        row["file"] for row in shipped.inventory()["tables"] if not set(root.glob(row["file"])) <= watched
    ] == []
    assert {path for name in ("targets", "scorecards") for path in (root / name).glob("*.yaml")} <= watched


def test_a_seed_made_again_is_the_shipped_one_to_the_byte():
    limits = load_limits()
    branches = BaselineBranches(default_configs(), limits)
    seed = 7
    measured = branches.answer(Choices(), limits.full.resolution, seed)
    assert branches.axes == shipped.baseline().axes
    again = bundle_of(branches.axes, limits.full.scale, {seed: measured})
    assert seed_digest(again, seed) == shipped.shipped_manifest()["seeds"][str(seed)]
    assert seed_digest(shipped.baseline(), seed) == shipped.shipped_manifest()["seeds"][str(seed)]


def test_a_bundle_is_written_the_same_way_every_time():
    bundle = shipped.baseline()
    content = to_bytes(bundle, compress=True)
    assert content == shipped.read_shipped(shipped.BASELINE)
    assert to_bytes(from_bytes(content), compress=True) == content
    with pytest.raises(EweaError, match="damaged"):
        from_bytes(content[: len(content) // 2])


def test_every_file_is_the_one_of_the_manifest_and_a_changed_one_is_not_taken(tmp_path):
    for name in shipped.shipped_manifest()["files"]:
        assert shipped.read_shipped(name)
    for path in shipped.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / shipped.PAST).write_bytes(b"{}")
    with pytest.raises(EweaError, match="precompute"):
        shipped.read_shipped(shipped.PAST, tmp_path)
    with pytest.raises(EweaError, match="precompute"):
        shipped.shipped_manifest(tmp_path / "nowhere")


def test_the_readme_tells_the_shipped_validation():
    page = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    figures = shipped.figures()
    held = figures["windows"]["held_out"]
    for months, errors in scores.typical_errors(held).items():
        digits = 2 if months in ("1", "3") else 1
        model, *rivals = [f"{errors[name]:.{digits}f} %" for name in scores.FORECASTERS if name in errors]
        assert f"| {months} | **{model}** | {' | '.join(rivals)} |" in page
    across = scores.errors_across_breaks(held)
    for name, last in (("model", " and"), ("persistence", ","), ("constant_inflow", ",")):
        one, three, six = (f"{across[months][name]:.1f}" for months in ("1", "3", "6"))
        assert f"{one}, {three}{last} {six} %" in page
    assert f"register in {100 * held['coverage_80_pooled']:.0f} % of host-months" in page
    for months, part in figures["rolling"].items():
        model, damped = part["model"], part["damped_trend"]
        row = f"**{model['median']:.1f} %** | {damped['median']:.1f} % | {model['mae'] / damped['mae']:.2f}"
        assert f"| rolling {months} | {row} |" in page
    surveys_missed = figures["intentions"]["survey_rmse_pp"]
    assert f"missed by {surveys_missed['holdout']:.0f} percentage points" in page
    assert f"surveys used for the fit by {surveys_missed['fit']:.0f} (" in page
    left = {
        row["month"][:4]: [f"{row[key] / 1e6:.2f}" for key in ("observed", "model")]
        for row in shipped.simulated_against_surveys()
        if row["label"] == "net_outflow"
    }
    for year in ("2023", "2024"):
        assert "{} million observed, {} million simulated".format(*left[year]) in page
