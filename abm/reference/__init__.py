"""The month of ONE household in plain Python: the readable twin of the compiled kernels.

The twin uses the same keyed draws, the same factors and the same coefficients as the kernels and
must give the same household (``tests/unit/test_twin_*.py``). It is what a newcomer reads first,
what the tests compare with, and what explains a decision to a user.

======================  ===================================================================
``draws``               keyed random numbers in Python integers
``household``           a household as a record, read from a row of the columns
``surroundings``        what a household meets in a month: hosts, hazards, utilities
``life_abroad``         status, work, housing, schooling, ties, split
``rules``               whom a rule on regions or groups concerns
``utility``             utilities of stay, return and onward, as sums over the factors
``explanation``         the same sums by name of the factor
``choice``              intention, decide, move, leaving again
``month``               the whole month in the order of the schedule
======================  ===================================================================
"""

from abm.reference.choice import answer, decide, leave_again, move
from abm.reference.explanation import Explanation, explain
from abm.reference.household import Household, household_of
from abm.reference.month import live_one_month
from abm.reference.surroundings import Surroundings
from abm.reference.utility import MonthUtility

__all__ = [
    "Explanation",
    "Household",
    "MonthUtility",
    "Surroundings",
    "answer",
    "decide",
    "explain",
    "household_of",
    "leave_again",
    "live_one_month",
    "move",
]
