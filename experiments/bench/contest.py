"""The model and its rivals as jobs that do the same work, what each decided, and whether they agree."""

import time
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.codes import Choice, Stream
from abm.errors import EweaError
from abm.households import COLUMNS
from abm.month import processes
from abm.schedule import SCHEDULE
from abm.simulation import Simulation
from abm.state import State
from experiments.bench.measure import TimedJob, branch, run_until, triad_job
from experiments.bench.rivals.cpp import (
    NO_CONTRACTION,
    CppMonth,
    CppProgram,
    plan_of_month,
    values_that_differ,
)
from experiments.bench.rivals.mesa_month import STEPS, MonthModel, conditions
from experiments.bench.rivals.mesa_objects import DecisionModel, TabulatedModel, household_rows
from experiments.bench.rivals.numpy_columns import numpy_choices
from experiments.bench.rivals.tables import decision_columns, month_tables, probabilities

BEFORE_DECIDE = SCHEDULE[SCHEDULE.index("decide") - 1]

FALSE_ALARM = 1e-6


def bound(variance: float) -> float:
    """Return how far a count may lie from its expectation by chance, in households."""
    return NormalDist().inv_cdf(1.0 - FALSE_ALARM / 2.0) * sqrt(variance) + 0.5


def threaded(name: str, threads: int) -> str:
    """Return the name of a job: ``decide_2_threads``."""
    return f"{name}_{threads}_thread{'s' if threads > 1 else ''}"


class Contest:
    """Everything that is timed, on one population and month; ``sample`` is the size of the Mesa models."""

    def __init__(self, simulation: Simulation, sample: int, seed: int, folder: Path) -> None:
        self.simulation, self.seed = simulation, seed
        self.households = len(simulation.state.households)
        self.jobs: dict[str, TimedJob] = {}
        self.choices: dict[str, NDArray[np.int8]] = {}  # Of those who use the same draws, int8[n]
        # Households that decided, that return and that move onward, per round of every Mesa model
        self.moves: dict[str, list[tuple[int, int, int]]] = {}
        left_out = ", ".join(name for name in SCHEDULE if name not in STEPS)
        self.notes = [f"The month of Mesa is without {left_out}; it is held against ours without these."]
        self.stream: TimedJob | None = None
        self.process_seconds: dict[int, dict[str, list[float]]] = {}
        self.cpp_seconds: dict[int, dict[str, list[float]]] = {}
        # Of C++: values that differ from ours after the month, and the seconds of Python around its passes
        self.different_values: dict[str, dict[str, int]] = {}
        self.around: dict[str, list[float]] = {}
        self.alike = self.ours = branch(simulation, 1)
        # The state in which the decision is due: all processes before it are done.
        self.state = branch(simulation, 2)
        run_until(self.state, BEFORE_DECIDE)
        self.columns, self.tables = decision_columns(self.state), month_tables(self.state)
        drawn = np.random.default_rng(seed)
        self.rows = np.sort(drawn.choice(self.households, min(sample, self.households), replace=False))
        for threads in (1, 2):
            self._add_months(threads)
            self._add_decision(threads)
        self._add("numpy_decide", self._numpy)
        self._add_cpp(folder)
        self._add_mesa()

    def _add(self, name: str, run: Any, households: int | None = None, **around: Any) -> None:
        deciding = len(self.state.households)
        self.jobs[name] = TimedJob(name, deciding if households is None else households, run, **around)

    def _add_months(self, threads: int) -> None:
        """Add our full month, process by process, and the processes that Mesa has."""
        seconds: dict[str, list[float]] = {name: [] for name in SCHEDULE}
        self.process_seconds[threads] = seconds

        def full(state: State) -> None:
            for name, process in processes():
                start = time.perf_counter()
                process(state)
                seconds[name].append(time.perf_counter() - start)

        def fresh(number: int) -> State:
            if number == 1:  # forget the warm-up
                for times in seconds.values():
                    times.clear()
            return branch(self.simulation, threads)

        def keep(state: State) -> None:
            self.ours = state

        def alike(state: State) -> None:
            for name, process in processes():
                if name in STEPS:
                    process(state)
            self.alike = state

        self._add(threaded("full_month", threads), full, self.households, prepare=fresh, after=keep)
        prepare = lambda _: branch(self.simulation, threads)  # noqa: E731
        self._add(threaded("same_month", threads), alike, self.households, prepare=prepare)

    def _add_decision(self, threads: int) -> None:
        decide = dict(processes())["decide"]
        state = branch(self.simulation, threads)
        state.households, state.environment = self.state.households, self.state.environment
        name = threaded("decide", threads)

        def after(_: Any) -> None:
            self.choices[name] = np.array(state.households["choice"], np.int8)

        self._add(name, lambda _: decide(state), after=after)

    def _numpy(self, _: Any) -> None:
        state = self.state
        columns, tables = state.households.columns(), state.environment.tables
        self.choices["numpy"] = numpy_choices(columns, tables, state.key(Stream.DECIDE), state.n_hosts)

    def _add_cpp(self, folder: Path) -> None:
        """Add the decision in two ways and with two sets of flags, the whole month, and STREAM's triad."""
        try:
            plan = plan_of_month(branch(self.simulation, 2))
            month = CppMonth(CppProgram(folder, self.state, plan, *NO_CONTRACTION))
            decisions = {
                flag: CppProgram(folder, self.state, plan, *flag, only=("decide", "decide_rows", "machine"))
                for flag in ((), ("-ffast-math",))
            }
        except EweaError as error:  # no compiler, or one without OpenMP: the rest is still worth measuring
            self.notes.append(f"C++ was not measured: {error}")
            return
        for threads in (1, 2):
            for kernel in ("decide", "decide_rows"):
                for flag, program in decisions.items():
                    name = f"cpp_{kernel}{'_fast_math' if flag else ''}"
                    self._add_cpp_decision(threaded(name, threads), program, kernel, threads)
            self._add_cpp_month(threaded("cpp_month", threads), month, threads)
        self.stream = triad_job(month.program, 2)

    def _add_cpp_decision(self, name: str, program: CppProgram, kernel: str, threads: int) -> None:
        state = self.state
        choice = self.choices[name] = np.zeros(len(state.households), np.int8)
        columns = state.households.columns()._replace(choice=choice.view(np.uint8))
        given = columns, state.environment.tables, state.key(Stream.DECIDE), state.n_hosts, len(choice)

        def run(_: Any) -> None:
            program("set_threads", threads)
            program(kernel, *given)

        self._add(name, run)

    def _add_cpp_month(self, name: str, month: CppMonth, threads: int) -> None:
        self.around[name] = []

        seconds = self.cpp_seconds[threads] = {process: [] for process in SCHEDULE}

        def after(state: State) -> None:
            self.around[name].append(month.around)
            for process, found in month.seconds.items():
                seconds[process].append(found)
            self.different_values[name] = values_that_differ(self.ours, state)

        prepare = lambda _: branch(self.simulation, threads)  # noqa: E731
        self._add(name, month.run, self.households, prepare=prepare, after=after)

    def _add_mesa(self) -> None:
        before, seed = self.simulation.state, self.seed
        rows = household_rows(self.columns, self.rows)
        everything = household_rows({name: before.households[name] for name in COLUMNS}, self.rows)
        started = branch(self.simulation, 1)
        run_until(started, "start_month")
        now = conditions(started)
        self._add_model("mesa_decide", lambda number: DecisionModel(rows, self.tables, seed + number))
        self._add_model("mesa_decide_tables", lambda number: TabulatedModel(rows, self.tables, seed + number))
        self._add_model("mesa_month", lambda number: MonthModel(everything, self.tables, seed + number, now))

    def _add_model(self, name: str, prepare: Any) -> None:
        rounds = self.moves[name] = []

        def after(model: DecisionModel) -> None:
            chosen = [household.choice for household in model.households]
            rounds.append((len(chosen), chosen.count(Choice.RETURN), chosen.count(Choice.ONWARD)))

        self._add(name, lambda model: model.step(), len(self.rows), prepare=prepare, after=after)

    @property
    def timed(self) -> list[TimedJob]:
        """Everything to time in turns."""
        return [*self.jobs.values(), *([self.stream] if self.stream else [])]

    def different_choices(self) -> dict[str, int]:
        """Return how many households decided otherwise than in our kernel, for all who share its draws."""
        ours = self.choices["decide_2_threads"]
        return {who: int(np.count_nonzero(theirs != ours)) for who, theirs in self.choices.items()}

    def same_shares(self) -> list[dict[str, Any]]:
        """Return shares against the closed-form logit (Mesa: our month), and a bound on chance."""
        p = probabilities(self.columns, self.tables)
        in_sample = p[self.rows]
        choice = self.alike.households["choice"][: self.households]
        lines = []
        for k, alternative in enumerate((Choice.RETURN, Choice.ONWARD)):
            of_all = float(p[:, k].sum()), float((p[:, k] * (1 - p[:, k])).sum())
            found = [
                (who, len(p), int((theirs == alternative).sum()), *of_all)
                for who, theirs in self.choices.items()
            ]
            for who, rounds in self.moves.items():
                if who == "mesa_month":
                    # Rounds share the sample, so its own deviation does not average out: one round counts.
                    n, count, share = rounds[0][0], rounds[0][1 + k], float((choice == alternative).mean())
                    expected, variance = n * share, n * share * (1 - share) * (1 + n / self.households)
                else:
                    n, count = sum(r[0] for r in rounds), sum(r[1 + k] for r in rounds)
                    expected = len(rounds) * float(in_sample[:, k].sum())
                    variance = len(rounds) * float((in_sample[:, k] * (1 - in_sample[:, k])).sum())
                found.append((who, n, count, expected, variance))
            lines += [
                {
                    "who": who,
                    "alternative": alternative.name.lower(),
                    "households": n,
                    "share": count / n,
                    "expected_share": expected / n,
                    "bound": bound(variance) / n,
                    "agrees": bool(abs(count - expected) <= bound(variance)),
                }
                for who, n, count, expected, variance in found
            ]
        return lines
