"""The methods, one file each. They are found by :data:`paser_core.registry.COMPRESSIONS`."""
