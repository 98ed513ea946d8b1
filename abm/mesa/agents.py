"""The agents of the Mesa model: light views on households, and the host countries.

A :class:`Household` is two references, one to the model and one to a row; it is made when somebody
looks at it and forgotten afterwards. Creating and stepping a model makes none, so two million
households cost no objects. For questions about many households use :class:`HouseholdSet
<abm.mesa.household_set.HouseholdSet>`, which reads whole columns.
"""

from __future__ import annotations

import copy
from typing import Any, ClassVar, NamedTuple, NoReturn, Self

import mesa
import numpy as np
import pandas as pd
from mesa.agentset import AbstractAgentSet

from abm.codes import Status
from abm.errors import EweaError, nearest
from abm.kernels.end_month import COUNTS
from abm.mesa.by_hand import create_by_hand
from abm.mesa.household_attributes import ATTRIBUTES, attribute
from abm.mesa.household_edits import set_attribute
from abm.mesa.own_columns import each
from abm.places import UKRAINE
from abm.state import Flow, State


class ModelAgent(mesa.Agent):  # type: ignore[misc]
    """What looks at the state of the run."""

    @property
    def state(self) -> State:
        """State of the run."""
        state: State = self.model.simulation.state
        return state

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return this view itself, or, where its model is being copied, one on the copy.

        Mesa's data collector copies what it collects; the whole model would come along each time.
        """
        model = memo.get(id(self.model))
        if model is None:
            return self
        memo[id(self)] = twin = object.__new__(type(self))
        held = {key: model if value is self.model else value for key, value in vars(self).items()}
        twin.__dict__.update(copy.deepcopy(held, memo))
        return twin


class Views(type):
    """Keeps properties of views as they are: Mesa's numpy recorder would replace them in every model."""

    def __setattr__(cls, name: str, value: object) -> None:
        if isinstance(value, property):
            raise EweaError(f"{cls.__name__}.{name}: model.agents.get({name!r}) is the array of all already.")
        super().__setattr__(name, value)


class Household(ModelAgent, metaclass=Views):
    """A view on one household: what is read and set here is read from and set in the columns.

    Attributes are those of :data:`abm.mesa.household_attributes.ATTRIBUTES`: ``place`` is a host code
    (``"UA"`` in Ukraine), ``status``, ``employment``, ``housing`` and other categories are members
    of :mod:`abm.codes`, ``members`` counts inside the household, ``persons`` the real persons it
    stands for. Setting is checked; what cannot be set says why. Any other name becomes a column of
    the user's own. Two views on one household are equal.

    A subclass, named by ``household_type`` of the model, may give defaults for columns of its own as
    class attributes, and a ``step``: it is called for every household in random order before every
    month, some 100 000 households a second. Views are made anew at every look, so a subclass has no
    constructor.

    Parameters
    ----------
    model : DisplacementModel
        The model.
    row : int
        Row of the household; rows never change.
    """

    defaults: ClassVar[dict[str, Any]] = {}
    """Columns of the user's own that every household has, by name."""

    # Mesa's constructor would register an object for every household; it is left out on purpose.
    def __init__(self, model: mesa.Model, row: int) -> None:
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "row", int(row))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make class attributes columns with a default."""
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            raise EweaError(f"{cls.__name__}: views have no constructor; give defaults as class attributes.")
        for name in ATTRIBUTES.keys() & vars(cls).keys():
            raise EweaError(f"{cls.__name__}.{name}: every household has this column; choose another name.")
        new = {
            name: value
            for name, value in vars(cls).items()
            if not name.startswith("_") and not callable(value) and not hasattr(value, "__get__")
        }
        new.pop("defaults", None)
        for name, value in new.items():
            type.__setattr__(cls, name, _own(name, value))
        cls.defaults = {**cls.defaults, **new}

    @property
    def host(self) -> HostCountry | None:
        """Host country lived in; ``None`` in Ukraine."""
        place = ATTRIBUTES["place"].value(self.state, self.row)
        host: HostCountry | None = None if place == UKRAINE else self.model.host(place)
        return host

    @property
    def acquaintances(self) -> tuple[Household, ...]:
        """Households this one looks to."""
        rows = self.state.households["contacts"][self.row]
        return tuple(type(self)(self.model, row) for row in rows if row >= 0)

    def move_to(self, place: str) -> None:
        """Move to another host, or home (``"UA"``); the same as setting ``place``.

        The move is booked as a flow of the month about to be simulated, and resets what a move
        resets: status, job, dwelling, schooling, integration.
        """
        self.place = place

    def as_dict(self) -> dict[str, Any]:
        """Return every attribute by name."""
        return {name: found.value(self.state, self.row) for name, found in ATTRIBUTES.items()}

    def step(self) -> None:
        """Refuse: the month of all households is one step of the model, unless a subclass has its own."""
        raise EweaError("a month is simulated for all households together: call model.step().")

    advance = step

    def remove(self) -> NoReturn:
        """Refuse: a person who vanished would break the balance of stocks and flows."""
        raise EweaError("a household cannot be removed; send it home with household.move_to('UA').")

    @classmethod
    def create_agents(cls, model: Any, n: int, *args: Any, **attributes: Any) -> AbstractAgentSet:
        """Create households who arrive in the month about to be simulated, as a flow of that month.

        Parameters
        ----------
        model : DisplacementModel
            The model.
        n : int
            Simulated households.
        **attributes : object
            One value for all, or one for each. ``place``, a host code, is needed. Persons by the names of
            :class:`abm.codes.PersonKind` in small letters, none or all that are not 0; ``origin``;
            ``stands_for``, real households each represents; every attribute that can be set; columns of
            one's own. What is left out is as of other arrivals in that host.

        Returns
        -------
        HouseholdSet
            The new households in the order given.
        """
        if args:
            raise EweaError(
                "attributes of households are given by name: create_agents(model, n, place='NL')."
            )
        columns = {name: each(value, n) for name, value in attributes.items()}
        rows = create_by_hand(cls, model, pd.DataFrame(columns, index=range(n)))
        return type(model.agents)(model=model, rows=rows)

    @classmethod
    def from_dataframe(cls, model: Any, df: pd.DataFrame, **kwargs: Any) -> AbstractAgentSet:
        """Create one household per row of a table; see :meth:`create_agents`.

        ``DisplacementModel(arrivals="none")`` has no other households than these and who follows them.
        """
        return cls.create_agents(model, len(df), **{str(name): df[name].tolist() for name in df}, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        rows = np.array([self.row])
        if name in ATTRIBUTES:
            set_attribute(self.state, name, rows, value)
        elif name not in self.defaults and isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)
        else:
            self.model.own.write(type(self), name, rows, [value], len(self.state.households))

    def __getattr__(self, name: str) -> Any:
        # Only reached for names that are no attribute; dunder names are asked for by copy and pickle.
        if name.startswith("__") or name in ("model", "row"):
            raise AttributeError(name)
        if name not in self.model.own:
            attribute(name)
        return self.model.own[name].value(self.state, self.row)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Household) and other.model is self.model and other.row == self.row

    def __hash__(self) -> int:
        return hash((id(self.model), self.row))

    def __repr__(self) -> str:
        return f"<Household {self.unique_id}: {self.members} members in {self.place}>"


def _reader(name: str) -> property:
    found = ATTRIBUTES[name]

    def read(self: Household) -> Any:
        return found.value(self.state, self.row)

    return property(read, doc=f"{found.meaning} ({found.unit}).")


for _name in ATTRIBUTES:
    type.__setattr__(Household, _name, _reader(_name))


def _own(name: str, default: Any) -> property:
    def read(self: Household) -> Any:
        own = self.model.own.get(name)
        return default if own is None else own.value(self.state, self.row)

    return property(read, doc="A column of the user's own.")


type.__setattr__(Household, "pos", _own("pos", None))
Household.defaults = {"pos": None}
"""Where a grid of Mesa puts a household."""


class HostFlow(NamedTuple):
    """Persons who entered or left a host in the last month."""

    kind: str
    from_place: str
    to_place: str
    persons: int


def _moved(kind: Flow, entered: bool, who: str) -> property:
    """Return a property of a host: persons who entered or left in the last month; 0 before the first."""

    def read(host: HostCountry) -> int:
        index, here = host.state.index, host.index
        flow = host.state.history.flows[index - 1, kind]
        return int((flow[:, here] if entered else flow[here]).sum()) if index else 0

    return property(read, doc=f"Persons {who} in the last month.")


class HostCountry(ModelAgent):
    """A host country: what was counted there on the first day, and what moved in the last month.

    ``code`` is Eurostat-style, ``elsewhere`` for all hosts without one; ``labels`` are its names by language;
    ``is_eu`` and ``is_neighbour`` say whether it is a member of the EU and shares a border with Ukraine.
    """

    def __init__(self, model: mesa.Model, index: int) -> None:
        super().__init__(model)
        hosts = model.world.hosts
        self.index = index
        self.code = hosts.ids[index]
        self.labels: dict[str, str] = dict(hosts.labels[self.code])
        self.is_eu = bool(hosts.is_eu[index])
        self.is_neighbour = bool(hosts.is_neighbour[index])

    @property
    def households(self) -> AbstractAgentSet:
        """Households that live here now, a :class:`~abm.mesa.household_set.HouseholdSet`."""
        return self.model.agents.select(place=self.code)

    @property
    def displaced(self) -> int:
        """Displaced persons on the first day of the month."""
        return int(self.state.history.stock[self.state.index, self.index].sum())

    @property
    def displaced_by_status(self) -> dict[Status, int]:
        """Displaced persons on the first day of the month, by legal status."""
        by_status = self.state.history.stock[self.state.index, self.index].sum(axis=(1, 2))
        return {status: int(by_status[status]) for status in Status}

    def _count(self, name: str) -> int:
        return int(self.state.history.counts[self.state.index, self.index, COUNTS.index(name)])

    @property
    def employment_share(self) -> float:
        """Employed among the displaced aged 18 to 64, 0 to 1; NaN where there are none."""
        adults = self._count("working_age")
        return self._count("employed") / adults if adults else float("nan")

    @property
    def collective_places_used(self) -> int:
        """Displaced persons in collective housing on the first day of the month."""
        return self._count("housing_collective")

    @property
    def collective_capacity(self) -> float:
        """Places in collective reception; infinite where no limit is known."""
        return float(self.model.world.places_available(self.state.month)[self.index])

    @property
    def places_short(self) -> int:
        """Persons who asked for a collective place in the last month and found none."""
        index = self.state.index
        return int(self.state.history.places_short[index - 1, self.index]) if index else 0

    @property
    def register(self) -> float:
        """Persons the register would show at the end of the last month; NaN before the first."""
        index = self.state.index
        return float(self.state.history.register[index - 1, self.index]) if index else float("nan")

    arrivals = _moved(Flow.ARRIVAL, True, "newly displaced to this host")
    redepartures = _moved(Flow.REDEPARTURE, True, "who came back here from Ukraine")
    reunified = _moved(Flow.REUNIFICATION, True, "who joined their household here as partners")
    returns = _moved(Flow.RETURN, False, "who returned from here to Ukraine")
    onward_in = _moved(Flow.ONWARD, True, "who came here from another host")
    onward_out = _moved(Flow.ONWARD, False, "who left here for another host")

    @property
    def flows(self) -> tuple[HostFlow, ...]:
        """Every flow in and out in the last month; what did not move is left out."""
        index, here = self.state.index, self.index
        if index == 0:
            return ()
        places = (*self.model.world.hosts.ids, UKRAINE)
        month = self.state.history.flows[index - 1]
        found = []
        for kind, left, entered in zip(*np.nonzero(month), strict=True):
            if here in (left, entered):
                persons = int(month[kind, left, entered])
                found.append(HostFlow(Flow(kind).name.lower(), places[left], places[entered], persons))
        return tuple(found)

    def label(self, language: str) -> str:
        """Return the name in a language."""
        if language not in self.labels:
            raise EweaError(f"{self.code} has no name in {language!r}. {nearest(language, self.labels)}")
        return self.labels[language]

    def remove(self) -> NoReturn:
        """Refuse: the hosts are part of the data."""
        raise EweaError(f"{self.code} cannot be removed: the host countries are part of the data.")

    def __repr__(self) -> str:
        return f"<HostCountry {self.code}: {self.displaced} displaced>"
