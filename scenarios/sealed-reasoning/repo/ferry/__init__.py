"""Fares of the ferry, in whole cents."""
