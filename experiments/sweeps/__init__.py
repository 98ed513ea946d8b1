"""Many independent simulations: run side by side, kept in one store, resumed after any interruption."""
