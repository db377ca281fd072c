"""Models that the core asks through its protocols, made from Hugging Face libraries.

Import the modules directly; each loads its heavy library only when a model is loaded.
"""
