"""The decision of a household: tables of the month, bounds, reference household."""
