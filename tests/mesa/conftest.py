"""Models that the tests of this folder share."""

import pytest
from mesa_models import NotesModel, built


@pytest.fixture(scope="module")
def still():
    """A model that no test changes."""
    return built(NotesModel)


@pytest.fixture
def model():
    """A model of one test."""
    return built(NotesModel)
