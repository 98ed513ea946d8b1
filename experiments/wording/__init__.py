"""How the program writes numbers, months, names and sentences in English."""
