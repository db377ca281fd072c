"""The signals that come with the workbench: a file each, named in :mod:`paser_core.registry`."""
