"""The model and its rivals as jobs that do the same work, and what each of them decided."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.codes import Choice
from abm.errors import EweaError
from abm.households import COLUMNS
from abm.month import processes
from abm.schedule import SCHEDULE
from abm.state import Flow
from experiments.bench import numpy_columns
from experiments.bench.cpp_decision import CppDecision, find_compiler
from experiments.bench.measure import Job
from experiments.bench.mesa_month import STEPS, MonthModel, conditions
from experiments.bench.mesa_objects import DecisionModel, TabulatedDecisionModel, household_rows
from experiments.bench.month_tables import decision_columns, month_tables
from experiments.bench.population import branch, run_until
from experiments.bench.stream_triad import Triad

if TYPE_CHECKING:
    from abm.simulation import Simulation
    from abm.state import State

Choices = NDArray[np.int8]

TRIAD_ROWS = 40_000_000
"""Doubles per array: 320 MB each, beyond the caches of any machine we know."""

BEFORE_DECIDE = SCHEDULE[SCHEDULE.index("decide") - 1]


class Contest:
    """Everything that is timed, on one population and month.

    Parameters
    ----------
    simulation : Simulation
        Stands on the first day of the month; it is not advanced.
    sample : int
        Households of the Mesa models.
    seed : int
        Seed of the sample and of the Mesa models.
    folder : Path
        For the compiled C++; removed by the caller.
    triad_rows : int
        Length of the arrays of the bandwidth measurement.

    Attributes
    ----------
    households, deciding : int
        Households on the first day, and with this month's arrivals when the decision is due.
    jobs : dict of str to Job
        By name.
    choices : dict of str to int8[n]
        What those decided who use the same draws.
    moves : dict of str to list of (int, int, int)
        Households that decided, that return and that move onward, per round of every Mesa model.
    notes : list of str
        What could not be measured, and why.
    """

    def __init__(
        self, simulation: Simulation, sample: int, seed: int, folder: Path, triad_rows: int = TRIAD_ROWS
    ) -> None:
        self.simulation, self.seed = simulation, seed
        self.households = len(simulation.state.households)
        self.jobs: dict[str, Job] = {}
        self.choices: dict[str, Choices] = {}
        self.moves: dict[str, list[tuple[int, int, int]]] = {}
        self.notes = [f"Mesa lacks the process {name}." for name in SCHEDULE if name not in STEPS]
        self.process_seconds: dict[int, dict[str, list[float]]] = {}
        self.monthly_state = branch(simulation, 1)
        # The state in which the decision is due: all processes before it are done.
        self.state = branch(simulation, 2)
        run_until(self.state, BEFORE_DECIDE)
        self.deciding = len(self.state.households)
        self.columns, self.tables = decision_columns(self.state), month_tables(self.state)
        sample = min(sample, self.households)
        drawn = np.random.default_rng(seed).choice(self.households, sample, replace=False)
        self.rows = np.sort(drawn)
        for threads in (1, 2):
            self._add_month(threads)
            self._add_decision(threads)
        self._add_numpy()
        self._add_cpp(folder)
        self._add_mesa()
        triad = Triad(triad_rows, 2)
        self._add(Job("triad_2_threads", triad.rows, lambda _: triad.run()))

    def _add(self, job: Job) -> None:
        self.jobs[job.name] = job

    def _add_month(self, threads: int) -> None:
        seconds: dict[str, list[float]] = {name: [] for name in SCHEDULE}
        self.process_seconds[threads] = seconds

        def run(state: State) -> None:
            for name, process in processes():
                start = time.perf_counter()
                process(state)
                seconds[name].append(time.perf_counter() - start)

        def prepare(number: int) -> State:
            if number == 1:  # forget the warm-up
                for times in seconds.values():
                    times.clear()
            return branch(self.simulation, threads)

        def after(state: State) -> None:
            self.monthly_state = state

        plural = "s" if threads > 1 else ""
        self._add(Job(f"full_month_{threads}_thread{plural}", self.households, run, prepare, after))

    def _add_decision(self, threads: int) -> None:
        decide = dict(processes())["decide"]
        state = branch(self.simulation, threads)
        state.households = self.state.households
        state.environment = self.state.environment
        plural = "s" if threads > 1 else ""
        name = f"decide_{threads}_thread{plural}"

        def after(_: Any) -> None:
            self.choices[name] = np.array(state.households["choice"], np.int8)

        self._add(Job(name, self.deciding, lambda _: decide(state), after=after))

    def _add_numpy(self) -> None:
        def run(_: Any) -> None:
            self.choices["numpy"] = numpy_columns.decide(self.columns, self.tables)

        self._add(Job("numpy_decide", self.deciding, run))

    def _add_cpp(self, folder: Path) -> None:
        if find_compiler() is None:
            self.notes.append("C++ was not measured: no compiler found (CXX, c++, g++, clang++).")
            return
        for name, flags in (("cpp", ()), ("cpp_fast_math", ("-ffast-math",))):
            try:
                program = CppDecision(folder, flags)
            except EweaError as error:  # a compiler without OpenMP, say: the rest is still worth measuring
                self.notes.append(f"{name} was not measured: {error}")
                continue
            for threads in (1, 2):
                self._add_program(program, name, threads)

    def _add_program(self, program: CppDecision, name: str, threads: int) -> None:
        choice = np.zeros(self.deciding, np.int8)
        self.choices[name] = choice
        plural = "s" if threads > 1 else ""
        self._add(
            Job(
                f"{name}_decide_{threads}_thread{plural}",
                self.deciding,
                lambda _: program.decide(self.columns, self.tables, threads, choice),
            )
        )

    def _add_mesa(self) -> None:
        rows = household_rows(self.columns, self.rows)
        before = self.simulation.state
        everything = household_rows({name: before.households[name] for name in COLUMNS}, self.rows)
        twin = branch(self.simulation, 1)
        newcomers = self._newcomers_per_household(twin)
        now = conditions(branch(self.simulation, 1), newcomers, len(self.rows) / self.households)
        kinds = {
            "mesa_decide": lambda seed: DecisionModel(rows, self.tables, seed),
            "mesa_tabulated_decide": lambda seed: TabulatedDecisionModel(rows, self.tables, seed),
            "mesa_month": lambda seed: MonthModel(everything, self.tables, seed, now),
        }
        for name, make in kinds.items():
            self.moves[name] = []

            def prepare(number: int, make: Any = make) -> DecisionModel:
                return make(self.seed + number)

            def after(model: DecisionModel, moves: list[tuple[int, int, int]] = self.moves[name]) -> None:
                chosen = [household.choice for household in model.households]
                moves.append((len(chosen), chosen.count(Choice.RETURN), chosen.count(Choice.ONWARD)))

            self._add(Job(name, len(self.rows), lambda model: model.step(), prepare, after))

    def _newcomers_per_household(self, state: State) -> list[float]:
        """Return households created this month per household present, by host."""
        there = np.bincount(state.households["place"], minlength=state.n_hosts + 1)[: state.n_hosts]
        n = len(state.households)
        run_until(state, "arrivals")
        came = np.bincount(state.households["place"][n:], minlength=state.n_hosts + 1)[: state.n_hosts]
        return (came / np.maximum(there, 1)).tolist()

    def shares_of_month(self) -> tuple[float, float]:
        """Return the shares of households that returned and moved onward in our full month."""
        choice = self.monthly_state.households["choice"][: self.households]
        return float((choice == Choice.RETURN).mean()), float((choice == Choice.ONWARD).mean())

    def persons_moved(self) -> dict[str, int]:
        """Return the persons of our full month by kind of flow."""
        flows = self.monthly_state.history.flows[0]
        return {kind.name.lower(): int(flows[kind].sum()) for kind in Flow}
