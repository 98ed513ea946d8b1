"""The deregistration shares in the country files are the derived ones, without held-out months."""

import pytest

from abm.data.country import load_countries
from abm.data.folder import default_configs
from experiments.data.deregistration import derive_deregistration_shares


def test_country_files_hold_the_derived_shares():
    root = default_configs()
    derived = derive_deregistration_shares(root)
    countries = load_countries(root)
    found = {c.id: c.register_priors.deregistration_share.value for c in countries}
    assert found == pytest.approx(derived, abs=1e-9)
