"""The dashboard: panels over runs over state, charts and words. The pages only arrange it."""
