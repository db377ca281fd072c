"""The checks that are built in, one file each. Names are in :data:`paser_core.registry.CHECKS`."""
