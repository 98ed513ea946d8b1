"""How fast the model is, against other ways to write it: ``make bench``, ``ewea bench``.

Every rival (:mod:`experiments.bench.rivals`) makes the same decision with the same utilities on the same
households; that they agree is checked in the run that times them.
"""
