"""The graded response model of survey waves around one common wish that drifts.

A question of discrimination a cuts the position eta of a wave at c: log odds of returning are a eta - c. The
position is the common wish in its month (a local level with a damped drift) and what parts from it: house,
place, group of persons, people who came after a panel began, and the wave itself. All priors are normal, so
the positions of waves are jointly normal and only the few numbers of each question are left beside them;
answers are multinomial with the interviews that the design effect leaves. Inference is Laplace's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import expit, xlogy

from abm.arrays import Booleans, Floats, Integers
from abm.places import ALL
from calibration.fit.virtual_survey import answers
from calibration.surveys.settings import CutPriors, Spreads, SurveySettings
from calibration.targets.schema import ANSWERS, FIRST_MONTH, SurveyTarget

MOST_STEPS, ENOUGH = 100, 1e-8
HALVINGS = 12
NUDGE = 1e-5
"""Step of the derivatives of answers by log odds: its error is far below that of Laplace's method."""

LEAST = 1e-9
CUT, GAP, ONWARD, DISCRIMINATION = range(4)
"""The numbers of a question, each a standard normal one."""


def position_covariance(waves: Sequence[SurveyTarget], settings: SurveySettings, spreads: Spreads) -> Floats:
    """Return the prior covariance of the positions of waves, float64[W, W]."""
    months = np.array([wave.month - FIRST_MONTH for wave in waves])

    def same(names: list[str]) -> Booleans:
        """Return which waves share a name that is not empty."""
        known = np.array(names)
        return np.asarray((known[:, None] == known) & (known != ""))

    places = [wave.population.group.place for wave in waves]
    panel = [settings.newcomers(wave.month) * (wave.family in settings.panels) for wave in waves]
    covariance = wish_covariance(months, months, settings, spreads)
    covariance += settings.house_sd.value**2 * same([wave.family for wave in waves])
    covariance += settings.group_sd.value**2 * same(
        [wave.population.key if wave.population.attribute else "" for wave in waves]
    )
    apart = same([place if place != ALL else "" for place in places])
    covariance += settings.place_sd.value**2 * np.minimum.outer(months, months) * apart
    covariance += settings.newcomer_sd.value**2 * np.outer(panel, panel)
    return np.asarray(covariance + spreads.wave**2 * np.eye(len(months)))


def wish_covariance(some: Integers, others: Integers, settings: SurveySettings, spreads: Spreads) -> Floats:
    """Return the prior covariance of the common wish in months since the first, float64[some, others]."""
    left = settings.drift_persistence.value
    end = max(int(some.max()), int(others.max()), 1)
    begun = np.arange(end)  # innovation k acts from month k + 1 on

    def path(months: Integers) -> tuple[Floats, Floats]:
        since = np.maximum(months[:, None] - begun, 0)
        drift = np.where(begun == 0, spreads.first_drift, settings.drift_sd.value)
        level = np.asarray(settings.level_sd.value * (since > 0), np.float64)
        return level, np.asarray(drift * (1.0 - left**since) / (1.0 - left), np.float64)

    (level, drift), (level_2, drift_2) = path(some), path(others)
    return np.asarray(level @ level_2.T + drift @ drift_2.T)


@dataclass(frozen=True)
class SurveyModel:
    """Waves with their prior; ``W`` waves, ``Q`` questions, ``D`` = W + 4 Q standard normal numbers."""

    spreads: Spreads
    cuts: CutPriors
    root: Floats  # [W, W] Lower root of the covariance of positions
    question: Integers  # [W]
    n_questions: int
    offers_onward: Booleans  # [W]
    groups: Floats  # [W, group, answer] Answers that a group joins
    shares: Floats  # [W, group] As found; 0 where there is no such group
    interviews: Floats  # [W] What the design effect leaves of them; 0 for waves that are only forecast

    @classmethod
    def of(
        cls,
        seen: Sequence[SurveyTarget],
        ahead: Sequence[SurveyTarget],
        settings: SurveySettings,
        cuts: CutPriors,
        spreads: Spreads,
    ) -> "SurveyModel":
        """Return the model of waves that were seen and of others that are ahead."""
        waves = (*seen, *ahead)
        asked = [settings.question(wave.family) for wave in waves]
        names = sorted(set(asked))
        groups = np.zeros((len(waves), len(ANSWERS), len(ANSWERS)))
        shares = np.zeros((len(waves), len(ANSWERS)))
        for number, wave in enumerate(waves):
            for place, (joined, share) in enumerate(wave.groups):
                shares[number, place] = share
                groups[number, place, [ANSWERS.index(answer) for answer in joined]] = 1.0
        return cls(
            spreads,
            cuts,
            np.linalg.cholesky(position_covariance(waves, settings, spreads)),
            np.array([names.index(name) for name in asked], np.int64),
            len(names),
            np.array([wave.offers_onward for wave in waves]),
            groups,
            shares,
            np.array([effective(wave) for wave in seen] + [0.0] * len(ahead)),
        )

    @property
    def size(self) -> int:
        """Return the number of unknowns."""
        return len(self.question) + 4 * self.n_questions

    def _coordinates(self, z: Floats) -> tuple[Floats, ...]:
        """Return position, cut, gap, onward cut and discrimination of every wave, float64[..., W] each."""
        n = len(self.question)
        own = z[..., n:].reshape(*z.shape[:-1], 4, self.n_questions)[..., self.question]
        cuts = self.cuts
        return (
            z[..., :n] @ self.root.T,
            cuts.to_return.value + cuts.to_return.spread * own[..., CUT, :],
            cuts.gap.value * np.exp(cuts.gap.spread * own[..., GAP, :]),
            cuts.onward.value + cuts.onward.spread * own[..., ONWARD, :],
            np.exp(self.spreads.discrimination * own[..., DISCRIMINATION, :]),
        )

    def _answered(self, to_return: Floats, to_stay: Floats, onward: Floats) -> Floats:
        """Return the shares of groups for log odds of lying below the cuts, float64[..., W, group]."""
        ready = np.where(self.offers_onward, expit(-onward), 0.0)
        found = answers(expit(to_return), expit(to_stay), ready)
        by_answer = np.stack([found[answer] for answer in ANSWERS], axis=-1)
        return np.asarray((self.groups @ by_answer[..., None])[..., 0])

    def predict(self, z: Floats) -> Floats:
        """Return the share of every group of answers, float64[..., W, group]."""
        position, cut, gap, onward, slope = self._coordinates(z)
        below = cut - slope * position
        return self._answered(below, below - gap, onward)

    def log_posterior(self, z: Floats) -> float:
        """Return the log posterior density, without its constants."""
        fits = xlogy(self.shares, np.maximum(self.predict(z), LEAST))
        return float((self.interviews[:, None] * fits).sum() - 0.5 * z @ z)

    def gradient_and_information(self, z: Floats) -> tuple[Floats, Floats]:
        """Return gradient and Fisher information at ``z``."""
        n, q, all_waves = len(self.question), self.n_questions, np.arange(len(self.question))
        position, cut, gap, onward, slope = self._coordinates(z)
        odds = np.stack([cut - slope * position, cut - slope * position - gap, onward])
        shares = np.maximum(self._answered(*odds), LEAST)
        by_odds = np.empty((n, len(ANSWERS), 3))
        for which in range(3):
            step = NUDGE * (np.arange(3) == which)[:, None]
            by_odds[..., which] = (self._answered(*(odds + step)) - self._answered(*(odds - step))) / (
                2.0 * NUDGE
            )
        by_z = np.zeros((n, 3, self.size))
        by_z[:, :2, :n] = (-slope[:, None] * self.root)[:, None]
        own = n + self.question
        by_z[all_waves, :2, own + CUT * q] = self.cuts.to_return.spread
        by_z[all_waves, 1, own + GAP * q] = -gap * self.cuts.gap.spread
        by_z[all_waves, 2, own + ONWARD * q] = self.cuts.onward.spread
        turned = -slope * position * self.spreads.discrimination
        by_z[all_waves, :2, own + DISCRIMINATION * q] = turned[:, None]
        rows = (by_odds @ by_z).reshape(-1, self.size)
        counted = np.repeat(self.interviews, len(ANSWERS))
        gradient = rows.T @ (counted * (self.shares / shares).ravel()) - z
        information = rows.T @ (rows * (counted / shares.ravel())[:, None]) + np.eye(self.size)
        return gradient, information

    def fit(self) -> "FittedSurveys":
        """Return the most probable numbers with their information (Fisher scoring with halved steps)."""
        z, best = np.zeros(self.size), self.log_posterior(np.zeros(self.size))
        for _ in range(MOST_STEPS):
            gradient, information = self.gradient_and_information(z)
            step = cho_solve(cho_factor(information), gradient)
            tried = ((self.log_posterior(z + part * step), part) for part in 0.5 ** np.arange(HALVINGS))
            found, part = next(((value, part) for value, part in tried if value > best), (best, 0.0))
            z, gained, best = z + part * step, found - best, found
            if gained < ENOUGH:
                break
        return FittedSurveys(self, z, np.linalg.cholesky(self.gradient_and_information(z)[1]), best)


@dataclass(frozen=True)
class FittedSurveys:
    """A model at its most probable numbers."""

    model: SurveyModel
    best: Floats  # [D]
    information: Floats  # [D, D] Lower root of the information
    log_posterior: float

    @property
    def log_evidence(self) -> float:
        """Return how probable the waves are under the spreads, times their prior weight (Laplace)."""
        return float(
            self.log_posterior - np.log(np.diag(self.information)).sum() + self.model.spreads.log_weight
        )

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        """Return draws of the posterior, float64[n, D]."""
        noise = solve_triangular(self.information.T, rng.standard_normal((len(self.best), n)))
        return np.asarray(self.best + noise.T)


def effective(wave: SurveyTarget) -> float:
    """Return the interviews of a simple random sample that would tell as much."""
    return wave.n / wave.design_effect
