"""The month of ONE household in plain Python: the readable twin of the compiled kernels.

The twin uses the same keyed draws, the same factors and the same coefficients as the kernels and
must give the same household (``tests/unit/test_twin.py``). It is what a newcomer reads first,
what the tests compare with, and what explains a decision to a user.

================  ==========================================================================
``draws``         keyed random numbers in Python integers
``household``     a household as a record; whom a rule on regions or groups concerns
``surroundings``  what a household meets in a month; utilities as sums over the factors
``choice``        intention, decide, move, leaving again
``month``         status, work, housing, schooling, ties, split, and the whole month in order
``explanation``   the utilities by name of the factor
================  ==========================================================================
"""
