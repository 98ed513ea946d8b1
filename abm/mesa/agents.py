"""The agents of the Mesa model: light views on households, and the host countries.

A :class:`Household` is two references, one to the model and one to a row; it is made when somebody
looks at it and forgotten afterwards. Creating and stepping a model makes none, so two million
households cost no objects. For questions about many households use :class:`HouseholdSet
<abm.mesa.household_set.HouseholdSet>`, which reads whole columns.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import mesa
import numpy as np
from mesa.agentset import AbstractAgentSet

from abm.codes import Status
from abm.errors import EweaError, nearest
from abm.kernels.end_month import COUNTS
from abm.mesa.household_attributes import ATTRIBUTES, attribute
from abm.mesa.household_edits import set_attribute
from abm.places import UKRAINE
from abm.state import Flow, State


class ModelAgent(mesa.Agent):  # type: ignore[misc]
    """What looks at the state of the run."""

    @property
    def state(self) -> State:
        """State of the run."""
        state: State = self.model.simulation.state
        return state


class Household(ModelAgent):
    """A view on one household: what is read and set here is read from and set in the columns.

    Attributes are those of :data:`abm.mesa.household_attributes.ATTRIBUTES`: ``place`` is a host code
    (``"UA"`` in Ukraine), ``status``, ``employment``, ``housing`` and other categories are members
    of :mod:`abm.codes`, ``members`` counts inside the household, ``persons`` the real persons it
    stands for. Setting is checked; what cannot be set says why. Two views on one household are
    equal. Households are created by the model, never by calling this class.

    Parameters
    ----------
    model : DisplacementModel
        The model.
    row : int
        Row of the household; rows never change.
    """

    # Mesa's constructor would register an object for every household; it is left out on purpose.
    def __init__(self, model: mesa.Model, row: int) -> None:
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "row", int(row))

    pos = None

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
        return tuple(Household(self.model, row) for row in rows if row >= 0)

    def move_to(self, place: str) -> None:
        """Move to another host, or home (``"UA"``); the same as setting ``place``.

        The move is booked as a flow of the month about to be simulated, and resets what a move
        resets: status, job, dwelling, schooling, integration.
        """
        self.place = place

    def as_dict(self) -> dict[str, Any]:
        """Return every attribute by name."""
        return {name: found.value(self.state, self.row) for name, found in ATTRIBUTES.items()}

    def step(self) -> NoReturn:
        """Refuse: the month of all households is one step of the model."""
        raise EweaError("a month is simulated for all households together: call model.step().")

    advance = step

    def remove(self) -> NoReturn:
        """Refuse: a person who vanished would break the balance of stocks and flows."""
        raise EweaError("a household cannot be removed; send it home with household.move_to('UA').")

    @classmethod
    def create_agents(cls, *_: Any, **__: Any) -> NoReturn:
        """Refuse: arrivals create households, from data."""
        raise EweaError("households are created by the model, from recorded or modelled arrivals.")

    from_dataframe = create_agents

    def __setattr__(self, name: str, value: Any) -> None:
        set_attribute(self.state, name, np.array([self.row]), value)

    def __getattr__(self, name: str) -> Any:
        # Only reached for names that are no attribute; dunder names are asked for by copy and pickle.
        if not name.startswith("__"):
            attribute(name)
        raise AttributeError(name)

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
    setattr(Household, _name, _reader(_name))


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
