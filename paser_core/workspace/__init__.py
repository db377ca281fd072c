"""Any folder that is made in steps: what lies at a path, atomic exchange, the lock. Knows no run."""
