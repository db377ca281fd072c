"""The panels of one page: damage, what the budget buys, and how much data is enough."""
