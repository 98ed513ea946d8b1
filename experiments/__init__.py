"""Running the model: command line, run folders, summaries, figures and benchmarks."""
