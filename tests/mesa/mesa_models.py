"""Small models for the suite that holds our model against what Mesa promises."""

from abm.mesa.agents import Household
from abm.mesa.model import DisplacementModel

SMALL = {"scale": 20_000, "households_per_host": 4, "until": "2022-08", "rng": 5}


class Notes(Household):
    """Households with a column of their own and something to do before every month."""

    seen = 0

    def step(self):
        """Count the months."""
        self.seen += 1

    def describe(self, word="is"):
        """Answer with the id."""
        return f"{self.unique_id} {word}"


class NotesModel(DisplacementModel):
    """A model whose households keep notes."""

    household_type = Notes


def built(kind=DisplacementModel, months=2, **settings):
    """Return a model some months on."""
    model = kind(**{**SMALL, **settings})
    if months:
        model.run_for(months)
    return model
