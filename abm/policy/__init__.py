"""What governments set: levers, mechanisms, routes, scenarios, and what of them is in force."""
