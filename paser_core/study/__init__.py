"""A study: which selector helped, by how much, and how sure that is."""
