"""PASER: post-training data selection for the recovery of compressed language models."""

__version__ = "0.2.0"
