"""Designs of sweeps: which worlds to run, as one YAML file each, and how they become tasks."""
