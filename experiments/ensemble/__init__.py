"""Many simulations: branches of a past on common draws, a pool that runs them, a store that keeps them."""
