"""The recipes, one file each; :data:`paser_core.registry.RECOVERIES` names them."""
