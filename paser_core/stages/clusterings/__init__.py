"""Ways to group the samples, one file each: S2RIC, and those that the paper's Table 12 sets beside it.

:data:`paser_core.registry.CLUSTERINGS` names them.
"""
