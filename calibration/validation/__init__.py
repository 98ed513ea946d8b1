"""Forecasts scored on months and surveys that nobody fitted."""
