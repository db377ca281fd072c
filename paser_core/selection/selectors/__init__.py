"""The selectors that are built in, one file each. :data:`paser_core.registry.SELECTORS` names them."""
