"""From targets to a posterior: training runs, emulator, likelihood, sampler."""
