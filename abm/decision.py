"""Builds the tables of a month's decision from the factor files."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from abm.codes import N_STATUS, Employment, Home, Housing, Intention, Schooling
from abm.factors import MonthView, factors
from abm.kernels.layout import MOST_MONTHS, N_TRIGGER_SETS, ROW_FACTORS, DecisionTables
from abm.profile import N_PROFILES
from abm.world import World

Array = NDArray[np.float64]


def table_shapes(world: World) -> dict[str, tuple[int, ...]]:
    """Return the shape of every table a factor may contribute to."""
    H, U = len(world.hosts.ids), len(world.origins.ids)
    host = (H, N_STATUS, len(Employment), len(Housing))
    return {
        "return_origin": (U, len(Home)),
        "return_elsewhere": (),
        "host_return": host,
        "host_onward": host,
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
        "intent_row": (len(ROW_FACTORS),),
        "intent_cuts": (3,),
    }


def raw_tables(view: MonthView, without: Collection[str] = ()) -> dict[str, Array]:
    """Return the sum of all factors' contributions by table, leaving out the factors named."""
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


def log_sum_exp(values: Array, axis: int = -1) -> Array:
    """Return log(sum(exp(values))) along an axis, without overflow."""
    top = values.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(values - top).sum(axis=axis)) + np.squeeze(top, axis=axis))


class DecisionBuilder:
    """Turns a month into :class:`~abm.kernels.layout.DecisionTables`.

    The inclusive values of the two nests are centred on their value in the last register month of
    ``base``, so that the two base hazards keep their meaning; a scenario is centred on the same
    numbers as the baseline, and its difference is the effect of the policy.

    Parameters
    ----------
    world : World
        Data of the run.
    base : World, optional
        Data the reference is taken from; the run's own if absent.
    without : collection of str
        Factors switched off (ablation).
    """

    def __init__(self, world: World, base: World | None = None, without: Collection[str] = ()) -> None:
        self.world = world
        self.without = tuple(without)
        anchor = base if base is not None else world
        month = min(anchor.registers.last_month, anchor.n_months - 1)
        stock = np.nan_to_num(anchor.registers.stock[month])
        raw = raw_tables(MonthView(anchor, month, stock), self.without)
        onward = self._onward_value(raw, anchor.coefficients["onward_dissimilarity"])
        weights = stock / stock.sum() if stock.sum() > 0 else np.full(len(stock), 1 / len(stock))
        self.onward_reference = float(weights @ onward[:, Employment.NONE])
        mu = anchor.coefficients["return_dissimilarity"]
        relocation = anchor.coefficients["relocation"]
        # The reference household comes from a unit free of occupation, at reference intensity.
        self.return_reference = float(mu * np.log(1.0 + np.exp(relocation / mu)))

    def for_world(self, world: World) -> "DecisionBuilder":
        """Return a builder for another world, centred on the same reference."""
        twin = object.__new__(DecisionBuilder)
        twin.__dict__.update(self.__dict__)
        twin.world = world
        return twin

    @staticmethod
    def _onward_value(raw: dict[str, Array], scale: float) -> Array:
        """Return the inclusive value of the onward nest, float64[host, employment]."""
        utility = raw["destination"] / scale
        for host in range(utility.shape[0]):
            utility[host, :, host] = -np.inf
        return np.asarray(scale * log_sum_exp(utility))

    def build(self, month: int, stock: Array) -> DecisionTables:
        """Return the tables of a month.

        Parameters
        ----------
        month : int
            Month number.
        stock : float64[H]
            Displaced persons by host on the first day.
        """
        c = self.world.coefficients
        raw = raw_tables(MonthView(self.world, month, stock), self.without)
        safe = raw_tables(MonthView(self.world, month, stock, safe=True), self.without)
        mu, scale = c["return_dissimilarity"], c["onward_dissimilarity"]
        value, share = self._return_nest(raw, mu)
        wish, _ = self._return_nest(safe, mu)
        origins = self.world.origins
        calm = origins.population * np.exp(-origins.intensity[month] - 5.0 * origins.occupied_share[month])
        onward = self._onward_value(raw, scale) - self.onward_reference
        destination = raw["destination"] / scale
        np.einsum("iej->eij", destination)[:, np.arange(len(onward)), np.arange(len(onward))] = -np.inf
        shares = np.exp(destination - log_sum_exp(destination)[..., None])
        offset = float(raw["row_return"] @ raw["row_reference"])
        offset_onward = float(raw["row_onward"] @ raw["row_reference"])
        return DecisionTables(
            return_value=value,
            return_origin_share=share,
            elsewhere_cumulative=np.cumsum(calm) / calm.sum(),
            host_return=raw["host_return"] - offset,
            host_onward=raw["host_onward"] - offset_onward + onward[:, None, :, None],
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
            kin_boost=np.array([np.exp(float(raw["kin"]) / scale) - 1.0]),
            onward_dissimilarity=np.array([scale]),
            intent_return=wish,
            intent_host=raw["intent_host"] - offset,
            intent_row=raw["intent_row"],
            intent_cuts=raw["intent_cuts"],
        )

    def _return_nest(self, raw: dict[str, Array], mu: float) -> tuple[Array, Array]:
        """Return the centred inclusive value and the share of the origin, both [unit, home]."""
        both = np.stack(
            [raw["return_origin"], np.broadcast_to(raw["return_elsewhere"], raw["return_origin"].shape)], axis=-1
        )
        value = mu * log_sum_exp(both / mu)
        share = np.exp(both[..., 0] / mu - value / mu)
        return value - self.return_reference, share
