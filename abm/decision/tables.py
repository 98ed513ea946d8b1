"""Builds the tables of a month's decision from the factor files."""

from collections.abc import Collection
from functools import lru_cache

import numpy as np

from abm.arrays import Floats
from abm.codes import N_STATUS, Employment, Home, Housing, Intention, Schooling
from abm.data.world import World
from abm.decision import bounds
from abm.decision.reference_population import constants_for, reference_population
from abm.decision.terms import N_PROFILES
from abm.errors import EweaError
from abm.factors import MonthView, factors
from abm.kernels.layout import MOST_MONTHS, N_TRIGGER_SETS, ROW_FACTORS, DecisionTables


def table_shapes(world: World) -> dict[str, tuple[int, ...]]:
    """Return the shape of every table a factor may contribute to."""
    H, U = len(world.hosts.ids), len(world.origins.ids)
    host = (H, N_STATUS, len(Employment), len(Housing))
    entry = (H, len(Employment), MOST_MONTHS + 1)
    return {
        "return_origin": (U, len(Home)),
        "return_elsewhere": (),
        "host_return": host,
        "host_onward": host,
        "entry_return": entry,
        "entry_onward": entry,
        "profile_return": (N_PROFILES,),
        "profile_onward": (N_PROFILES,),
        "duration_return": (MOST_MONTHS + 1,),
        "duration_onward": (MOST_MONTHS + 1,),
        "schooling_return": (len(Schooling),),
        "schooling_onward": (len(Schooling),),
        "trigger_return": (N_TRIGGER_SETS,),
        "trigger_onward": (N_TRIGGER_SETS,),
        "intention_return": (len(Intention),),
        "intention_onward": (len(Intention),),
        "row_return": (len(ROW_FACTORS),),
        "row_onward": (len(ROW_FACTORS),),
        "row_reference": (len(ROW_FACTORS),),
        "destination": (H, len(Employment), H),
        "kin": (),
        "intent_host": (H,),
        "intent_onward": (H,),
        "intent_duration": (MOST_MONTHS + 1,),
        "intent_row": (len(ROW_FACTORS),),
        "intent_cuts": (3,),
    }


def raw_tables(view: MonthView, without: Collection[str] = ()) -> dict[str, Floats]:
    """Return the sum of all factors' contributions by table, leaving out the factors named."""
    if unknown := sorted(set(without) - set(factors())):
        raise EweaError(f"without: {', '.join(unknown)} is no factor; there are {', '.join(factors())}.")
    shapes = table_shapes(view.world)
    tables = {name: np.zeros(shape) for name, shape in shapes.items()}
    for name, (meta, contribute) in factors().items():
        if name in without:
            continue
        for table, values in contribute(view).items():
            if table not in meta.tables:
                raise ValueError(f"factor {name} writes to {table!r}, which its META does not name")
            tables[table] = tables[table] + np.broadcast_to(values, shapes[table])
    return tables


def log_sum_exp(values: Floats, axis: int = -1) -> Floats:
    """Return log(sum(exp(values))) along an axis, without overflow."""
    top = values.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(values - top).sum(axis=axis)) + np.squeeze(top, axis=axis))


class DecisionBuilder:
    """Turns a month into :class:`~abm.kernels.layout.DecisionTables`.

    The two base hazards are tied to a reference population (:mod:`abm.decision.reference_population`) in
    the reference month of ``base``; a scenario uses the constants of the baseline, so its
    difference is the effect of the policy.

    Parameters
    ----------
    base : World, optional
        Data the reference is taken from; the run's own if absent.
    without : collection of str
        Factors switched off (ablation); the constants stay those of the full model.
    constants : tuple of float, optional
        What is added to the log odds of return and onward, where it is known already.
    """

    def __init__(
        self,
        world: World,
        base: World | None = None,
        without: Collection[str] = (),
        constants: tuple[float, float] | None = None,
    ) -> None:
        self.world = world
        self.base = world if base is None else base
        self.without = tuple(without)
        self.constants = reference_constants(self.base) if constants is None else constants

    def for_world(self, world: World) -> "DecisionBuilder":
        """Return a builder for another world, centred on the same reference."""
        return DecisionBuilder(world, self.base, self.without, self.constants)

    @staticmethod
    def _onward_value(raw: dict[str, Floats], scale: float) -> Floats:
        """Return the inclusive value of the onward nest, float64[host, employment]."""
        utility = raw["destination"] / scale
        for host in range(utility.shape[0]):
            utility[host, :, host] = -np.inf
        return np.asarray(scale * log_sum_exp(utility))

    def build(self, month: int, stock: Floats) -> DecisionTables:
        """Return the tables of a month on whose first day ``stock`` persons (float64[H]) are abroad."""
        c = self.world.coefficients
        raw = raw_tables(MonthView(self.world, month, stock, base=self.base), self.without)
        safe = raw_tables(MonthView(self.world, month, stock, safe=True, base=self.base), self.without)
        mu, scale = c["return_dissimilarity"], c["onward_dissimilarity"]
        value, share = self._return_nest(raw, mu)
        wish, _ = self._return_nest(safe, mu)
        origins = self.world.origins
        danger = c["settle_intensity"] * origins.intensity[month]
        unfit = origins.occupied_share[month] + self.world.outlook.contamination[month]
        danger = danger + c["settle_occupied"] * unfit
        calm = origins.population * np.exp(-danger)
        onward = self._onward_value(raw, scale)
        destination = raw["destination"] / scale
        np.einsum("iej->eij", destination)[:, np.arange(len(onward)), np.arange(len(onward))] = -np.inf
        shares = np.exp(destination - log_sum_exp(destination)[..., None])
        offset = float(raw["intent_row"] @ raw["row_reference"])
        host_return = raw["host_return"] + self.constants[0]
        host_onward = raw["host_onward"] + self.constants[1] + onward[:, None, :, None]
        kin = float(raw["kin"])
        return DecisionTables(
            bound_return=bounds.host_bound(
                host_return,
                raw["entry_return"],
                np.array([value.max(), raw["schooling_return"].max()]),
                raw["row_return"],
            ),
            bound_onward=bounds.host_bound(
                host_onward,
                raw["entry_onward"],
                np.array([max(kin, 0.0), raw["schooling_onward"].max()]),
                raw["row_onward"],
            ),
            odds_profile=np.exp(np.stack([raw["profile_return"], raw["profile_onward"]])) * bounds.SAFETY,
            odds_duration=np.exp(np.stack([raw["duration_return"], raw["duration_onward"]])) * bounds.SAFETY,
            odds_event=bounds.event_odds(
                (raw["trigger_return"], raw["trigger_onward"]),
                (raw["intention_return"], raw["intention_onward"]),
            ),
            odds_taste=bounds.taste_table(),
            return_value=value,
            return_origin_share=share,
            elsewhere_cumulative=np.cumsum(calm) / calm.sum(),
            host_return=host_return,
            host_onward=host_onward,
            entry_return=raw["entry_return"],
            entry_onward=raw["entry_onward"],
            profile_return=raw["profile_return"],
            profile_onward=raw["profile_onward"],
            duration_return=raw["duration_return"],
            duration_onward=raw["duration_onward"],
            schooling_return=raw["schooling_return"],
            schooling_onward=raw["schooling_onward"],
            trigger_return=raw["trigger_return"],
            trigger_onward=raw["trigger_onward"],
            intention_return=raw["intention_return"],
            intention_onward=raw["intention_onward"],
            row_return=raw["row_return"],
            row_onward=raw["row_onward"],
            destination=destination,
            destination_share=shares,
            kin_boost=np.array([np.exp(kin / scale) - 1.0]),
            onward_dissimilarity=np.array([scale]),
            intent_return=wish,
            intent_host=raw["intent_host"] - offset,
            intent_onward=raw["intent_onward"],
            intent_duration=raw["intent_duration"],
            intent_row=raw["intent_row"],
            intent_cuts=raw["intent_cuts"],
        )

    def _return_nest(self, raw: dict[str, Floats], mu: float) -> tuple[Floats, Floats]:
        """Return the centred inclusive value and the share of the origin, both [unit, home]."""
        both = np.stack(
            [raw["return_origin"], np.broadcast_to(raw["return_elsewhere"], raw["return_origin"].shape)],
            axis=-1,
        )
        value = mu * log_sum_exp(both / mu)
        share = np.exp(both[..., 0] / mu - value / mu)
        # Centred where nothing but the refusal of another place counts (fixed, so effects show).
        relocation = self.world.coefficients["relocation"]
        return value - mu * np.log(1.0 + np.exp(relocation / mu)), share


@lru_cache(maxsize=4)
def reference_constants(world: World) -> tuple[float, float]:
    """Return the two constants of a world; computed once however many runs use it."""
    month = world.reference_month
    tables = DecisionBuilder(world, constants=(0.0, 0.0)).build(
        month, np.nan_to_num(world.registers.stock[month])
    )
    return constants_for(world, reference_population(world), tables)
