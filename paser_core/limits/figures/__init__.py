"""The limits that are built in: what is measured, and the bound by default."""
