"""What a user can choose from, and where; read from the configuration once."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from abm.data.hosts import EurosMonth, load_countries
from abm.data.origins import load_origin_units
from abm.months import month_index, month_label
from abm.places import UKRAINE, places
from abm.policy.allowed import NotAllowedError, lever_of_change
from abm.policy.change import LeverChange
from abm.policy.lever import Lever
from abm.policy.route import Route, load_routes
from abm.policy.scenario import changes_of
from dashboard.engine.changes import (
    changes_of_choice,
    drivers_of,
    first_projected_month,
    fork_month,
    indicators_of,
    is_known,
    today_month,
)
from dashboard.engine.choice import BASELINE, Choices, arrived_of
from dashboard.engine.limits import Limits
from dashboard.engine.rules import axis_of, levers_of
from dashboard.messages.words import UserMessage, user_message
from experiments.catalogue import GROUPS, lever_entry, scenario_catalogue


class Catalogue:
    """Levers, scenarios, hosts and what a choice may hold."""

    groups = GROUPS

    def __init__(self, root: Path, limits: Limits) -> None:
        self.root, self._limits = root, limits
        self.earliest = month_label(first_projected_month(root))
        self.today = month_label(today_month(root))
        self.next_month = month_label(max(today_month(root), first_projected_month(root) - 1) + 1)
        self.fork = month_label(fork_month(root))
        self.earliest_until, self.latest_until = limits.earliest_until, limits.latest_until

    @cached_property
    def levers(self) -> list[dict[str, Any]]:
        """All levers, group by group, with what a control needs."""
        routes = load_routes(self.root, tuple(self.hosts))
        found = [self._lever(lever, routes) for lever in levers_of(self.root).values()]
        return sorted(found, key=lambda entry: GROUPS.index(entry["group"]))

    def _lever(self, lever: Lever, routes: Iterable[Route]) -> dict[str, Any]:
        ukraine = lever.example_place == UKRAINE
        number = not isinstance(lever.range.least, str)
        return {
            **lever_entry(lever),
            "places": (UKRAINE,) if ukraine else self._places_of(lever, routes),
            "is_month": not number,
            "is_switch": lever.is_switch,
            "newcomers": any("arrived" in action.to.selectors for action in lever.acts_on),
        }

    def _places_of(self, lever: Lever, known: Iterable[Route]) -> tuple[str, ...]:
        """Return where a lever may be set: a route of one country there only."""
        routes = {action.route for action in lever.acts_on}
        only = {tuple(route.hosts) for route in known if route.id in routes}
        here = next(iter(only), ())
        national = None not in routes and len(only) == 1 and len(here) == 1 and here[0] in self.hosts
        return here if national else places(self.hosts)

    def lever(self, name: str) -> dict[str, Any]:
        """Return one lever; raises KeyError if there is none."""
        return self.by_id[name]

    @cached_property
    def by_id(self) -> dict[str, dict[str, Any]]:
        """All levers by id."""
        return {entry["id"]: entry for entry in self.levers}

    @cached_property
    def _scenarios(self) -> list[dict[str, Any]]:
        found = []
        for entry in scenario_catalogue(self.root):
            changes = changes_of(self.root, entry["id"])
            first = None if changes.first_month is None else month_label(changes.first_month)
            found.append({**entry, "first_month": first, "changes": changes})
        return found

    @cached_property
    def policies(self) -> list[dict[str, Any]]:
        """Policy packages (presets); the baseline, which changes nothing, is none of them."""
        return [entry for entry in self._scenarios if entry["kind"] == "policy" and entry["id"] != BASELINE]

    @cached_property
    def wars(self) -> list[dict[str, Any]]:
        """Courses of the war; the baseline is none of them."""
        return [entry for entry in self._scenarios if entry["kind"] == "war"]

    @cached_property
    def hosts(self) -> dict[str, dict[str, str]]:
        """Names of hosts in three languages, by id."""
        return {country.id: country.label.model_dump() for country in load_countries(self.root)}

    @cached_property
    def benefits(self) -> dict[str, EurosMonth]:
        """The cash support in force in every host, with its source."""
        return {country.id: country.benefit_eur_month[-1] for country in load_countries(self.root)}

    @cached_property
    def units(self) -> dict[str, dict[str, str]]:
        """Names of origin units in three languages, by pcode."""
        return {
            unit.pcode: {"en": unit.name_en, "nl": unit.name_nl, "uk": unit.name_uk}
            for unit in load_origin_units(self.root)
        }

    @cached_property
    def indicators(self) -> list[dict[str, Any]]:
        """Indicators of the EWEA scorecard."""
        return [item.model_dump() for item in indicators_of(self.root).values()]

    def check(self, choice: Choices) -> list[UserMessage]:
        """Return every reason why a choice cannot be simulated as it stands."""
        return self.cleaned(choice)[1]

    def cleaned(self, choice: Choices) -> tuple[Choices, list[UserMessage]]:
        """Return what of a choice can be simulated, and a sentence for every part left out."""
        said: list[UserMessage] = []
        war, until, limits = choice.war, choice.until, self._limits
        if war != BASELINE and war not in {entry["id"] for entry in self.wars}:
            said.append(user_message("unknown_war", found=war))
            war = BASELINE
        if not limits.earliest_until <= until <= limits.latest_until:
            said.append(
                user_message("until", found=until, earliest=limits.earliest_until, latest=limits.latest_until)
            )
            until = Choices().until
        known = {entry["id"] for entry in self.policies}
        # The baseline as a package changes nothing, so it is left out without a word.
        said += [
            user_message("unknown_preset", found=p) for p in choice.presets if p not in {*known, BASELINE}
        ]
        presets = tuple(p for p in choice.presets if p in known)
        for name in (war, *presets):
            entry = next((e for e in self._scenarios if e["id"] == name), None)
            if entry is not None and entry["first_month"] is not None and entry["first_month"] >= until:
                label, first = entry["label"], entry["first_month"]
                said.append(user_message("package_start", package=label, first=first, until=until))
        if len(presets) > limits.presets_per_choice:
            said.append(user_message("too_many_presets", found=len(presets), most=limits.presets_per_choice))
            presets = presets[: limits.presets_per_choice]
        levers = []
        for lever in choice.levers:
            message = self.message_about(lever, until, choice.past)
            if message is None:
                levers.append(lever)
            else:
                said.append(message)
        if len(levers) > limits.levers_per_choice:
            said.append(user_message("too_many_levers", found=len(levers), most=limits.levers_per_choice))
            levers = levers[: limits.levers_per_choice]
        scores = []
        for item, score in choice.scorecard:
            about = indicators_of(self.root).get(item)
            if about is None:
                said.append(user_message("unknown_indicator", found=item))
            elif about.no_driver is not None:
                said.append(user_message("indicator_without_driver", found=item, reason=about.no_driver))
            else:
                scores.append((item, score))
        dropped = tuple(
            name for name in choice.dropped if name in self.by_id or name in drivers_of(self.root)
        )
        said += [user_message("unknown_part", found=n) for n in choice.dropped if n not in dropped]
        upload = choice.upload
        if upload and not is_known(upload):
            said.append(user_message("unknown_upload"))
            upload = ""
        clean = Choices(war, presets, tuple(levers), until, tuple(scores), upload, dropped, choice.past)
        try:
            changes_of_choice(self.root, clean)
        except ValueError as error:
            detail = str(error).replace(f"{self.root.resolve()}/", "").replace(f"{self.root}/", "")
            said.append(user_message("contradiction", detail=detail))
            clean = Choices(war, (), tuple(levers), until, tuple(scores), upload, dropped, choice.past)
        return clean, said

    def message_about(self, lever: LeverChange, until: str, past: bool = False) -> UserMessage | None:
        """Return why one lever cannot be set so, or None."""
        about = levers_of(self.root).get(lever.lever)
        if about is None:
            return user_message("unknown_lever", found=lever.lever)
        entry, name = self.lever(lever.lever), about.label.model_dump()
        if lever.place not in entry["places"]:
            found, *allowed = (self.hosts.get(place, place) for place in (lever.place, *entry["places"]))
            return user_message("lever_place", lever=name, found=found, allowed=tuple(allowed))
        if arrived_of(lever) == "newcomers" and not entry["newcomers"]:
            return user_message("lever_who", lever=name)
        earliest = self.earliest if past else self.next_month
        if not earliest <= lever.start < until:
            latest = month_label(month_index(until) - 1)
            code = "lever_past" if self.earliest <= lever.start < earliest else "lever_start"
            return user_message(code, lever=name, found=lever.start, earliest=earliest, latest=latest)
        try:
            lever_of_change(axis_of(self.root), levers_of(self.root), lever)
        except NotAllowedError as error:
            if error.key != "value" or about.allows(lever.number):
                return user_message("refused", detail=str(error))
            least, most = about.range.least, about.range.most
            return user_message("lever_value", lever=name, found=lever.value, least=least, most=most)
        return None
