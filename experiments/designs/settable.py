"""Hold every axis of a design against the model, value by value, with the checks of all other doors."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from abm.data.parameters import REGISTER, Coefficient, outside
from abm.data.world import World
from abm.errors import nearest
from abm.months import month_label
from abm.policy.allowed import NotAllowedError, contradicts, lever_of_change, range_of_change
from abm.policy.change import DriverChange, LeverChange, Value
from abm.policy.lever import Lever
from experiments.designs.schema import DriverAxis, LeverAxis, ParameterAxis

type Axis = LeverAxis | DriverAxis | ParameterAxis
type Key = tuple[str | int, ...]


@dataclass
class Settable:
    """What may be set in the worlds of a design; faults go to ``note``."""

    world: World
    levers: Mapping[str, Lever]
    priors: Mapping[str, Coefficient]
    until: int
    note: Callable[[Key, str], None]
    seen: list[tuple[Key, Axis]] = field(default_factory=list)

    def axis(self, axis: Axis, key: Key) -> None:
        """Check an axis: everything but its values once, then each of them."""
        self.seen.append((key, axis))
        if isinstance(axis, LeverAxis | DriverAxis) and not self._acts(axis, key):
            return
        if isinstance(axis, ParameterAxis) and not self._known(axis.parameter):
            said = f"found {axis.parameter!r}, which is no parameter. {nearest(axis.parameter, self.priors)}"
            self.note((*key, "parameter"), said)
            return
        if axis.values is not None:
            for number, value in enumerate(axis.values):
                if not self.value(axis, value, (*key, "values", number)):
                    return
            return
        lever = self.levers.get(axis.lever) if isinstance(axis, LeverAxis) else None
        if lever is not None and lever.is_switch:
            said = f"{lever.id} is a switch. Write values: [{lever.range.least}, {lever.range.most}]."
            self.note((*key, "low"), said)
            return
        for end in ("low", "high"):
            value = getattr(axis, end)
            if value is not None and not self.value(axis, value, (*key, end)):
                return

    def _known(self, name: str) -> bool:
        drawn = self.world.draws.names if self.world.draws is not None else ()
        return name in self.priors or (name.startswith(REGISTER) and name in drawn)

    def _acts(self, axis: LeverAxis | DriverAxis, key: Key) -> bool:
        """Note an axis whose dates lie in the recorded months, or begin at the horizon."""
        first = self.world.registers.last_month + 1
        change = written(axis, 0.0)
        if first <= change.first_month < self.until:
            return True
        early = change.first_month < first
        at = "announced" if early and isinstance(axis, LeverAxis) and axis.start_month >= first else "from"
        found = axis.announced if at == "announced" and isinstance(axis, LeverAxis) else axis.start
        allowed = f"{month_label(first)} to {month_label(self.until - 1)}, from the present to the horizon"
        self.note((*key, at), f"found {found}; allowed are {allowed}.")
        return False

    def value(self, axis: Axis, value: Value, key: Key) -> bool:
        """Note what is wrong with a value of an axis; return whether nothing is."""
        if isinstance(axis, ParameterAxis):
            said = "" if isinstance(value, float | int) else f"found {value!r}; a number is needed"
            said = said or outside(axis.parameter, float(value or 0), self.priors)
            if said:
                self.note(key, f"{said}.")
            return not said
        if value is None and isinstance(axis, LeverAxis):
            return True
        if isinstance(axis, DriverAxis) and not isinstance(value, float | int):
            self.note(key, f"found {value!r}; a number is needed.")
            return False
        try:
            change = written(axis, value)
            if isinstance(change, LeverChange):
                lever_of_change(self.world.hosts, self.levers, change)
            else:
                range_of_change(self.world.driver_cards, self.world.origins.ids, change)
        except NotAllowedError as error:
            self.note(key if error.key == "value" else (*key[:2], error.key), error.said)
            return False
        return True

    def refuse_twice(self) -> None:
        """Note axes that move the same thing, of which only one could count."""
        for (first, one), (second, other) in itertools.combinations(self.seen, 2):
            if isinstance(one, ParameterAxis) and isinstance(other, ParameterAxis):
                same = one.parameter == other.parameter
            elif isinstance(one, LeverAxis) and isinstance(other, LeverAxis) and one.lever == other.lever:
                ends = self.levers[one.lever].range
                a, b = written(one, ends.least), written(other, ends.most)
                assert isinstance(a, LeverChange) and isinstance(b, LeverChange)  # noqa: PT018
                same = contradicts(a, b, lambda: self.world.hosts)
            elif isinstance(one, DriverAxis) and isinstance(other, DriverAxis):
                x, y = written(one, 0.0), written(other, 1.0)
                assert isinstance(x, DriverChange) and isinstance(y, DriverChange)  # noqa: PT018
                same = x.contradicts(y)
            else:
                continue
            if same:
                self.note(
                    second, f"moves what {'.'.join(map(str, first))} moves; only one could count. Keep one."
                )


def written(axis: LeverAxis | DriverAxis, value: Value) -> LeverChange | DriverChange:
    """Return an axis at a value as a line of a scenario file."""
    line = axis.model_dump(exclude={"values", "low", "high"}, exclude_none=True, by_alias=True)
    schema = LeverChange if isinstance(axis, LeverAxis) else DriverChange
    return schema.model_validate({**line, "value": value})
